//! Sign-up, sign-in, sign-out, who one is, and what happens by mail.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tenantry_domain::{
    accounts::{self, NewSession, SignedUp},
    rate, tenancy,
};
use tenantry_kernel::{
    Problem,
    requests::{ForgotPassword, ResetPassword, SignIn, SignUp, VerifyEmail},
    tenancy::{MeView, UserView},
};
use utoipa::ToSchema;

use super::Reply;
use crate::{
    App, body, cookie,
    guard::{self, AtMainHost, ClientAddress, SignedIn, address},
    problem::ApiError,
};

/// A person under their noun.
#[derive(Serialize, ToSchema)]
pub struct UserBody {
    /// The person.
    user: UserView,
}

fn signed_in(app: &App, status: StatusCode, user: UserView, session: &NewSession) -> Response {
    let cookie = cookie::set_session(&app.services.settings, session);
    (status, [(header::SET_COOKIE, cookie)], Json(UserBody { user })).into_response()
}

/// Make an account and sign in.
#[utoipa::path(post, path = "/api/v1/auth/sign-up", tag = "accounts", request_body = SignUp, responses(
    (status = 201, description = "The account exists; the cookie is the session.", body = UserBody),
    (status = 202, description = "Where addresses must be proven: the rest happens by mail, whoever has the address."),
    (status = 409, description = "EMAIL_TAKEN", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
    (status = 429, description = "RATE_LIMITED", body = Problem),
))]
pub(crate) async fn sign_up(
    State(app): State<App>,
    _: AtMainHost,
    from: ClientAddress,
    request: Request,
) -> Result<Response, ApiError> {
    rate::sign_up(&app.services, from.neighbour())?;
    let device = guard::device(request.headers());
    let (wish, _) = body::json::<SignUp>(request).await?;
    Ok(match accounts::register(&app.services, wish, from.client(&device)).await? {
        SignedUp::AtOnce(user, session) => signed_in(&app, StatusCode::CREATED, user, &session),
        SignedUp::ByMail => StatusCode::ACCEPTED.into_response(),
    })
}

/// Sign in.
#[utoipa::path(post, path = "/api/v1/auth/sign-in", tag = "accounts", request_body = SignIn, responses(
    (status = 200, description = "The cookie is the session.", body = UserBody),
    (status = 401, description = "INVALID_CREDENTIALS", body = Problem),
    (status = 403, description = "FORBIDDEN: the address must be proven first; a link was sent", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
    (status = 429, description = "RATE_LIMITED", body = Problem),
))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    _: AtMainHost,
    from: ClientAddress,
    request: Request,
) -> Result<Response, ApiError> {
    let device = guard::device(request.headers());
    let held = cookie::session_token(request.headers(), &app.services.settings);
    let (wish, _) = body::json::<SignIn>(request).await?;
    let outcome = accounts::sign_in(&app.services, wish, from.client(&device), held.as_ref()).await;
    let (user, session) = outcome.map_err(|error| address::refused(&app.services, from, error.into()))?;
    Ok(signed_in(&app, StatusCode::OK, user, &session))
}

/// Ask for a link to another password. The answer is the same for every address.
#[utoipa::path(post, path = "/api/v1/auth/password/forgot", tag = "accounts", request_body = ForgotPassword, responses(
    (status = 202, description = "Where there is an account with the address, the link is on its way to it."),
    (status = 422, description = "INVALID", body = Problem),
    (status = 429, description = "RATE_LIMITED", body = Problem),
))]
pub(crate) async fn forgot_password(
    State(app): State<App>,
    _: AtMainHost,
    from: ClientAddress,
    request: Request,
) -> Result<StatusCode, ApiError> {
    rate::ask_for_mail(&app.services, from.neighbour())?;
    let (wish, _) = body::json::<ForgotPassword>(request).await?;
    accounts::forgot_password(&app.services, &wish, Some(from.0)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Choose another password by the link's token. Every session of the person ends.
#[utoipa::path(post, path = "/api/v1/auth/password/reset", tag = "accounts", request_body = ResetPassword, responses(
    (status = 204, description = "The password is set; sign in with it."),
    (status = 410, description = "EXPIRED: the token was used, is too old, or is none", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn reset_password(
    State(app): State<App>,
    _: AtMainHost,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (wish, _) = body::json::<ResetPassword>(request).await?;
    accounts::reset_password(&app.services, &wish).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Prove an e-mail address by the link's token.
#[utoipa::path(post, path = "/api/v1/auth/email/verify", tag = "accounts", request_body = VerifyEmail, responses(
    (status = 204, description = "The address is proven, and its account is open."),
    (status = 410, description = "EXPIRED: the token was used, is too old, or is none", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn verify_email(
    State(app): State<App>,
    _: AtMainHost,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (wish, _) = body::json::<VerifyEmail>(request).await?;
    accounts::verify_email(&app.services, &wish).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out: the session ends here and on the server.
#[utoipa::path(post, path = "/api/v1/auth/sign-out", tag = "accounts", security(("session" = [])), responses(
    (status = 204, description = "The session has ended."),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
))]
pub(crate) async fn sign_out(
    State(app): State<App>,
    SignedIn(visitor): SignedIn,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if visitor.principal.by_token {
        accounts::devices::revoke(&app.services, &visitor.principal, visitor.principal.session).await?;
    } else if let Some(token) = cookie::session_token(&headers, &app.services.settings) {
        accounts::sign_out(&app.services, &token).await?;
    }
    let cookie = cookie::clear_session(&app.services.settings);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Who is signed in, and where they can go.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "accounts", security(("session" = [])), responses(
    (status = 200, description = "The person, their organizations and where the session acts.", body = MeView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
))]
pub(crate) async fn me(State(app): State<App>, SignedIn(visitor): SignedIn) -> Reply<MeView> {
    Ok(Json(tenancy::me(&app.services, &visitor).await?))
}
