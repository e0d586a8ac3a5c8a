//! Bodies: read only after the guards have decided, within bounds, strictly.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody as _, to_bytes},
    extract::Request,
    http::{Extensions, HeaderMap, header},
};
use bytes::Bytes;
use futures::StreamExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use tenantry_kernel::{Code, FieldError, Problem};

use crate::room::{NoRoom, Place, SMALL};

/// Largest body, in bytes.
pub const LARGEST: usize = 1024 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads a JSON object; its bytes come along, for what is hashed or checked as it was sent.
///
/// # Errors
/// 413, 415, 400 for what is no JSON, 422 with the field's name for what does not fit.
pub async fn json<T: DeserializeOwned>(request: Request) -> Result<(T, Bytes), Problem> {
    let (_, bytes) = read(request, &["application/json"]).await?;
    Ok((parse(&bytes)?, bytes))
}

/// Reads a body of one of some media types, which comes along.
async fn read(request: Request, taken: &[&'static str]) -> Result<(&'static str, Bytes), Problem> {
    let sent = media_type(request.headers());
    if too_long(request.headers()) {
        return Err(too_large());
    }
    let Some(media_type) = taken.iter().find(|taken| sent.as_deref() == Some(**taken)) else {
        let detail = format!("This address takes {}.", taken.join(" or "));
        let problem = Problem::new(Code::UnsupportedMediaType, detail);
        return Err(if taken.len() == 1 { problem } else { problem.with_fix("Send one of them as Content-Type.") });
    };
    let (parts, body) = request.into_parts();
    // Who may do it has been decided: what is read whole is held by somebody who is known, or as long as an answer takes.
    let (bytes, _) = whole(&parts.extensions, body).await?;
    Ok((media_type, bytes))
}

/// The media type of one CloudEvent in the JSON format (CloudEvents 1.0).
pub const CLOUD_EVENT: &str = "application/cloudevents+json";
/// The media type of a batch of them.
pub const CLOUD_EVENTS: &str = "application/cloudevents-batch+json";

/// Reads one CloudEvent or a batch of them, each as it is: what is wrong with one is said beside the others.
///
/// # Errors
/// 413, 415, 400 for what is no JSON, 422 for what is no event or batch as its media type says, and for too large a batch.
pub async fn cloud_events(request: Request, most: usize) -> Result<(Vec<Value>, Bytes), Problem> {
    let (media_type, bytes) = read(request, &[CLOUD_EVENT, CLOUD_EVENTS]).await?;
    if media_type == CLOUD_EVENT {
        return Ok((vec![parse(&bytes)?], bytes));
    }
    let events = match serde_json::from_slice(&bytes).map_err(|error| problem("", &error))? {
        Value::Array(events) => events,
        _ => return Err(FieldError::new("", "WRONG_TYPE", "Send a JSON array of events.").into()),
    };
    if events.len() > most {
        let detail = format!("Send at most {most} events at once; this has {}.", events.len());
        return Err(FieldError::new("", "TOO_MANY", detail).into());
    }
    Ok((events, bytes))
}

/// Reads a JSON object where there is one; a request without a body asks for what holds where nothing is said.
///
/// # Errors
/// As [`json`].
pub async fn json_or_nothing<T: DeserializeOwned + Default>(request: Request) -> Result<(T, Bytes), Problem> {
    if request.body().is_end_stream() {
        return Ok((T::default(), Bytes::new()));
    }
    json(request).await
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// It took too long to arrive.
    Slow,
    /// It broke off.
    Broken,
    /// There is no room for it among all that are being read, or among those of its address.
    NoRoom(NoRoom),
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => too_large(),
            Unread::Slow => slow(),
            Unread::Broken => broken(),
            Unread::NoRoom(NoRoom::Whole) => {
                Self::new(Code::GuardUnavailable, "Too many bodies are being read at once.").with_retry_after(1)
            }
            Unread::NoRoom(NoRoom::Each) => {
                Self::new(Code::RateLimited, "Too many bodies from your address are being read at once.")
                    .with_retry_after(1)
            }
        }
    }
}

