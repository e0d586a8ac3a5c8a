//! Handlers: each takes a scope from its guard, calls one verb, and writes what comes back.

pub mod accounts;
pub mod billing;
mod csv;
pub mod dispatch;
pub mod events;
pub mod health;
pub mod hooks;
pub mod keys;
pub mod mail;
pub mod problems;
pub mod sessions;
pub mod tenancy;
pub mod tokens;
pub mod tools;
pub mod usage;
pub mod webhooks;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tenantry_domain::idempotency::Answer;

use crate::problem::ApiError;

/// What a handler answers.
pub type Reply<T> = Result<Json<T>, ApiError>;

/// Writes an answer that may have been given before.
fn replayable(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], answer.body).into_response();
    if answer.replayed {
        let name = HeaderName::from_static("idempotency-replayed");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    response
}
