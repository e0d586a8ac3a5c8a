//! Tokens of programs that act for a person, and the keys by which anybody can know them.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use tenantry_domain::{access::AccessError, accounts::tokens};
use tenantry_kernel::{Problem, account::TokensView, requests::TokenRequest};

use super::Reply;
use crate::{
    App, body,
    guard::{self, ClientAddress, SignedIn, address},
    problem::ApiError,
};

/// Where the public keys are (RFC 7517 names no place; this is where most look).
pub const JWKS: &str = "/.well-known/jwks.json";

/// How long the public keys may be kept: what a retired key has signed ends later than that.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Get tokens for a program: with a session the first pair, with a refresh token the next one. A refresh token that is used
/// twice ends its whole family.
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "accounts", security(("session" = []), ()),
    request_body = Option<TokenRequest>, responses(
    (status = 200, description = "A pair; the refresh token that was sent is good no more.", body = TokensView),
    (status = 401, description = "UNAUTHENTICATED: no session, or a refresh token that is none or was used", body = Problem),
    (status = 403, description = "FORBIDDEN: an access token gets no others", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
    (status = 429, description = "RATE_LIMITED", body = Problem),
))]
pub(crate) async fn token(
    State(app): State<App>,
    from: ClientAddress,
    signed_in: Option<SignedIn>,
    request: Request,
) -> Reply<TokensView> {
    let device = guard::device(request.headers());
    let client = from.client(&device);
    let wish = body::json_or_nothing::<TokenRequest>(request).await;
    match (wish, signed_in) {
        (Ok((TokenRequest { refresh_token: Some(token) }, _)), _) if !token.is_empty() => {
            let outcome = tokens::refresh(&app.services, &token, client).await;
            Ok(Json(outcome.map_err(|error| address::refused(&app.services, from, error.into()))?))
        }
        // Whoever is nobody is told so, whatever the body holds.
        (_, None) => Err(AccessError::Unauthenticated.into()),
        (wish, Some(SignedIn(visitor))) => {
            wish?;
            Ok(Json(tokens::issue(&app.services, &visitor, client).await?))
        }
    }
}

/// The public keys of access tokens.
pub(crate) async fn keys(State(app): State<App>) -> Result<Response, ApiError> {
    let keys = tokens::jwks(&app.services).await?;
    let media_type = HeaderValue::from_static("application/jwk-set+json");
    Ok(([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, KEPT)], keys.to_string()).into_response())
}