/// Reads a body as it is. One that may be large is read piece by piece and takes room as it comes: who sends for ever is left as
/// soon as it is too much. Its place comes along, since the bytes are in it.
///
/// # Errors
/// Why it could not be read.
pub async fn whole(extensions: &Extensions, body: Body) -> Result<(Bytes, Option<Place>), Unread> {
    let reading = async move {
        let Some(mut place) = Place::of(extensions) else {
            let bytes = to_bytes(body, LARGEST).await.map_err(|error| unread(&error))?;
            return Ok((bytes, None));
        };
        let (mut bytes, mut pieces) = (Vec::new(), body.into_data_stream());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Unread::Broken)?;
            if bytes.len() + piece.len() > LARGEST {
                return Err(Unread::TooLarge);
            }
            place.grow(piece.len()).map_err(Unread::NoRoom)?;
            bytes.extend_from_slice(&piece);
        }
        Ok((bytes.into(), Some(place)))
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or(Err(Unread::Slow))
}

/// Reads a small form of ours; what is none has nothing in it.
pub(crate) async fn form<T: DeserializeOwned + Default>(body: Body) -> T {
    let bytes = tokio::time::timeout(PATIENCE, to_bytes(body, SMALL)).await;
    bytes.ok().and_then(Result::ok).and_then(|bytes| serde_urlencoded::from_bytes(&bytes).ok()).unwrap_or_default()
}

/// The media type without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
}

fn too_long(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    length.is_some_and(|length| length > LARGEST)
}

fn too_large() -> Problem {
    Problem::new(Code::BodyTooLarge, "The body is larger than 1 MiB.")
}

fn slow() -> Problem {
    Problem::new(Code::Malformed, "The body took longer than 20 s to arrive.")
}

fn broken() -> Problem {
    Problem::new(Code::Malformed, "The body broke off.")
}

fn unread(error: &axum::Error) -> Unread {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if cause.to_string().contains("length limit exceeded") {
            return Unread::TooLarge;
        }
        source = cause.source();
    }
    Unread::Broken
}

/// Parses a JSON object and says which field does not fit.
///
/// # Errors
/// 400 for what is no JSON, 422 for what does not fit.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first != b'{') {
        return Err(match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => FieldError::new("", "WRONG_TYPE", "Send a JSON object.").into(),
            Err(error) => problem("", &error),
        });
    }
    // Right ones are read in one go; only a wrong one is read again, slowly, to say where it is wrong.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        unfit(bytes, if path == "." { "" } else { &path }, error.inner())
    })?;
    deserializer.end().map_err(|error| problem("", &error))?;
    Ok(value)
}

/// Why it does not fit. Where one of a few words should stand and no text does, serde_json speaks of an error of syntax,
/// though it is JSON: so the bytes are asked once more.
fn unfit(bytes: &[u8], path: &str, error: &serde_json::Error) -> Problem {
    if !error.is_syntax() || is_too_deep(error) {
        return problem(path, error);
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(_) => FieldError::new(short(path), "WRONG_TYPE", "Send one of the words that stand here, as text.").into(),
        Err(error) => problem("", &error),
    }
}

fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("recursion limit exceeded")
}

/// Turns serde's words into a field and its error. Its messages quote the field's name in backticks.
fn problem(path: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let quoted = message.split('`').nth(1);
    if is_too_deep(error) {
        return FieldError::new(short(path), "TOO_DEEP", "Nest at most 32 levels.").into();
    }
    match (error.classify(), quoted) {
        (serde_json::error::Category::Data, Some(name)) if message.starts_with("unknown field") => {
            let name = if path.is_empty() || path.ends_with(name) { name.to_owned() } else { format!("{path}.{name}") };
            FieldError::new(short(&name), "UNKNOWN_FIELD", "There is no such field here. Remove it.").into()
        }
        (serde_json::error::Category::Data, Some(name)) if message.starts_with("duplicate field") => {
            FieldError::new(short(name), "DUPLICATE_FIELD", "Send the field once.").into()
        }
        (serde_json::error::Category::Data, _) => {
            let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            FieldError::new(short(path), "WRONG_TYPE", format!("{}.", capitalized(&short(what)))).into()
        }
        _ => {
            let place = message.rsplit_once(" at ").map_or("the end", |(_, place)| place);
            Problem::new(Code::Malformed, format!("The body is no JSON: see {place}."))
        }
    }
}

