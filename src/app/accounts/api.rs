//! Server functions of accounts. All are open to strangers: they are how one becomes somebody, again too.

use leptos::prelude::*;

use crate::app::error::AppError;

/// Makes an account, signs its person in and leads on.
#[server(prefix = "/api/rpc", endpoint = "accounts/sign-up")]
pub async fn sign_up(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{
        accounts::{self, SignUp, SignedUp},
        rate,
    };
    use tenantry_http::{cookie, guard};

    server::at_main_host()?;
    let services = server::services()?;
    let from = server::client_address()?;
    rate::sign_up(&services, from.neighbour())?;
    let device = guard::device(&server::parts()?.headers);
    let request = SignUp { name, email, password };
    match accounts::register(&services, request, from.client(&device)).await? {
        SignedUp::AtOnce(_, session) => {
            server::set_cookie(cookie::set_session(&services.settings, &session))?;
            server::lead_to(&server::own_destination(&next, "/onboarding/welcome"));
        }
        // The page without a token says that there is mail.
        SignedUp::ByMail => server::lead_to("/verify-email"),
    }
    Ok(())
}

/// Signs a person in and leads on. The session that the browser held before ends.
#[server(prefix = "/api/rpc", endpoint = "accounts/sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::{self, SignIn};
    use tenantry_http::{cookie, guard};

    server::at_main_host()?;
    let services = server::services()?;
    let device = guard::device(&server::parts()?.headers);
    let held = server::held_session()?;
    let from = server::client_address()?;
    let outcome = accounts::sign_in(&services, SignIn { email, password }, from.client(&device), held.as_ref()).await;
    let (_, session) = outcome.map_err(|error| guard::address::refused(&services, from, error.into()))?;
    server::set_cookie(cookie::set_session(&services.settings, &session))?;
    // Who has no organization yet is led on from there.
    server::lead_to(&server::own_destination(&next, "/dashboard"));
    Ok(())
}

/// Asks for a link to another password, and leads to the page that says the same for every address.
#[server(prefix = "/api/rpc", endpoint = "accounts/forgot-password")]
pub async fn forgot_password(#[server(default)] email: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{
        accounts::{self, ForgotPassword},
        rate,
    };

    server::at_main_host()?;
    let services = server::services()?;
    let from = server::client_address()?;
    rate::ask_for_mail(&services, from.neighbour())?;
    accounts::forgot_password(&services, &ForgotPassword { email }, Some(from.0)).await?;
    server::lead_to("/forgot-password?sent=yes");
    Ok(())
}

/// Sets another password by a link's token, and leads to the sign-in.
#[server(prefix = "/api/rpc", endpoint = "accounts/reset-password")]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::{self, ResetPassword};

    server::at_main_host()?;
    let services = server::services()?;
    accounts::reset_password(&services, &ResetPassword { token, password }).await?;
    server::lead_to("/sign-in?done=reset");
    Ok(())
}

/// Proves an address by a link's token, and leads to what comes next.
#[server(prefix = "/api/rpc", endpoint = "accounts/verify-email")]
pub async fn verify_email(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::{self, Proven, VerifyEmail, email_change::Progress};

    server::at_main_host()?;
    let services = server::services()?;
    server::lead_to(match accounts::verify_email(&services, &VerifyEmail { token }).await? {
        Proven::Account => "/sign-in?done=verified",
        Proven::Change(Progress::Half) => "/verify-email?done=half",
        Proven::Change(Progress::Whole) => "/verify-email?done=whole",
    });
    Ok(())
}

/// Ends the session that the browser holds. One that has ended already is no error.
#[server(prefix = "/api/rpc", endpoint = "accounts/sign-out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts;
    use tenantry_http::cookie;

    let services = server::services()?;
    if let Some(token) = server::held_session()? {
        accounts::sign_out(&services, &token).await?;
    }
    server::set_cookie(cookie::clear_session(&services.settings))?;
    server::lead_to("/");
    Ok(())
}
