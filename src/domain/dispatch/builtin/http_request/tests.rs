//! What a payload asks for, and what an answer becomes.

use serde_json::json;

use super::*;

const FORM: &str = "Send an object with a url, such as {\"url\": \"https://example.com/\"}.";
const URL: &str = "Say in url whom to call, such as https://example.com/.";
const METHOD: &str = "The method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.";
const HEADERS: &str = "Send headers as an object of texts, such as {\"accept\": \"application/json\"}.";
const TIMEOUT: &str = "timeout_seconds must be a whole number from 1 to 86400.";

/// The call of a payload for an address with these fields beside it.
fn with(mut fields: Value) -> Result<Call, String> {
    fields["url"] = json!("https://example.com");
    read(&fields.to_string())
}

fn answered(headers: &[(&'static str, &'static str)], body: &'static [u8]) -> Answered {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Answered { status: 200, headers: map, body: body.into() }
}

#[test]
fn a_payload_with_an_address_alone_asks_for_it() {
    for fields in [json!({}), json!({"body": null, "method": null, "headers": null, "timeout_seconds": null})] {
        let call = with(fields).expect("right");
        assert_eq!((call.method, call.url.as_str()), (Method::GET, "https://example.com/"));
        assert_eq!((call.within, call.most), (Duration::from_secs(30), 262_144));
        assert!(call.headers.is_empty() && call.body.is_empty());
    }
}

#[test]
fn a_payload_says_all_of_a_call() {
    let fields = json!({"method": "patch", "headers": {"X-One": "1"}, "body": {"a": [1, null]}, "timeout_seconds": 5});
    let call = with(fields).expect("right");
    assert_eq!((call.method, call.within), (Method::PATCH, Duration::from_secs(5)));
    assert_eq!(
        (call.headers["x-one"].as_bytes(), call.headers["content-type"].as_bytes()),
        (&b"1"[..], &b"application/json"[..])
    );
    assert_eq!(call.body, r#"{"a":[1,null]}"#);
}

#[test]
fn a_text_is_sent_as_it_is_and_by_post() {
    let call = with(json!({"body": "a=b"})).expect("right");
    assert_eq!((call.method, call.body), (Method::POST, "a=b".into()));
    assert_eq!(call.headers["content-type"], "text/plain; charset=utf-8");
    let form = json!({"body": "a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}});
    assert_eq!(with(form).expect("right").headers["content-type"], "application/x-www-form-urlencoded");
}

#[test]
fn what_is_wrong_in_a_payload_is_said_in_a_sentence() {
    for (payload, sentence) in [(json!("https://example.com/"), FORM), (json!([]), FORM), (json!({}), URL)] {
        assert_eq!(read(&payload.to_string()).expect_err("wrong"), sentence, "{payload}");
    }
    assert_eq!(read(r#"{"url": 7}"#).expect_err("wrong"), URL);
    let relative = "The url is no address: relative URL without a base.";
    assert_eq!(read(r#"{"url": "example.com"}"#).expect_err("wrong"), relative);
    let many: Map<String, Value> = (0..65).map(|number| (format!("x-{number}"), json!("1"))).collect();
    for (fields, sentence) in [
        (json!({"verb": 1}), "There is no field \"verb\". Use method, url, headers, body, timeout_seconds."),
        (json!({"\u{0}": 1}), "There is no field \"\\0\". Use method, url, headers, body, timeout_seconds."),
        (json!({"method": "BREW"}), METHOD),
        (json!({"method": "CONNECT"}), METHOD),
        (json!({"method": 1}), METHOD),
        (json!({"headers": ["a"]}), HEADERS),
        (json!({"headers": {"a": 1}}), HEADERS),
        (json!({"headers": {"a b": "1"}}), "\"a b\" cannot be a header's name."),
        (json!({"headers": {"a": "1\r\nhost: x"}}), "The header a holds a control character."),
        (json!({"headers": {"a": "1", "A": "2"}}), "The header a is there twice."),
        (json!({"headers": many}), "Send at most 64 headers."),
        (json!({"timeout_seconds": 0}), TIMEOUT),
        (json!({"timeout_seconds": 1.5}), TIMEOUT),
        (json!({"timeout_seconds": 86_401}), TIMEOUT),
        (json!({"timeout_seconds": "5"}), TIMEOUT),
    ] {
        assert_eq!(with(fields.clone()).expect_err("wrong"), sentence, "{fields}");
    }
    let long = with(json!({"x".repeat(100_000): 1})).expect_err("wrong");
    assert!(long.len() < 200, "{}", long.len());
}

#[test]
fn a_body_is_told_as_what_it_is() {
    let told = |headers: &[(&'static str, &'static str)], body| {
        let told = tell(&answered(headers, body));
        (told["body"].clone(), told.get("body_encoding").cloned())
    };
    let json = [("content-type", "Application/JSON; charset=utf-8")];
    let text = [("content-type", "text/plain")];
    assert_eq!(told(&json, br#"{"a": 1}"#), (json!({"a": 1}), None));
    assert_eq!(told(&[("content-type", "application/problem+json")], b"[1]"), (json!([1]), None));
    assert_eq!(told(&[], b"17"), (json!(17), None));
    assert_eq!(told(&json, b"{oops"), (json!("{oops"), None));
    assert_eq!(told(&json, b""), (json!(""), None));
    assert_eq!(told(&text, b"17"), (json!("17"), None));
    assert_eq!(told(&text, b"a\x00\x07b"), (json!("a\u{0}\u{7}b"), None));
    assert_eq!(told(&[("content-type", "image/png")], b"\x89PNG"), (json!("iVBORw=="), Some(json!("base64"))));
}

#[test]
fn headers_are_told_by_name() {
    let told = tell(&answered(&[("x-one", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2")], b""));
    assert_eq!(told["headers"], json!({"x-one": "1", "set-cookie": ["a=1", "b=2"]}));
}
