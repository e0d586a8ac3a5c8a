//! `http-request`: calls an address that the payload names. Every answer, a refusal too, is a result; the job fails where
//! there is none.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Map, Value};
use url::Url;

use crate::outbound::{Answered, Call, Outbound};

/// Bytes of an answer's body, decompressed; as long as a payload may be.
const MOST: usize = 256 * 1024;

/// Seconds that a call may take where the payload does not say; the tool's own time-out bounds them.
const SECONDS: u64 = 30;

/// The longest that a payload may ask for: a tool's longest time-out.
const MOST_SECONDS: u64 = 86_400;

/// Headers that a payload may have; servers refuse more.
const MOST_HEADERS: usize = 64;

/// The methods (RFC 9110, section 9.3, and RFC 5789) but for those that only debug and tunnel.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// Runs it.
pub(super) async fn run(outbound: &Outbound, payload: &str) -> Result<String, String> {
    let call = read(payload)?;
    let answered = outbound.call(call).await.map_err(|error| error.to_string())?;
    Ok(tell(&answered).to_string())
}

/// Reads the payload.
fn read(payload: &str) -> Result<Call, String> {
    const FIELDS: [&str; 5] = ["method", "url", "headers", "body", "timeout_seconds"];
    let Ok(Value::Object(mut fields)) = serde_json::from_str(payload) else {
        return Err("Send an object with a url, such as {\"url\": \"https://example.com/\"}.".to_owned());
    };
    // What is null is as good as not there.
    fields.retain(|_, value| !value.is_null());
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("There is no field {}. Use {}.", quoted(unknown), FIELDS.join(", ")));
    }
    let url = read_url(fields.remove("url"))?;
    let mut headers = read_headers(fields.remove("headers"))?;
    let body = fields.remove("body");
    let method = read_method(fields.remove("method"), body.is_some())?;
    let within = read_seconds(fields.remove("timeout_seconds"))?;
    let (kind, body) = match body {
        None => return Ok(Call { method, url, headers, body: Vec::new().into(), within, most: MOST }),
        Some(Value::String(text)) => ("text/plain; charset=utf-8", text),
        Some(json) => ("application/json", json.to_string()),
    };
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
    Ok(Call { method, url, headers, body: body.into(), within, most: MOST })
}

/// A word of the caller's in a sentence of ours: its beginning, without anything that the database or a terminal would not
/// take as a letter.
fn quoted(word: &str) -> String {
    format!("{:?}", word.chars().take(64).collect::<String>())
}

fn read_url(value: Option<Value>) -> Result<Url, String> {
    let Some(Value::String(text)) = value else {
        return Err("Say in url whom to call, such as https://example.com/.".to_owned());
    };
    Url::parse(&text).map_err(|error| format!("The url is no address: {error}."))
}

/// A method in any letters; where none is said, POST with a body and GET without.
fn read_method(value: Option<Value>, has_body: bool) -> Result<Method, String> {
    let known = match value {
        None => return Ok(if has_body { Method::POST } else { Method::GET }),
        Some(Value::String(text)) => METHODS.into_iter().find(|method| text.eq_ignore_ascii_case(method.as_str())),
        Some(_) => None,
    };
    known.ok_or_else(|| format!("The method must be one of {}.", METHODS.each_ref().map(Method::as_str).join(", ")))
}

fn read_headers(value: Option<Value>) -> Result<HeaderMap, String> {
    const FORM: &str = "Send headers as an object of texts, such as {\"accept\": \"application/json\"}.";
    let fields = match value {
        None => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(FORM.to_owned()),
    };
    if fields.len() > MOST_HEADERS {
        return Err(format!("Send at most {MOST_HEADERS} headers."));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let Value::String(value) = value else { return Err(FORM.to_owned()) };
        let header =
            HeaderName::try_from(&name).map_err(|_| format!("{} cannot be a header's name.", quoted(&name)))?;
        let value =
            HeaderValue::try_from(value).map_err(|_| format!("The header {header} holds a control character."))?;
        if headers.insert(&header, value).is_some() {
            return Err(format!("The header {header} is there twice."));
        }
    }
    Ok(headers)
}

fn read_seconds(value: Option<Value>) -> Result<Duration, String> {
    let seconds = value.map_or(Some(SECONDS), |value| value.as_u64());
    let fits = seconds.filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
    let wrong = || format!("timeout_seconds must be a whole number from 1 to {MOST_SECONDS}.");
    fits.map(Duration::from_secs).ok_or_else(wrong)
}

/// An answer as a result.
fn tell(answered: &Answered) -> Value {
    let mut result = Map::new();
    result.insert("status".to_owned(), answered.status.into());
    result.insert("headers".to_owned(), tell_headers(&answered.headers));
    let (body, encoding) = tell_body(answered);
    result.insert("body".to_owned(), body);
    if let Some(encoding) = encoding {
        result.insert("body_encoding".to_owned(), encoding.into());
    }
    Value::Object(result)
}

/// A text for each name; a list of them where it came more than once.
fn tell_headers(headers: &HeaderMap) -> Value {
    let one = |name: &HeaderName| {
        let mut texts: Vec<Value> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned().into())
            .collect();
        let told = if texts.len() == 1 { texts.remove(0) } else { Value::Array(texts) };
        (name.as_str().to_owned(), told)
    };
    Value::Object(headers.keys().map(one).collect())
}

/// JSON as JSON, text as text, and what is neither in base64, which is then said beside it.
fn tell_body(answered: &Answered) -> (Value, Option<&'static str>) {
    let kind = answered.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_none_or(is_json)
        && let Ok(json) = serde_json::from_slice(&answered.body)
    {
        return (json, None);
    }
    match std::str::from_utf8(&answered.body) {
        Ok(text) => (text.into(), None),
        Err(_) => (STANDARD.encode(&answered.body).into(), Some("base64")),
    }
}

/// Does the media type say that it is JSON? (RFC 6839, section 3.1)
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

#[cfg(test)]
mod tests;
