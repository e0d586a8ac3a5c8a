//! Server functions of one's own account. Each leads back to the page, which says what was done and shows everything as it is
//! then; so they are the same with and without a script.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;

/// An account as its page shows it. The server writes what can be written there as text, which spares the browser parsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSheet {
    /// What the person is called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Have they proven that it is theirs?
    pub proven: bool,
    /// What another address waits for, where one is on its way.
    pub pending: Option<String>,
    /// Where they are signed in, the last that signed in first.
    pub devices: Vec<DeviceRow>,
    /// Organizations of which they are the only owner, by name.
    pub owns_alone: Vec<String>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Its session's id.
    pub id: String,
    /// What it is.
    pub device: String,
    /// Is it the one that asks?
    pub current: bool,
    /// When and where it was seen.
    pub seen: String,
}

/// The reader's account.
#[server(prefix = "/api/rpc", endpoint = "accounts/read")]
pub async fn read_account() -> Result<AccountSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::own;

    let visitor = server::visitor("").await?;
    Ok(verbs::sheet(own::read(&server::services()?, &visitor.principal).await?))
}

/// Calls the reader something else.
#[server(prefix = "/api/rpc", endpoint = "accounts/rename")]
pub async fn rename_account(#[server(default)] name: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::own;

    let visitor = server::visitor("").await?;
    own::rename(&server::services()?, &visitor.principal, &name).await?;
    server::lead_to("/account?done=name");
    Ok(())
}

/// Asks for another address, which both addresses have to confirm.
#[server(prefix = "/api/rpc", endpoint = "accounts/change-email")]
pub async fn change_email(
    #[server(default)] email: String,
    #[server(default)] current_password: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{accounts::email_change, rate};

    let visitor = server::visitor("").await?;
    let services = server::services()?;
    let from = server::client_address()?;
    rate::ask_for_mail(&services, from.neighbour())?;
    email_change::ask(&services, &visitor.principal, &email, &current_password, Some(from.0)).await?;
    server::lead_to("/account?done=email");
    Ok(())
}

/// Asks for the link that proves the account's address.
#[server(prefix = "/api/rpc", endpoint = "accounts/prove-email")]
pub async fn prove_email() -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{accounts::own, rate};

    let visitor = server::visitor("").await?;
    let services = server::services()?;
    let from = server::client_address()?;
    rate::ask_for_mail(&services, from.neighbour())?;
    own::prove_address(&services, &visitor.principal, Some(from.0)).await?;
    server::lead_to("/account?done=proof");
    Ok(())
}

/// Takes the wish for another address back.
#[server(prefix = "/api/rpc", endpoint = "accounts/keep-email")]
pub async fn keep_email() -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::email_change;

    let visitor = server::visitor("").await?;
    email_change::forget(&server::services()?, &visitor.principal).await?;
    server::lead_to("/account");
    Ok(())
}

/// Chooses another password, and signs every other device out.
#[server(prefix = "/api/rpc", endpoint = "accounts/change-password")]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::own;

    let visitor = server::visitor("").await?;
    own::change_password(&server::services()?, &visitor.principal, &current_password, &password).await?;
    server::lead_to("/account?done=password");
    Ok(())
}

/// Signs one of the reader's devices out.
#[server(prefix = "/api/rpc", endpoint = "accounts/sign-out-device")]
pub async fn sign_out_device(#[server(default)] session: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::devices;
    use tenantry_kernel::Problem;

    let visitor = server::visitor("").await?;
    let session = session.parse().map_err(|_| Problem::not_found())?;
    devices::revoke(&server::services()?, &visitor.principal, session).await?;
    server::lead_to("/account?done=device");
    Ok(())
}

/// Signs every device of the reader's out but this one.
#[server(prefix = "/api/rpc", endpoint = "accounts/sign-out-others")]
pub async fn sign_out_others() -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::devices;

    let visitor = server::visitor("").await?;
    devices::revoke_others(&server::services()?, &visitor.principal).await?;
    server::lead_to("/account?done=devices");
    Ok(())
}

/// Deletes the reader's account.
#[server(prefix = "/api/rpc", endpoint = "accounts/delete")]
pub async fn delete_account(#[server(default)] current_password: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::accounts::own;
    use tenantry_http::cookie;

    let visitor = server::visitor("").await?;
    let services = server::services()?;
    own::delete(&services, &visitor.principal, &current_password).await?;
    server::set_cookie(cookie::clear_session(&services.settings))?;
    server::lead_to("/sign-in?done=deleted");
    Ok(())
}

/// Turning what the verbs answer into what the page shows.
#[cfg(feature = "ssr")]
mod verbs {
    use tenantry_domain::accounts::own::{Own, Pending};
    use tenantry_kernel::account::SessionView;

    use super::{AccountSheet, DeviceRow};
    use crate::app::when;

    pub fn sheet(own: Own) -> AccountSheet {
        AccountSheet {
            name: own.name,
            email: own.email,
            proven: own.proven,
            pending: own.pending.map(|pending| waits(&pending)),
            devices: own.devices.into_iter().map(row).collect(),
            owns_alone: own.owns_alone,
        }
    }

    fn waits(pending: &Pending) -> String {
        let Pending { email, at_old, at_new, .. } = pending;
        let both = "at both addresses";
        let place = match (at_old, at_new) {
            (true, false) => "at the new address",
            (false, true) => "at the old address",
            _ => both,
        };
        format!("{email} waits for its confirmation {place}. The links in the mails work for 24 hours.")
    }

    fn row(session: SessionView) -> DeviceRow {
        let from = session.address.map(|address| format!(" from {address}")).unwrap_or_default();
        let (last, since) = (when::moment(session.last_seen_at), when::date(session.created_at));
        DeviceRow {
            id: session.id.to_string(),
            device: session.device,
            current: session.current,
            seen: format!("Last seen {last}{from}. Signed in since {since}."),
        }
    }
}
