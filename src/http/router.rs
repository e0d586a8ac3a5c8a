//! Every route of the API, in one list that can be read from top to bottom.

use axum::{Router, routing::get};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{App, hand_over, openapi, rest};

/// The API and what operates it; the pages and the site's files join it in the composition root.
pub fn api(app: &App) -> Router {
    let (documented, document) = documented().split_for_parts();
    let document = openapi::serve(&openapi::whole(document));
    documented
        .route("/api/openapi.json", get(document))
        .route("/problems/{code}", get(rest::problems::page))
        .route(rest::tokens::JWKS, get(rest::tokens::keys))
        .merge(hand_over::routes())
        .with_state(app.clone())
        .merge(vital(app))
}

/// What says how a process is: all of the addresses that a worker has.
pub fn vital(app: &App) -> Router {
    Router::new()
        .route("/healthz", get(rest::health::alive))
        .route("/readyz", get(rest::health::ready))
        .with_state(app.clone())
}

/// The routes that the OpenAPI document describes.
fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        // Accounts
        .routes(routes!(rest::accounts::sign_up))
        .routes(routes!(rest::accounts::sign_in))
        .routes(routes!(rest::accounts::sign_out))
        .routes(routes!(rest::accounts::me))
        .routes(routes!(rest::tokens::token))
        .routes(routes!(rest::sessions::sessions))
        .routes(routes!(rest::sessions::revoke_session))
        .routes(routes!(rest::accounts::forgot_password))
        .routes(routes!(rest::accounts::reset_password))
        .routes(routes!(rest::accounts::verify_email))
        .routes(routes!(rest::mail::in_development))
        // The tenant API
        .routes(routes!(rest::tenancy::organizations, rest::tenancy::create_organization))
        .routes(routes!(rest::tenancy::switch))
        .routes(routes!(rest::tenancy::organization, rest::tenancy::change_organization))
        .routes(routes!(rest::tenancy::usage))
        .routes(routes!(rest::tenancy::role))
        // Plans
        .routes(routes!(rest::billing::plans))
        .routes(routes!(rest::billing::subscription, rest::billing::change_plan))
        // Dispatch
        .routes(routes!(rest::dispatch::dispatch))
        .routes(routes!(rest::dispatch::check))
        .routes(routes!(rest::dispatch::jobs))
        .routes(routes!(rest::dispatch::job))
        .routes(routes!(rest::dispatch::cancel))
        .routes(routes!(rest::dispatch::complete))
        .routes(routes!(rest::tools::tools, rest::tools::create_tool))
        .routes(routes!(rest::tools::tool, rest::tools::change_tool, rest::tools::delete_tool))
        .routes(routes!(rest::tools::rotate_tool))
        .routes(routes!(rest::events::events))
        // Usage
        .routes(routes!(rest::usage::record_events))
        .routes(routes!(rest::usage::series))
        // Keys
        .routes(routes!(rest::keys::keys, rest::keys::create))
        .routes(routes!(rest::keys::verify))
        .routes(routes!(rest::keys::key, rest::keys::revoke))
        .routes(routes!(rest::keys::rotate))
        // Inbound webhooks
        .routes(routes!(rest::hooks::arrive))
        .routes(routes!(rest::webhooks::inbound::webhooks, rest::webhooks::inbound::create_webhook))
        .routes(routes!(
            rest::webhooks::inbound::webhook,
            rest::webhooks::inbound::change_webhook,
            rest::webhooks::inbound::delete_webhook
        ))
        .routes(routes!(rest::webhooks::inbound::rotate_webhook))
        .routes(routes!(rest::webhooks::inbound::receipts))
        .routes(routes!(rest::webhooks::inbound::receipt_body))
        // Webhooks
        .routes(routes!(rest::webhooks::endpoints::endpoints, rest::webhooks::endpoints::create_endpoint))
        .routes(routes!(
            rest::webhooks::endpoints::endpoint,
            rest::webhooks::endpoints::change_endpoint,
            rest::webhooks::endpoints::delete_endpoint
        ))
        .routes(routes!(rest::webhooks::endpoints::rotate_endpoint))
        .routes(routes!(rest::webhooks::endpoints::test_endpoint))
        .routes(routes!(rest::webhooks::deliveries::deliveries))
        .routes(routes!(rest::webhooks::deliveries::replay))
}

/// The OpenAPI document, as the server serves it.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::whole(documented().split_for_parts().1)
}
