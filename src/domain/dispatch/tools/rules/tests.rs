//! Tests of the decisions about tools.

use chrono::DateTime;
use tenantry_kernel::tool::LONGEST_URL;
use uuid::Uuid;

use super::*;
use crate::Settings;

fn outbound(loopback_tools: bool) -> Outbound {
    let address = "http://localhost".parse().expect("an address");
    Outbound::new(&Settings { loopback_tools, ..Settings::new(address) })
}

fn request() -> ToolRequest {
    ToolRequest {
        name: "crm".into(),
        kind: Some(ToolKind::Webhook),
        url: "https://example.com/hook".into(),
        ..ToolRequest::default()
    }
}

/// The field that refuses a request, and why.
fn refused(request: &ToolRequest) -> (String, String) {
    let errors = parse_wish(&outbound(false), request).expect_err("refused");
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    (error.field.clone(), error.code.clone())
}

fn tool(kind: ToolKind) -> ToolView {
    ToolView {
        id: Uuid::nil().into(),
        name: "crm".into(),
        kind,
        url: None,
        feature: Some("basic".into()),
        timeout_seconds: 60,
        created_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn every_field_out_of_bounds_is_named() {
    let errors = parse_wish(&outbound(false), &ToolRequest::default()).expect_err("refused");
    let fields: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
    assert_eq!(fields, [("name", "REQUIRED"), ("kind", "REQUIRED"), ("url", "REQUIRED")]);
    let wish = parse_wish(&outbound(false), &request()).expect("right");
    assert_eq!((wish.feature, wish.timeout_seconds), (None, 60));
}

#[test]
fn an_address_is_one_that_may_be_called() {
    for (url, code) in [
        ("nowhere", "FORMAT"),
        ("/hook", "FORMAT"),
        ("ftp://example.com/", "FORMAT"),
        ("javascript:alert(1)", "FORMAT"),
        ("https://", "FORMAT"),
        ("https://ada@example.com/", "FORMAT"),
        ("https://ada:secret@example.com/", "FORMAT"),
        ("http://127.0.0.1/", "ADDRESS_NOT_ALLOWED"),
        ("http://2130706433/", "ADDRESS_NOT_ALLOWED"),
        ("http://169.254.169.254/latest/meta-data", "ADDRESS_NOT_ALLOWED"),
        ("http://[::1]/", "ADDRESS_NOT_ALLOWED"),
        ("http://[::ffff:10.0.0.1]/", "ADDRESS_NOT_ALLOWED"),
        ("http://localhost:8080/", "ADDRESS_NOT_ALLOWED"),
    ] {
        assert_eq!(refused(&ToolRequest { url: url.into(), ..request() }), ("url".into(), code.into()), "{url}");
    }
    let long = format!("https://example.com/{}", "x".repeat(LONGEST_URL));
    assert_eq!(refused(&ToolRequest { url: long, ..request() }).1, "TOO_LONG");
    // Short as it is typed, too long as it would be called.
    let grows = format!("https://example.com/{}", "ü".repeat(800));
    assert_eq!(refused(&ToolRequest { url: grows, ..request() }).1, "TOO_LONG");
}

#[test]
fn an_address_is_kept_as_it_is_called() {
    let kept = |url: &str| outbound(true).parse(url).expect("right");
    assert_eq!(kept(" HTTPS://Example.com#top "), "https://example.com/");
    assert_eq!(kept("http://127.1:8080/hook?a=b"), "http://127.0.0.1:8080/hook?a=b");
}

#[test]
fn a_name_is_never_an_id() {
    let name = ToolId::from(Uuid::nil()).to_string();
    assert_eq!(refused(&ToolRequest { name, ..request() }), ("name".into(), "RESERVED".into()));
    let name = "x".repeat(65);
    assert_eq!(refused(&ToolRequest { name, ..request() }).1, "TOO_LONG");
}

#[test]
fn features_and_time_outs_have_bounds() {
    for feature in ["", "Basic", "*", "-a", "a-", "a--b", "a b", &"x".repeat(65)] {
        let feature = Some(feature.to_owned());
        assert_eq!(refused(&ToolRequest { feature, ..request() }).0, "feature");
    }
    for timeout_seconds in [0, -1, 86_401, i64::MAX] {
        let timeout_seconds = Some(timeout_seconds);
        assert_eq!(refused(&ToolRequest { timeout_seconds, ..request() }).1, "OUT_OF_RANGE");
    }
    let feature = Some("x".repeat(64));
    let most = ToolRequest { feature: feature.clone(), timeout_seconds: Some(86_400), ..request() };
    let wish = parse_wish(&outbound(false), &most).expect("right");
    assert_eq!((wish.feature, wish.timeout_seconds), (feature, 86_400));
}

#[test]
fn what_is_left_out_stays() {
    let change = |request: ToolChange| {
        let change = parse_change(&outbound(false), &request).expect("right");
        changed(&tool(ToolKind::Webhook), change).expect("allowed")
    };
    assert_eq!(change(ToolChange::default()), tool(ToolKind::Webhook));
    assert_eq!(change(ToolChange { feature: Some(None), ..ToolChange::default() }).feature, None);
    let moved = change(ToolChange { url: Some("https://example.org/".into()), ..ToolChange::default() });
    assert_eq!((moved.url.as_deref(), moved.timeout_seconds), (Some("https://example.org/"), 60));
}

#[test]
fn a_built_in_tool_keeps_its_name_and_has_no_address() {
    let builtin = tool(ToolKind::Builtin);
    let refused = |request: ToolChange| {
        let change = parse_change(&outbound(false), &request).expect("right");
        match changed(&builtin, change) {
            Err(ToolError::Builtin { what, .. }) => Some(what),
            _ => None,
        }
    };
    let named = |name: &str| ToolChange { name: Some(name.into()), ..ToolChange::default() };
    assert_eq!(refused(named("other")), Some(Untouchable::Name));
    assert_eq!(refused(named("crm")), None);
    let url = Some("https://example.com/".to_owned());
    assert_eq!(refused(ToolChange { url, ..ToolChange::default() }), Some(Untouchable::Url));
    assert_eq!(refused(ToolChange { timeout_seconds: Some(5), ..ToolChange::default() }), None);
}
