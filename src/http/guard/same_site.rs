//! The same-site guard: a browser may change something only from our own pages.
//!
//! It reads what a page's script cannot forge: `Sec-Fetch-Site`, else `Origin`. Where both are missing it is no browser.
//! A request with a credential in a header needs none of it, since no browser adds one by itself.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
};
use tenantry_domain::Settings;
use tenantry_kernel::{Code, Problem};

use super::X_API_KEY;

/// Refuses what another site sent, before the body is read.
///
/// # Errors
/// `CROSS_SITE`.
pub fn same_site(settings: &Settings, request: &Request) -> Result<(), Problem> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    let hook = request.uri().path().starts_with("/hooks/");
    if safe || hook || is_own(request.headers(), settings.public_url.scheme()) {
        return Ok(());
    }
    Err(Problem::new(Code::CrossSite, "A browser sent this request from another site."))
}

fn is_own(headers: &HeaderMap, scheme: &str) -> bool {
    if headers.contains_key(header::AUTHORIZATION) || headers.contains_key(X_API_KEY) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| origin == format!("{scheme}://{host}").as_str())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.chain([(header::HOST, HeaderValue::from_static("app.example.com"))]).collect()
    }

    #[test]
    fn a_browser_may_send_from_our_own_pages_alone() {
        let own = |pairs: &[(&'static str, &'static str)]| is_own(&headers(pairs), "https");
        assert!(own(&[]));
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(own(&[("origin", "https://app.example.com")]));
        assert!(own(&[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://app.example.com")]));
        assert!(!own(&[("origin", "http://app.example.com")]));
        assert!(!own(&[("origin", "https://app.example.com.evil.example")]));
        assert!(!own(&[("origin", "null")]));
    }
}
