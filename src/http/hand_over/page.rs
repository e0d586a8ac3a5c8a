//! The few pages of the hand-over: a form that sends itself, and what is said where it ends. They are whole without a
//! script, and load none but the line that sends the form.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tenantry_kernel::{Problem, tenancy::UserView};

use super::NO_STORE;
use crate::App;

/// A form that sends itself.
pub(super) struct Sent<'a> {
    /// The path that takes it.
    pub to: &'a str,
    /// Its fields.
    pub fields: &'a [(&'a str, &'a str)],
    /// The origin that its answer leads to, where that is another than the page's own.
    pub leads_to: Option<&'a str>,
}

/// The page of a form that sends itself, or by its button where no script runs.
pub(super) fn form(app: &App, sent: &Sent<'_>) -> Response {
    let nonce = BASE64_STANDARD.encode(app.services.entropy.bytes::<16>());
    let fields: String = sent.fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let body = format!(
        "<h1>Opening your workspace</h1><p class=\"soft\">You are signed in. This takes a moment.</p>\
         <form method=\"post\" action=\"{to}\">{fields}<button class=\"button\" data-variant=\"primary\" \
         data-size=\"normal\" type=\"submit\"><span>Continue</span></button></form>\
         <script nonce=\"{nonce}\">document.forms[0].submit()</script>",
        to = sent.to,
    );
    let leads_to = sent.leads_to.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!("script-src 'nonce-{nonce}'; form-action 'self'{leads_to}");
    page(app, StatusCode::OK, "Opening your workspace", &body, &policy)
}

/// A code that opens nothing, and the way to a new one.
pub(super) fn refused(app: &App, again: &str) -> Response {
    let body = format!(
        "<p class=\"eyebrow\">403</p><h1>This way in has closed</h1><p class=\"soft\">It opens once, within half a minute, \
         in the browser that asked for it. Nothing is lost: start again.</p>{}",
        link(again, "Start again")
    );
    page(app, StatusCode::FORBIDDEN, "This way in has closed", &body, NO_FORMS)
}

/// There is no such workspace for this person.
pub(super) fn stranger(app: &App, user: &UserView) -> Response {
    let body = format!(
        "<p class=\"eyebrow\">404</p><h1>There is no such workspace for you</h1><p class=\"soft\">The address may be \
         mistyped, or the workspace belongs to others. You are signed in as <strong>{}</strong>: if another account of \
         yours belongs there, sign out and begin anew.</p>{}",
        escape(&user.email),
        link("/dashboard", "To your own workspace")
    );
    page(app, StatusCode::NOT_FOUND, "There is no such workspace for you", &body, NO_FORMS)
}

/// What keeps the page from being shown.
pub(super) fn problem(app: &App, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = format!(
        "<p class=\"eyebrow\">{}</p><h1>{}</h1><p class=\"soft\">{} Load this page again in a moment.</p>",
        status.as_u16(),
        escape(&problem.title),
        escape(&problem.detail)
    );
    let mut response = page(app, status, &problem.title, &body, NO_FORMS);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

const NO_FORMS: &str = "form-action 'none'";

/// The frame of all of them; `policy` is what it allows beyond styles.
fn page(app: &App, status: StatusCode, title: &str, body: &str, policy: &str) -> Response {
    let style = app.site.asset("tenantry.css");
    let style = style.map(|style| format!("<link rel=\"stylesheet\" href=\"{style}\">")).unwrap_or_default();
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} · Tenantry</title>{style}<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
         <body><main class=\"center\" id=\"main\"><div class=\"center-box\">{body}</div></main></body></html>",
        title = escape(title)
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; base-uri 'none'; \
         frame-ancestors 'none'; {policy}"
    );
    let mut response = (status, [(header::CACHE_CONTROL, NO_STORE)], Html(html)).into_response();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
}

fn link(to: &str, text: &str) -> String {
    let to = escape(to);
    format!("<a class=\"button\" href=\"{to}\" data-variant=\"primary\" data-size=\"normal\"><span>{text}</span></a>")
}

/// Text as it may stand in an element or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_in_an_address_cannot_leave_its_place() {
        let field = hidden("next", "/x\"><script>alert('&')</script>");
        assert_eq!(
            field,
            "<input type=\"hidden\" name=\"next\" value=\"/x&quot;&gt;&lt;script&gt;alert('&amp;')&lt;/script&gt;\">"
        );
    }
}
