//! The main host's side: who is signed in here and belongs to the tenant gets a code for its host.

use axum::{
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::request::Parts,
    response::Response,
};
use serde::Deserialize;
use tenantry_domain::{
    access::{AccessError, Destination, Visitor},
    accounts::hand_over::{self, Challenge},
};
use tenantry_kernel::{Problem, text::Slug};

use super::{ENTER, HAND_OVER, next, page, see_other};
use crate::{
    App, body,
    guard::{self, Host, host_of},
    paths::with_query,
};

/// What the tenant's host sends along.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Raw {
    workspace: String,
    challenge: String,
    next: String,
}

/// The same, read.
struct Wish {
    workspace: Slug,
    challenge: Challenge,
    next: String,
}

impl Raw {
    fn read(self) -> Option<Wish> {
        Some(Wish {
            workspace: Slug::parse("workspace", &self.workspace).ok()?,
            challenge: Challenge::parse(&self.challenge)?,
            next: next(&self.next).to_owned(),
        })
    }
}

/// Shows the form, to whoever may send it.
pub(super) async fn show(State(app): State<App>, parts: Parts, query: Result<Query<Raw>, QueryRejection>) -> Response {
    let raw = query.map(|Query(raw)| raw).unwrap_or_default();
    match allowed(&app, &parts, raw).await {
        Ok((wish, _)) => form(&app, &wish),
        Err(response) => response,
    }
}

/// Makes the code and leads to the tenant's host.
pub(super) async fn hand_over(State(app): State<App>, parts: Parts, body: Body) -> Response {
    let raw = body::form::<Raw>(body).await;
    let (wish, visitor) = match allowed(&app, &parts, raw).await {
        Ok(allowed) => allowed,
        Err(response) => return response,
    };
    let Ok(place) = visitor.place() else { return page::stranger(&app, &visitor.principal.user) };
    let code = hand_over::issue(&app.services, visitor.principal.session, place.tenant, wish.challenge).await;
    match code {
        Ok(code) => {
            let path = with_query(ENTER, &[("code", code.reveal()), ("next", &wish.next)]);
            see_other(&app.services.settings.tenant_link(wish.workspace.as_str(), &path).unwrap_or_default())
        }
        Err(away) => page::problem(&app, &Problem::from(away)),
    }
}

/// Who asks, and for what, if they may: they are signed in here and belong there. Otherwise what to answer.
async fn allowed(app: &App, parts: &Parts, raw: Raw) -> Result<(Wish, Visitor), Response> {
    if *host_of(parts) != Host::Main || app.services.settings.base_domain.is_none() {
        return Err(see_other("/"));
    }
    let Some(wish) = raw.read() else { return Err(page::refused(app, "/")) };
    let there = Destination::Slug(wish.workspace.clone());
    match guard::visitor(&app.services, parts, &there).await {
        Ok(visitor) => Ok((wish, visitor)),
        Err(AccessError::Unauthenticated) => {
            let (workspace, challenge) = (wish.workspace.as_str(), wish.challenge.to_string());
            let here = [("workspace", workspace), ("challenge", &challenge), ("next", &wish.next)];
            Err(see_other(&with_query("/sign-in", &[("next", &with_query(HAND_OVER, &here))])))
        }
        // There is no such workspace, or it is none of theirs: the same page.
        Err(AccessError::NotFound) => Err(match guard::visitor(&app.services, parts, &Destination::Current).await {
            Ok(visitor) => page::stranger(app, &visitor.principal.user),
            Err(error) => page::problem(app, &error.into()),
        }),
        Err(error) => Err(page::problem(app, &error.into())),
    }
}

fn form(app: &App, wish: &Wish) -> Response {
    let workspace = wish.workspace.as_str();
    let challenge = wish.challenge.to_string();
    let fields = [("workspace", workspace), ("challenge", &challenge), ("next", &wish.next)];
    let target = app.services.settings.tenant_link(workspace, "").unwrap_or_default();
    page::form(app, &page::Sent { to: HAND_OVER, fields: &fields, leads_to: Some(&target) })
}
