//! An answer, whole: status, headers and body, with what a test asks of it.

use reqwest::header::{CONTENT_TYPE, HeaderMap, SET_COOKIE};
use serde_json::Value;

/// An answer that has arrived.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked: method and path.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads the whole answer; an error where it breaks off. Of a stream of events, which has no end, the head is all.
    pub(crate) async fn receive(asked: String, response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is_stream = headers.get(CONTENT_TYPE).is_some_and(|media_type| media_type == "text/event-stream");
        let body = if is_stream { Vec::new() } else { response.bytes().await?.to_vec() };
        Ok(Self { asked, status, headers, body })
    }

    /// Demands a status.
    ///
    /// # Panics
    /// When it is another one, with the body that came instead.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(self.status == status, "{} answered {} instead of {status}: {}", self.asked, self.status, self.text());
        self
    }

    /// Demands a refusal: its status and its code.
    ///
    /// # Panics
    /// When it is another answer, with the body that came instead.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.asked);
        assert_eq!(reply.code(), code, "{}: {}", reply.asked, reply.text());
        reply
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.asked, self.text()))
    }

    /// A value in the body, by JSON pointer (`/job/id`).
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        let body = self.json();
        body.pointer(pointer).cloned().unwrap_or_else(|| panic!("{} answered nothing at {pointer}: {body}", self.asked))
    }

    /// A text in the body, by JSON pointer.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        let value = self.at(pointer);
        value.as_str().map(str::to_owned).unwrap_or_else(|| panic!("{pointer} is no text: {value}"))
    }

    /// The code of a problem; empty for any other body.
    #[must_use]
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The fields that a problem names, in its order.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect()
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The cookie that is set: `name=value`, and its attributes.
    #[must_use]
    pub fn cookie(&self) -> Option<(String, Vec<String>)> {
        let text = self.headers.get(SET_COOKIE)?.to_str().ok()?;
        let mut parts = text.split("; ").map(str::to_owned);
        Some((parts.next()?, parts.collect()))
    }

    /// All that two answers must have in common where one must not tell more than the other: status, headers and body to
    /// the byte, but for what names the request and the moment, and for what is left of a limit.
    #[must_use]
    pub fn indistinguishable(&self) -> (u16, Vec<(String, String)>, String) {
        let request = self.header("x-request-id").unwrap_or_default().to_owned();
        let headers =
            self.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date" | "ratelimit"));
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        (self.status, headers.collect(), self.text().replace(&request, "[request]"))
    }
}
