//! The session's cookie.
//!
//! Over https its name begins with `__Host-`, which browsers accept for one host, one path and a secure connection alone.
//! Over http, on a loopback listener, browsers would refuse that, so it has its plain name.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, Utc};
use tenantry_domain::{
    Settings,
    accounts::{NewSession, SessionToken},
};

fn name(settings: &Settings) -> &'static str {
    if settings.public_url.scheme() == "https" { "__Host-tenantry" } else { "tenantry" }
}

/// Reads a cookie; the first of that name counts.
#[must_use]
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The session that the browser holds, if it can be one.
#[must_use]
pub fn session_token(headers: &HeaderMap, settings: &Settings) -> Option<SessionToken> {
    SessionToken::parse(&read(headers, name(settings))?)
}

/// What a browser sends that holds a session.
#[must_use]
pub fn held(settings: &Settings, token: &SessionToken) -> String {
    format!("{}={}", name(settings), token.reveal())
}

/// Hands a session to the browser.
#[must_use]
pub fn set_session(settings: &Settings, session: &NewSession) -> HeaderValue {
    write(settings, session.token.reveal(), Some(session.expires_at))
}

/// Takes the session from the browser.
#[must_use]
pub fn clear_session(settings: &Settings) -> HeaderValue {
    write(settings, "", None)
}

fn write(settings: &Settings, value: &str, expires_at: Option<DateTime<Utc>>) -> HeaderValue {
    let name = name(settings);
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let life = match expires_at {
        Some(end) => format!("; Expires={}", end.format("%a, %d %b %Y %H:%M:%S GMT")),
        None => "; Max-Age=0".to_owned(),
    };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}");
    // Base64 and dates are visible ASCII.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> Settings {
        Settings::new(url.parse().expect("an address"))
    }

    #[test]
    fn the_name_says_whether_the_connection_is_secure() {
        let secure = clear_session(&settings("https://app.example.com"));
        assert_eq!(secure, "__Host-tenantry=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
        let plain = clear_session(&settings("http://127.0.0.1:3000"));
        assert_eq!(plain, "tenantry=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; tenantry=x"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=2"));
        assert_eq!(read(&headers, "tenantry").as_deref(), Some("x"));
        assert_eq!(read(&headers, "b").as_deref(), Some("2"));
        assert_eq!(read(&headers, "c"), None);
    }
}
