//! Where a page of tools ends: a name, written so that nothing else is taken for one.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use tenantry_kernel::FieldError;

/// What every cursor of this list begins with.
const PREFIX: &str = "after.";

/// The cursor of what comes after a tool.
pub(super) fn after(name: &str) -> String {
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(name))
}

/// The name that a cursor holds.
///
/// # Errors
/// What is no cursor of this list.
pub(super) fn parse(cursor: &str) -> Result<String, FieldError> {
    let name = cursor.strip_prefix(PREFIX).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let name = name.and_then(|bytes| String::from_utf8(bytes).ok());
    // A name that a newer version refuses may still be one's.
    let is_one = |name: &String| !name.is_empty() && !name.contains(char::is_control);
    name.filter(is_one)
        .ok_or_else(|| FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_and_nothing_else_is_a_cursor() {
        for name in ["echo", "http-request", "Börse \u{1f600}"] {
            assert_eq!(parse(&after(name)), Ok(name.to_owned()));
        }
        for other in
            ["", "echo", "garbage", "after.", "after.%", "after._w", "after.AA", "job_01h2xcejqtf2nbrexx3vqjhp41"]
        {
            assert_eq!(parse(other).expect_err("refused").field, "cursor", "{other}");
        }
    }
}
