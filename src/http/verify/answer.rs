//! An answer, and when two of them tell the same.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{Response, header},
};
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::Value;
use tokio::time::timeout;

/// Larger than any answer.
const LARGEST: usize = 16 * 1024 * 1024;

/// How long a stream may say nothing before its beginning is taken to be over.
const PATIENCE: Duration = Duration::from_secs(3);

/// Headers that name the request and the moment, or count the caller's own requests.
const OF_THE_MOMENT: [&str; 4] = ["x-request-id", "date", "ratelimit", "retry-after"];

/// An answer that has arrived as a whole.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: String,
    request: String,
}

impl Answer {
    pub async fn of(response: Response<Body>) -> Result<Self, axum::Error> {
        let (parts, body) = response.into_parts();
        let body = match parts.headers.get(header::CONTENT_TYPE) {
            Some(media_type) if media_type == "text/event-stream" => beginning(body).await?,
            _ => to_bytes(body, LARGEST).await?,
        };
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<_> = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let request = parts.headers.get("x-request-id").map(text).unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Self { status: parts.status.as_u16(), headers, body, request })
    }

    /// The code of a problem; empty for any other answer.
    pub fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Does it say that nobody is signed in? A page leads to the sign-in.
    pub fn asks_to_sign_in(&self) -> bool {
        self.code() == "UNAUTHENTICATED" || self.header("location").is_some_and(|to| to.starts_with("/sign-in"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Does it carry the word anywhere but where it says again what it was told?
    pub fn carries_beyond(&self, told: &str, word: &str) -> bool {
        let texts = self.headers.iter().map(|(_, value)| value).chain([&self.body]);
        texts.filter(|text| text.contains(word)).any(|text| text.replace(told, "").contains(word))
    }

    fn is_page(&self) -> bool {
        self.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html"))
    }

    /// Status and code, for a report.
    pub fn words(&self) -> String {
        format!("{} {}", self.status, self.code()).trim_end().to_owned()
    }

    /// What it tells of `tried`. An answer that there is no such thing tells it to the byte, a refusal of another kind may say
    /// again what it was told, and a success may make ids, times and keys. So may a page, which is never twice the same.
    pub fn tells(&self, tried: &str) -> (u16, Vec<(String, String)>, String) {
        let plain = |text: &str| {
            let text = if self.request.is_empty() { text.to_owned() } else { text.replace(&self.request, "[request]") };
            match self.status {
                404 if !self.is_page() => text,
                400.. if !self.is_page() => text.replace(tried, "[tried]"),
                _ => without_the_new(&without_own_calls(&without_a_keys_end(&text.replace(tried, "[tried]")))),
            }
        };
        let kept = self.headers.iter().filter(|(name, _)| !OF_THE_MOMENT.contains(&name.as_str()));
        let headers = kept.filter(|(name, _)| (self.status == 404 && !self.is_page()) || name != "content-length");
        (self.status, headers.map(|(name, value)| (name.clone(), plain(value))).collect(), plain(&self.body))
    }
}

/// What a stream of events begins with, which has no end of its own: how everything stands. Nothing is waited for that may
/// never come.
async fn beginning(body: Body) -> Result<Bytes, axum::Error> {
    let (mut chunks, mut read) = (body.into_data_stream(), Vec::new());
    let stands = |read: &[u8]| {
        let text = String::from_utf8_lossy(read);
        text.split_once("event: usage\n").is_some_and(|(_, usage)| usage.contains("\n\n"))
    };
    while !stands(&read) && read.len() < LARGEST {
        match timeout(PATIENCE, chunks.next()).await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk?),
            Ok(None) | Err(_) => break,
        }
    }
    Ok(read.into())
}

/// The text without the last four characters of a new key, which are too few to be known as chance.
fn without_a_keys_end(text: &str) -> String {
    let mut parts = text.split(r#""last4":""#);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.split_once('"').map_or("", |(_, rest)| rest);
        format!(r#"{text}"last4":"[end]"{rest}"#)
    })
}

