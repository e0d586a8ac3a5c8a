//! The edges of HTTP: what every answer has, and what is refused before a handler is reached.

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_testkit::{Reply, TestServer, redacted};

use crate::raw;

const SIGN_UP: &str = "/api/v1/auth/sign-up";
const ORGANIZATIONS: &str = "/api/tenant/organizations";

fn right() -> Value {
    json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"})
}

/// The headers of an answer that do not change from run to run, in order.
fn headers(reply: &Reply) -> Value {
    let kept =
        reply.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id" | "content-length"));
    let pairs = kept.map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))));
    redacted(&Value::Object(pairs.collect()))
}

#[tokio::test]
async fn a_problem_has_every_member_of_the_contract() {
    let server = TestServer::without_worker().await;
    let reply = server.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    assert_json_snapshot!("problem", redacted(&reply.json()));
    let reply = server.post(SIGN_UP, &json!({"name": "Ada", "email": "ada", "password": "short"})).await;
    assert_json_snapshot!("problem_with_fields", redacted(&reply.refused(422, "INVALID").json()));
}

#[tokio::test]
async fn every_answer_names_its_request_and_has_the_headers_that_protect() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let answers = [
        ("of the API", ada.get(ORGANIZATIONS).await.expect(200)),
        ("of a problem", server.get(ORGANIZATIONS).await.expect(401)),
        ("of health", server.get("/healthz").await.expect(200)),
        ("of a page that explains", server.get("/problems/not-found").await.expect(200)),
        ("of nothing", server.get("/nothing/here").await.expect(404)),
    ];
    let mut ids: Vec<&str> = answers.iter().map(|(_, reply)| reply.header("x-request-id").expect("an id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), answers.len());
    let all: serde_json::Map<String, Value> =
        answers.iter().map(|(what, reply)| ((*what).to_owned(), headers(reply))).collect();
    assert_json_snapshot!("headers", redacted(&Value::Object(all)));
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_takes_no_such_method_405() {
    let server = TestServer::without_worker().await;
    for path in ["/api", "/api/", "/api/v2/jobs", "/api/v1/", "/api/v1/jobs/", "/api/v1/auth/sign-up/x"] {
        let reply = server.get(path).await;
        // What is not the API's answers without a problem.
        match path {
            "/api" => drop(reply.expect(404)),
            _ => drop(reply.refused(404, "NOT_FOUND")),
        }
    }
    for (method, path, allow) in [
        (Method::GET, SIGN_UP, "POST"),
        (Method::DELETE, ORGANIZATIONS, "GET,HEAD,POST"),
        (Method::PATCH, "/api/v1/subscription", "GET,HEAD,PUT"),
        (Method::POST, "/api/openapi.json", "GET,HEAD"),
    ] {
        let reply = server.call(method, path).await.refused(405, "METHOD_NOT_ALLOWED");
        assert_eq!(reply.header("allow"), Some(allow), "{path}");
    }
}

#[tokio::test]
async fn a_body_is_json_of_at_most_a_mebibyte() {
    let server = TestServer::without_worker().await;
    let post = |media_type: &str, body: Vec<u8>| server.call(Method::POST, SIGN_UP).body(media_type, body);
    let text = right().to_string().into_bytes();
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", ""]
    {
        post(media_type, text.clone()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    server.call(Method::POST, SIGN_UP).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    post("application/json", vec![b' '; 1024 * 1024 + 1]).await.refused(413, "BODY_TOO_LARGE");
    post("text/plain", vec![b' '; 1024 * 1024 + 1]).await.refused(413, "BODY_TOO_LARGE");
    for broken in ["", "{", "nul", "{\"name\": }", "\u{feff}{}", "{} {}", "{'name': 'Ada'}", "{\"name\": \"\\ud800\"}"]
    {
        post("application/json", broken.as_bytes().to_vec()).await.refused(400, "MALFORMED");
    }
    post("application/json", vec![b'{', 0xff, b'}']).await.refused(400, "MALFORMED");
    for other in ["[]", "null", "7", "\"text\"", "true"] {
        post("application/json", other.as_bytes().to_vec()).await.refused(422, "INVALID");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let status = post("application/json", deep.into_bytes()).await.status;
    assert!(matches!(status, 400 | 422), "{status}");
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.users").await, 0);
    // Spaces around it and parameters of its type are nobody's business.
    let mut padded = vec![b' '; 1024 * 1024 - text.len()];
    padded.extend_from_slice(&text);
    post("Application/JSON; charset=utf-8", padded).await.expect(201);
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off_while_it_is_read() {
    let server = TestServer::without_worker().await;
    let mut request = format!(
        "POST {SIGN_UP} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for _ in 0..40 {
        request.extend_from_slice(b"8000\r\n");
        request.extend_from_slice(&vec![b' '; 0x8000]);
        request.extend_from_slice(b"\r\n");
    }
    let reply = raw::send(&server, &request).await;
    assert_eq!(reply.status, 413, "{}", reply.text);
    assert!(reply.text.contains("BODY_TOO_LARGE"));
}

#[tokio::test]
async fn who_may_not_is_told_so_before_the_body_has_come() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let request = |path: &str, headers: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n"
        );
        format!("{head}{headers}\r\n").into_bytes()
    };
    let reply = raw::send(&server, &request("/api/v1/dispatch", "")).await;
    assert_eq!(reply.status, 401);
    let cookie = format!("cookie: {}\r\nx-tenant: nowhere\r\n", ada.cookie().expect("signed in"));
    assert_eq!(raw::send(&server, &request("/api/v1/dispatch", &cookie)).await.status, 404);
    let cross_site = raw::send(&server, &request(SIGN_UP, "sec-fetch-site: cross-site\r\n")).await;
    assert_eq!(cross_site.status, 403);
    assert!(cross_site.text.contains("CROSS_SITE"));
    let too_large = String::from_utf8(request(SIGN_UP, "")).expect("text").replace("length: 100", "length: 99999999");
    assert_eq!(raw::send(&server, too_large.as_bytes()).await.status, 413);
}

#[tokio::test]
async fn garbage_is_refused_and_the_server_goes_on() {
    let server = TestServer::without_worker().await;
    for garbage in ["\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{7f} HTTP/1.1\r\n\r\n", "BREW\r\n\r\n"] {
        assert_eq!(raw::send(&server, garbage.as_bytes()).await.status, 400, "{garbage:?}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(600_000));
    assert!(matches!(raw::send(&server, long.as_bytes()).await.status, 400 | 404 | 414 | 431));
    server.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_browser_may_change_something_from_our_own_pages_alone() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let own = server.base().to_owned();
    let post = |headers: &[(&str, &str)]| {
        let call = ada.post(ORGANIZATIONS, &json!({"name": "Acme", "plan": "pro"}));
        headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    };
    for site in ["cross-site", "same-site", "", "nonsense"] {
        post(&[("sec-fetch-site", site), ("origin", &own)]).await.refused(403, "CROSS_SITE");
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        &own.replace("http", "https"),
        &format!("{own}.evil.example"),
    ] {
        post(&[("origin", origin)]).await.refused(403, "CROSS_SITE");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::POST] {
        ada.call(method, "/api/nothing").header("sec-fetch-site", "cross-site").await.refused(403, "CROSS_SITE");
    }
    for path in [SIGN_UP, "/api/v1/auth/sign-in"] {
        server.post(path, &right()).header("sec-fetch-site", "cross-site").await.refused(403, "CROSS_SITE");
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.organizations").await, 0);
    ada.get(ORGANIZATIONS).header("sec-fetch-site", "cross-site").await.expect(200);
    for headers in
        [&[("sec-fetch-site", "same-origin")][..], &[("sec-fetch-site", "none")], &[("origin", own.as_str())], &[]]
    {
        post(headers).await.expect(201);
    }
}

#[tokio::test]
async fn a_host_that_is_not_ours_gets_nothing() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let strange = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "xn--nonsense"];
    for host in strange {
        ada.get(ORGANIZATIONS).header("host", host).await.refused(404, "NOT_FOUND");
        server.post(SIGN_UP, &right()).header("host", host).await.refused(404, "NOT_FOUND");
        server.get("/readyz").header("host", host).await.expect(404);
    }
    for host in ["localhost", "LOCALHOST:9", "127.0.0.1", "127.9.9.9:80", "[::1]"] {
        ada.get(ORGANIZATIONS).header("host", host).await.expect(200);
    }
}

#[tokio::test]
async fn health_needs_nobody() {
    let server = TestServer::without_worker().await;
    assert_eq!(server.get("/healthz").await.expect(200).text(), "alive\n");
    assert_eq!(server.get("/readyz").await.expect(200).text(), "ready\n");
}

#[tokio::test]
async fn every_code_has_a_page_that_explains_it() {
    let server = TestServer::without_worker().await;
    for code in tenantry_kernel::Code::ALL {
        let page = server.get(&code.type_uri()).await.expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let text = page.text();
        assert!(text.contains(code.as_str()) && text.contains(code.title()), "{code}");
    }
    server.get("/problems/imaginary").await.refused(404, "NOT_FOUND");
    server.get("/problems/%3Cscript%3E").await.refused(404, "NOT_FOUND");
}
