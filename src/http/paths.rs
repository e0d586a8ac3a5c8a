//! Addresses that a request names: what of them may be led to.

/// Longest path that is led to, in bytes.
const LONGEST: usize = 2_048;

/// Is it a path of this installation, safe to lead to? Browsers read `//host`, `/\host` and paths with control
/// characters as other places.
#[must_use]
pub fn own_path(path: &str) -> bool {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let route = path.split(['?', '#']).next().unwrap_or_default();
    // A browser takes dots out before it goes there, so that what stands behind them would be another site.
    let dots =
        route.split('/').any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."));
    plain && !dots && path.starts_with('/') && !path.starts_with("//") && path.len() <= LONGEST
}

/// A path with a query, its values escaped.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_led_to() {
        for own in ["/", "/dashboard", "/jobs/job_1?x=1#y", "/a//b", "/a/.b?c=/../d", "/..."] {
            assert!(own_path(own), "{own}");
        }
        for other in [
            "",
            "dashboard",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/.//evil.example",
            "/%2E//evil.example/?x=1",
            "/a/..//evil.example",
            "/a/.%2e/%2e/",
            "/\u{e9}",
        ] {
            assert!(!own_path(other), "{other}");
        }
    }

    #[test]
    fn a_querys_values_are_escaped() {
        assert_eq!(with_query("/enter", &[("next", "/jobs?a=b&c=d")]), "/enter?next=%2Fjobs%3Fa%3Db%26c%3Dd");
    }
}
