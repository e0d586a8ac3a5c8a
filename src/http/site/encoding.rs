//! Which encoding a client gets: `Accept-Encoding`, as RFC 9110, section 12.5.3 reads it.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// A form in which a file may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

/// A quality in thousandths, which is as fine as the header's grammar gets.
type Quality = u16;
const FULL: Quality = 1000;

impl Encoding {
    /// Smallest first: the order among equals.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The encoding's name in headers; the identity has none.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// What the client accepts, best first. The identity is always there, last where the client says nothing of it or
    /// refuses it: a file in a form that was not asked for beats no file.
    pub(super) fn accepted(headers: &HeaderMap) -> Vec<Self> {
        let offers = offers(headers);
        let mut accepted: Vec<(Self, Quality)> = Self::ALL
            .into_iter()
            .map(|encoding| (encoding, encoding.quality(&offers)))
            .filter(|(encoding, quality)| *quality > 0 || *encoding == Self::Identity)
            .collect();
        accepted.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
        accepted.into_iter().map(|(encoding, _)| encoding).collect()
    }

    /// 0 is a refusal; of the identity it may be silence as well.
    fn quality(self, offers: &[(String, Quality)]) -> Quality {
        let of = |name: &str| offers.iter().find(|(offer, _)| offer == name).map(|(_, quality)| *quality);
        match self {
            Self::Brotli => of("br").or_else(|| of("*")),
            Self::Gzip => of("gzip").or_else(|| of("x-gzip")).or_else(|| of("*")),
            Self::Identity => of("identity"),
        }
        .unwrap_or(0)
    }
}

/// The names in the header, in lower case, with their qualities. What cannot be read is not accepted.
fn offers(headers: &HeaderMap) -> Vec<(String, Quality)> {
    let values = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(offer).collect()
}

fn offer(written: &str) -> Option<(String, Quality)> {
    let mut parts = written.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((name, quality.map_or(Some(FULL), thousandths)?))
}

/// `0.5` → 500; `None` where the grammar is broken.
fn thousandths(written: &str) -> Option<Quality> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: Quality = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(FULL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::Encoding::{Brotli, Gzip, Identity};
    use super::*;

    fn accepted(header: &'static str) -> Vec<Encoding> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
        Encoding::accepted(&headers)
    }

    #[test]
    fn the_smallest_form_comes_first_among_equals() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), [Brotli, Gzip, Identity]);
        assert_eq!(accepted("*"), [Brotli, Gzip, Identity]);
        assert_eq!(accepted("GZIP"), [Gzip, Identity]);
    }

    #[test]
    fn a_client_that_says_nothing_gets_the_file_as_it_is() {
        assert_eq!(Encoding::accepted(&HeaderMap::new()), [Identity]);
        assert_eq!(accepted(""), [Identity]);
    }

    #[test]
    fn qualities_are_respected() {
        assert_eq!(accepted("br;q=0, gzip"), [Gzip, Identity]);
        assert_eq!(accepted("br;q=0.2, gzip;q=0.8"), [Gzip, Brotli, Identity]);
        assert_eq!(accepted("gzip;q=0.5, identity"), [Identity, Gzip]);
        assert_eq!(accepted("*;q=0"), [Identity]);
        assert_eq!(accepted("br;q=0, *;q=0.1"), [Gzip, Identity]);
    }

    #[test]
    fn what_cannot_be_read_is_not_accepted() {
        assert_eq!(accepted("br;q=2, gzip;q=1.0000"), [Identity]);
        assert_eq!(accepted("br;q=x, gzip;q=+1, ;q=1"), [Identity]);
    }

    #[test]
    fn several_headers_are_read_as_one() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(Encoding::accepted(&headers), [Brotli, Gzip, Identity]);
    }
}
