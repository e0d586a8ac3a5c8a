//! The OpenAPI document, generated from the handlers themselves.

mod common;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use tenantry_kernel::Problem;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// What the handlers do not say: title, version, how one is known.
#[derive(OpenApi)]
#[openapi(
    info(title = "Tenantry", description = "Organizations, plans, dispatch and usage of a multi-tenant service."),
    components(schemas(Problem)),
    modifiers(&Credentials),
    tags(
        (name = "accounts", description = "People and their sessions."),
        (name = "tenancy", description = "Organizations, workspaces and roles."),
        (name = "billing", description = "Plans and what is held of them."),
        (name = "dispatch", description = "Tools and jobs."),
        (name = "usage", description = "Events that meters count, and their sums over time."),
        (name = "keys", description = "Credentials of programs."),
        (name = "webhooks", description = "Messages between a workspace and services elsewhere."),
        (name = "live", description = "What changes, while one looks.")
    )
)]
struct Base;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("tenantry")));
        let key =
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("tnt_…").build());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", cookie);
        components.add_security_scheme("key", key);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let callback = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("tcb_…").build();
        components.add_security_scheme("callback", SecurityScheme::Http(callback));
        // Or the header of another scheme: the webhook says which.
        let signature = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("webhook-signature")));
        components.add_security_scheme("signature", signature);
    }
}

/// The document before its routes.
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// The document with its routes, and what they have in common said of each.
pub(crate) fn whole(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    common::complete(&mut document);
    document
}

/// A handler that answers the document, written once.
pub(crate) fn serve(
    document: &utoipa::openapi::OpenApi,
) -> impl Fn() -> std::future::Ready<Response> + Clone + Send + Sync + 'static {
    let text = Bytes::from(document.to_json().unwrap_or_default());
    move || std::future::ready(([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response())
}