/// What a caller has written, as far as it helps to find it: nobody reads a path of ten thousand brackets.
fn short(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::requests::{CreateKey, CreateOrganization, DispatchRequest, ToolRequest, VerifyKey};

    use super::*;

    fn refused<T: DeserializeOwned>(body: &str) -> (Code, Option<(String, String)>) {
        let problem = parse::<T>(body.as_bytes()).err().expect("refused");
        let field = problem.errors.into_iter().next().map(|error| (error.field, error.code));
        (problem.code, field)
    }

    fn field(name: &str, code: &str) -> (Code, Option<(String, String)>) {
        (Code::Invalid, Some((name.to_owned(), code.to_owned())))
    }

    #[test]
    fn the_field_that_does_not_fit_is_named() {
        assert_eq!(refused::<CreateOrganization>(r#"{"name": 7}"#), field("name", "WRONG_TYPE"));
        assert_eq!(refused::<CreateOrganization>(r#"{"nmae": "x"}"#), field("nmae", "UNKNOWN_FIELD"));
        assert_eq!(refused::<CreateOrganization>(r#"{"name": "a", "name": "b"}"#), field("name", "DUPLICATE_FIELD"));
        assert_eq!(refused::<DispatchRequest>(r#"{"when_full": "wait"}"#), field("when_full", "WRONG_TYPE"));
        assert_eq!(refused::<CreateOrganization>("[]"), field("", "WRONG_TYPE"));
        assert_eq!(refused::<CreateOrganization>("null"), field("", "WRONG_TYPE"));
    }

    #[test]
    fn what_is_no_word_where_a_word_should_stand_is_of_a_wrong_type() {
        for wrong in ["null", "5", "-1.5", "true", "[]", "{}", r#"["queue"]"#, r#""wait""#] {
            let body = format!(r#"{{"tool": "echo", "when_full": {wrong}, "payload": [1]}}"#);
            assert_eq!(refused::<DispatchRequest>(&body), field("when_full", "WRONG_TYPE"), "{wrong}");
            let body = format!(r#"{{"environment": {wrong}}}"#);
            assert_eq!(refused::<CreateKey>(&body), field("environment", "WRONG_TYPE"), "{wrong}");
            let body = format!(r#"{{"scopes": ["read", {wrong}]}}"#);
            assert_eq!(refused::<CreateKey>(&body), field("scopes[1]", "WRONG_TYPE"), "{wrong}");
        }
        for wrong in ["5", "[]", "{}"] {
            assert_eq!(refused::<ToolRequest>(&format!(r#"{{"kind": {wrong}}}"#)), field("kind", "WRONG_TYPE"));
            assert_eq!(refused::<VerifyKey>(&format!(r#"{{"scope": {wrong}}}"#)), field("scope", "WRONG_TYPE"));
        }
        // What follows must still be JSON.
        for broken in [r#"{"when_full": 5"#, r#"{"when_full": 5, "payload": "\ud800"}"#, r#"{"when_full": 5,}"#] {
            assert_eq!(refused::<DispatchRequest>(broken), (Code::Malformed, None), "{broken}");
        }
    }

    #[test]
    fn what_is_long_is_named_in_short() {
        let name = "é".repeat(5_000);
        let (_, field) = refused::<CreateOrganization>(&format!(r#"{{"{name}": 1}}"#));
        let (field, code) = field.expect("named");
        assert_eq!((field.chars().count(), code.as_str()), (101, "UNKNOWN_FIELD"));
        let problem =
            parse::<DispatchRequest>(format!(r#"{{"when_full": "{name}"}}"#).as_bytes()).expect_err("refused");
        assert!(problem.detail.chars().count() < 200, "{}", problem.detail);
        let deep = format!(r#"{{"payload": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        let problem = parse::<DispatchRequest>(deep.as_bytes()).expect_err("refused");
        assert!(problem.errors.iter().all(|error| error.field.chars().count() <= 101), "{:?}", problem.errors);
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in ["", "{", "{\"name\": }", "\u{0}", "{} {}", "nul", "[1,"] {
            assert_eq!(refused::<CreateOrganization>(body), (Code::Malformed, None), "{body}");
        }
        assert_eq!(parse::<CreateOrganization>(b"\xff{}").expect_err("refused").code, Code::Malformed);
    }

    #[test]
    fn depth_is_bounded_before_the_stack_is() {
        let body = format!(r#"{{"payload": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        let (code, field) = refused::<DispatchRequest>(&body);
        assert_eq!((code, field.expect("named").1), (Code::Invalid, "TOO_DEEP".into()));
    }
}