/// The text without the caller's own API calls, of which each answer is one.
fn without_own_calls(text: &str) -> String {
    fn forget(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(forget),
            Value::Object(entries) => {
                for (name, value) in entries {
                    if name == "api_calls" { *value = Value::Null } else { forget(value) }
                }
            }
            _ => {}
        }
    }
    if !text.contains(r#""api_calls""#) {
        return text.to_owned();
    }
    // A stream of events has an object a line.
    if text.starts_with("retry: ") {
        let lines = text.lines().map(|line| match line.strip_prefix("data: ") {
            Some(data) => without_own_calls(data),
            None => line.to_owned(),
        });
        return lines.collect::<Vec<_>>().join("\n");
    }
    let Ok(mut value) = serde_json::from_str(text) else { return text.to_owned() };
    forget(&mut value);
    value.to_string()
}

/// The text with ids, times and random words replaced by what they are.
fn without_the_new(text: &str) -> String {
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ':' | '.' | '+' | '/' | '=');
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if is_part(letter) {
            word.push(letter);
            continue;
        }
        out.push_str(kind_of(&word).unwrap_or(&word));
        out.push(letter);
        word.clear();
    }
    out.pop();
    out
}

fn kind_of(word: &str) -> Option<&'static str> {
    let small = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_id = |word: &str| {
        word.split_once('_').is_some_and(|(prefix, tail)| prefix.len() <= 4 && tail.len() == 26 && small(tail))
    };
    if is_id(word) {
        return Some("[id]");
    }
    if word.starts_with("http") && word.rsplit_once('/').is_some_and(|(_, last)| is_id(last.trim_end_matches('.'))) {
        return Some("[address]");
    }
    // Base64, so what is below does not always know it; a JWT begins with one of `{"`.
    if ["whsec_", "trt_", "eyJ"].iter().any(|prefix| word.starts_with(prefix)) {
        return Some("[secret]");
    }
    let digits: String = word.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    if digits.starts_with("0000-00-00T") || digits.starts_with("00:00:00") {
        return Some("[time]");
    }
    let odd = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    let random = word.len() >= 20 && word.bytes().any(odd) && !word.contains(['.', ':', '/']);
    random.then_some("[random]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_new_key_is_chance() {
        let text = r#"{"key":{"last4":"aB3x","name":"ci"},"previous":{"last4":"0000"}}"#;
        let plain = r#"{"key":{"last4":"[end]","name":"ci"},"previous":{"last4":"[end]"}}"#;
        assert_eq!(without_a_keys_end(text), plain);
        assert_eq!(without_a_keys_end("no key"), "no key");
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.to_owned(), request: "req_1".to_owned() }
    }

    #[test]
    fn refusals_are_compared_to_the_byte() {
        let refusal =
            |id: &str| answer(404, &format!(r#"{{"code":"NOT_FOUND","detail":"{id}","request_id":"req_1"}}"#));
        assert_eq!(refusal("").tells("a"), refusal("").tells("b"));
        assert_ne!(refusal("a").tells("a"), refusal("b").tells("b"), "an echo is a difference");
        assert!(refusal("").tells("a").2.contains("[request]"));
    }

    #[test]
    fn a_success_may_make_ids_and_say_again_what_it_was_told() {
        let made = |id: &str, action: &str| {
            answer(202, &format!(r#"{{"id":"job_{id}","action":"{action}","at":"2026-01-31T12:00:00.{}Z"}}"#, id.len()))
        };
        let (one, two) = ("01h2xcejqtf2nbrexx3vqjhp41", "01h2xcejqtf2nbrexx3vqjhp42");
        let at = |id: &str| answer(201, &format!(r#"{{"url":"http://localhost:3000/hooks/inb_{id}"}}"#)).tells("plum");
        assert_eq!(at(one), at(two), "an id may stand in an address");
        assert_eq!(made(one, "plum").tells("plum"), made(two, "fig").tells("fig"));
        assert_ne!(made(one, "plum").tells("plum"), made(two, "pear").tells("fig"));
    }

    #[test]
    fn an_answer_has_its_code() {
        assert_eq!(answer(404, r#"{"code":"NOT_FOUND"}"#).words(), "404 NOT_FOUND");
        assert_eq!(answer(204, "").words(), "204");
    }
}
