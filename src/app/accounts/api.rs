//! Server functions of accounts. The first two are open to strangers: they are how one becomes somebody.

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
        accounts::{self, SignUp},
        rate,
    };
    use tenantry_http::{cookie, guard};

    server::at_main_host()?;
    let services = server::services()?;
    rate::sign_up(&services, server::client_address()?.neighbour())?;
    let device = guard::device(&server::parts()?.headers);
    let request = SignUp { name, email, password };
    let (_, session) = accounts::sign_up(&services, request, &device).await?;
    server::set_cookie(cookie::set_session(&services.settings, &session))?;
    server::lead_to(&server::own_destination(&next, "/onboarding/welcome"));
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
    let outcome = accounts::sign_in(&services, SignIn { email, password }, &device, held.as_ref()).await;
    let (_, session) = outcome.map_err(|error| guard::address::refused(&services, from, error.into()))?;
    server::set_cookie(cookie::set_session(&services.settings, &session))?;
    // Who has no organization yet is led on from there.
    server::lead_to(&server::own_destination(&next, "/dashboard"));
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
