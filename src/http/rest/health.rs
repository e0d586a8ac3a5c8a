//! For whoever watches: is it alive, and can it serve?

use std::time::Duration;

use axum::{extract::State, http::StatusCode};

use crate::App;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// The process can serve: both of its roles reach the database.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(PATIENCE, app.services.db.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database is away\n"),
    }
}
