//! The tenant's host's side: it sends whoever has no session here to the main host, and takes the code that they bring.

use axum::{
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use serde::Deserialize;
use tenantry_domain::{
    access::{AccessError, Destination},
    accounts::hand_over::{self, EntryCode, Nonce},
};
use tenantry_kernel::{Code, Problem, text::Slug};

use super::{ENTER, HAND_OVER, next, page, see_other};
use crate::{
    App, body, cookie,
    guard::{self, ClientAddress, Host, address, device, host_of},
    paths::with_query,
};

/// What the main host sends along, or the page that was wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Raw {
    code: String,
    next: String,
}

/// Leads to the main host, or, back from there, shows the form that brings the code.
pub(super) async fn show(State(app): State<App>, parts: Parts, query: Result<Query<Raw>, QueryRejection>) -> Response {
    let Raw { code, next: wanted } = query.map(|Query(raw)| raw).unwrap_or_default();
    let wanted = next(&wanted);
    let slug = match stranger_at(&app, &parts, wanted).await {
        Ok(slug) => slug,
        Err(response) => return response,
    };
    if code.is_empty() {
        return begin(&app, &parts.headers, &slug, wanted);
    }
    page::form(&app, &page::Sent { to: ENTER, fields: &[("code", &code), ("next", wanted)], leads_to: None })
}

/// Takes code and nonce for a session.
pub(super) async fn enter(State(app): State<App>, parts: Parts, body: Body) -> Response {
    let Raw { code, next: wanted } = body::form(body).await;
    let wanted = next(&wanted);
    let slug = match stranger_at(&app, &parts, wanted).await {
        Ok(slug) => slug,
        Err(response) => return response,
    };
    let again = with_query(ENTER, &[("next", wanted)]);
    let held = cookie::nonce(&parts.headers, &app.services.settings);
    let (Some(code), Some(nonce)) = (EntryCode::parse(&code), held) else { return closed(&app, &parts, &again) };
    match hand_over::redeem(&app.services, &code, &slug, &nonce, &device(&parts.headers)).await {
        Ok(Some(session)) => {
            let settings = &app.services.settings;
            let mut response = see_other(wanted);
            for cookie in [cookie::set_session(settings, &session), cookie::clear_nonce(settings)] {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Ok(None) => closed(&app, &parts, &again),
        Err(away) => page::problem(&app, &Problem::from(away)),
    }
}

/// A code that opened nothing costs its address what any credential does that opens nothing.
fn closed(app: &App, parts: &Parts, again: &str) -> Response {
    let from = ClientAddress::of(&app.services.settings, &parts.headers, &parts.extensions);
    let problem = address::refused(&app.services, from, AccessError::Unauthenticated.into());
    match problem.code {
        Code::RateLimited => page::problem(app, &problem),
        _ => page::refused(app, again),
    }
}

/// The slug of the tenant's host where nobody is signed in yet. Otherwise what to answer: the page that was wanted, or the
/// main host's first.
async fn stranger_at(app: &App, parts: &Parts, wanted: &str) -> Result<Slug, Response> {
    let Host::Tenant(slug) = host_of(parts) else { return Err(see_other("/")) };
    match guard::visitor(&app.services, parts, &Destination::Current).await {
        Ok(_) => Err(see_other(wanted)),
        Err(AccessError::Unauthenticated) => Ok(slug.clone()),
        Err(error) => Err(page::problem(app, &error.into())),
    }
}

/// Leaves a nonce with the browser and leads to the main host. One that it holds already stays, since two windows may ask
/// at the same time.
fn begin(app: &App, headers: &HeaderMap, slug: &Slug, wanted: &str) -> Response {
    let settings = &app.services.settings;
    let nonce = cookie::nonce(headers, settings).unwrap_or_else(|| Nonce::new(&app.services));
    let challenge = nonce.challenge().to_string();
    let path = with_query(HAND_OVER, &[("workspace", slug.as_str()), ("challenge", &challenge), ("next", wanted)]);
    let mut response = see_other(&settings.link(&path));
    response.headers_mut().append(header::SET_COOKIE, cookie::set_nonce(settings, &nonce));
    response
}
