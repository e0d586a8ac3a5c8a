//! The cookies: of the session, and of the nonce that brings one to a tenant's host.
//!
//! Over https its name begins with `__Host-`, which browsers accept for one host, one path and a secure connection alone.
//! Over http, on a loopback listener, browsers would refuse that, so it has its plain name.

use axum::http::{HeaderMap, HeaderValue, header};
use tenantry_domain::{
    Settings,
    accounts::{NewSession, SessionToken, hand_over::Nonce},
};

/// How long a browser holds a nonce, in seconds: long enough to sign in with a password to look up.
const NONCE_SECONDS: u32 = 600;

fn is_secure(settings: &Settings) -> bool {
    settings.public_url.scheme() == "https"
}

fn name(settings: &Settings) -> &'static str {
    if is_secure(settings) { "__Host-tenantry" } else { "tenantry" }
}

fn nonce_name(settings: &Settings) -> &'static str {
    if is_secure(settings) { "__Host-tenantry-entry" } else { "tenantry-entry" }
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

/// Does the browser hold something that it takes for a session?
#[must_use]
pub fn brings_session(headers: &HeaderMap, settings: &Settings) -> bool {
    read(headers, name(settings)).is_some()
}

/// What a browser sends that holds a session.
#[must_use]
pub fn held(settings: &Settings, token: &SessionToken) -> String {
    format!("{}={}", name(settings), token.reveal())
}

/// Hands a session to the browser.
#[must_use]
pub fn set_session(settings: &Settings, session: &NewSession) -> HeaderValue {
    let end = session.expires_at.format("%a, %d %b %Y %H:%M:%S GMT");
    write(settings, name(settings), session.token.reveal(), &format!("Expires={end}"))
}

/// Takes the session from the browser.
#[must_use]
pub fn clear_session(settings: &Settings) -> HeaderValue {
    write(settings, name(settings), "", GONE)
}

/// The nonce that the browser holds while it is handed over to a tenant's host.
#[must_use]
pub fn nonce(headers: &HeaderMap, settings: &Settings) -> Option<Nonce> {
    Nonce::parse(&read(headers, nonce_name(settings))?)
}

/// Leaves a nonce with the browser.
#[must_use]
pub fn set_nonce(settings: &Settings, nonce: &Nonce) -> HeaderValue {
    write(settings, nonce_name(settings), nonce.reveal(), &format!("Max-Age={NONCE_SECONDS}"))
}

/// Takes the nonce from the browser.
#[must_use]
pub fn clear_nonce(settings: &Settings) -> HeaderValue {
    write(settings, nonce_name(settings), "", GONE)
}

/// The life of a cookie that goes.
const GONE: &str = "Max-Age=0";

fn write(settings: &Settings, name: &str, value: &str, life: &str) -> HeaderValue {
    let secure = if is_secure(settings) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}; {life}");
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
