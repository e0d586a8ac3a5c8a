//! Pages of a list: by keyset, never by offset, so that a page is as quick at the end as at the start.

use serde::{Deserialize, Serialize};

use crate::problem::FieldError;

/// Entries of a list and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries.
    pub data: Vec<T>,
    /// What `cursor` takes for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

/// How many entries a page has: 1–100, 25 where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// Parses `?limit=`.
    ///
    /// # Errors
    /// Anything but a whole number from 1 to 100.
    pub fn parse(text: Option<&str>) -> Result<Self, FieldError> {
        let Some(text) = text else { return Ok(Self::default()) };
        match text.parse() {
            Ok(number @ 1..=100) => Ok(Self(number)),
            _ => Err(FieldError::new("limit", "OUT_OF_RANGE", "Use a whole number from 1 to 100.")),
        }
    }

    /// The number of entries.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(25)
    }
}

impl<T> Page<T> {
    /// A page out of one entry more than it has room for: the surplus entry tells that there is a next page.
    #[must_use]
    pub fn from_surplus(mut entries: Vec<T>, limit: Limit, cursor_of: impl Fn(&T) -> String) -> Self {
        let room = limit.get() as usize;
        let more = entries.len() > room;
        entries.truncate(room);
        let next_cursor = if more { entries.last().map(cursor_of) } else { None };
        Self { data: entries, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surplus_entry_tells_of_a_next_page() {
        let limit = Limit::parse(Some("2")).expect("a limit");
        let page = Page::from_surplus(vec![1, 2, 3], limit, ToString::to_string);
        assert_eq!((page.data, page.next_cursor), (vec![1, 2], Some("2".into())));
        let last = Page::from_surplus(vec![3], limit, ToString::to_string);
        assert_eq!(last.next_cursor, None);
    }

    #[test]
    fn a_limit_has_bounds() {
        for text in ["0", "101", "-1", "x", ""] {
            assert!(Limit::parse(Some(text)).is_err(), "{text}");
        }
        assert_eq!(Limit::parse(None).map(Limit::get), Ok(25));
    }
}
