//! Mails, readable by whoever reaches a server that was started for development; elsewhere there is no such address.

use std::fmt::Write as _;

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use tenantry_domain::mail::{self, Reader};
use tenantry_kernel::{
    Problem,
    mail::{MailList, MailView},
};
use utoipa::IntoParams;

use crate::{App, guard::AtMainHost, problem::ApiError};

/// Mails are framed in the page without any right of their own; their styles stand in their elements.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'none'",
);

/// Whose mails.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct To {
    /// To this address alone.
    to: Option<String>,
}

/// The mails that were posted, newest first. Only with `serve --dev`, on a loopback listener.
#[utoipa::path(get, path = "/dev/mail", tag = "accounts", params(To), responses(
    (status = 200, description = "A page for a browser, JSON for a program.", body = MailList),
    (status = 404, description = "NOT_FOUND, where the server was not started for development", body = Problem),
))]
pub(crate) async fn in_development(
    State(app): State<App>,
    _: AtMainHost,
    query: Result<Query<To>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let reader = Reader::in_development(&app.services.settings).ok_or_else(Problem::not_found)?;
    let Query(To { to }) = query.map_err(|_| Problem::not_found())?;
    mail::settled(&app.services).await?;
    let list = mail::list(&app.services, &reader, to.as_deref()).await?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if accept.contains("text/html") {
        let style = app.site.asset("tenantry.css").unwrap_or_default();
        Html(page(style, &list.data)).into_response()
    } else {
        Json(list).into_response()
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A link that is followed from here must not tell where it stood.
    set.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn page(style: &str, mails: &[MailView]) -> String {
    let mut list = String::new();
    for mail in mails {
        let mut links = String::new();
        // Writing into a text cannot fail.
        for link in &mail.links {
            let link = escaped(link);
            let _ = write!(links, "<li><a href=\"{link}\">{link}</a></li>");
        }
        let _ = write!(
            list,
            "<article class=\"card\"><h2>{subject}</h2><p class=\"soft\">to {to} · {at} · {state}</p><ul style=\"padding-left:1.25rem\">{links}</ul>\
             <iframe title=\"{subject}\" sandbox srcdoc=\"{html}\" style=\"width:100%;height:28rem;border:0\"></iframe>\
             <details><summary>Plain text</summary><pre>{text}</pre></details></article>",
            subject = escaped(&mail.subject),
            to = escaped(&mail.to),
            at = mail.at.format("%Y-%m-%d %H:%M:%S UTC"),
            state = escaped(&mail.state),
            html = escaped(&mail.html),
            text = escaped(&mail.text),
        );
    }
    let nothing = if mails.is_empty() { "<p class=\"soft\">Nothing was posted yet.</p>" } else { "" };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Mail · Tenantry</title><link rel=\"stylesheet\" href=\"{style}\"></head>\
         <body><main class=\"center\"><div style=\"width:min(44rem,100%);display:grid;gap:1.5rem\"><p class=\"eyebrow\">\
         Development</p><h1>Mail</h1>{nothing}{list}</div></main></body></html>"
    )
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
