//! What people do to their own accounts: another name, another password, and the end of it all. What could take the account from
//! its person, or end it, asks for the password beside the session: whoever finds an open browser shall not do it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    Code, FieldError, Problem, SessionId, UserId,
    account::SessionView,
    page::Limit,
    text::{Email, Name, Password},
};

use super::{AccountError, by_mail, password, sql_devices, sql_mail, sql_own, tried};
use crate::{
    Services,
    access::{self, Principal},
    db::DbError,
    mail::{self, Letter},
    tenancy,
};

/// Most devices on the page of an account.
const DEVICES: &str = "100";

/// Why something was not done to an account.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// As for whoever signs in or up.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// An access token does not open this.
    #[error("an access token does not open this")]
    ByToken,
    /// Organizations would be left without an owner; their names.
    #[error("organizations would be left without an owner")]
    LastOwner(Vec<String>),
}

impl From<DbError> for OwnError {
    fn from(error: DbError) -> Self {
        Self::Account(error.into())
    }
}

impl From<FieldError> for OwnError {
    fn from(error: FieldError) -> Self {
        Self::Account(AccountError::Invalid(vec![error]))
    }
}

impl From<OwnError> for Problem {
    fn from(error: OwnError) -> Self {
        match error {
            OwnError::Account(error) => error.into(),
            OwnError::ByToken => access::AccessError::ByToken.into(),
            OwnError::LastOwner(names) => {
                let detail = format!("Without you nobody would own {}.", names.join(", "));
                Self::new(Code::LastOwner, detail)
                    .with_fix("Make another member an owner first, or have the organization deleted.")
            }
        }
    }
}

/// An account, as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Have they proven that it is theirs?
    pub proven: bool,
    /// The address that it is to become, while it is not confirmed at both.
    pub pending: Option<Pending>,
    /// Where they are signed in.
    pub devices: Vec<SessionView>,
    /// Organizations of which they are the only owner.
    pub owns_alone: Vec<String>,
}

/// Another address on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The address.
    pub email: String,
    /// Was it confirmed at the old one?
    pub at_old: bool,
    /// Was it confirmed at the new one?
    pub at_new: bool,
    /// When it was asked for.
    pub since: DateTime<Utc>,
}

/// The account of whoever asks.
///
/// # Errors
/// When the database is away.
pub async fn read(services: &Services, principal: &Principal) -> Result<Own, DbError> {
    services.sightings.settle(services).await?;
    let (user, own) = (principal.user.id, Some(principal.session));
    let most = Limit::parse(Some(DEVICES)).unwrap_or_default();
    let mut connection = services.db.platform().await?;
    Ok(Own {
        name: principal.user.name.clone(),
        email: principal.user.email.clone(),
        proven: sql_own::proven(&mut connection, user).await?,
        pending: sql_own::pending(&mut connection, user).await?,
        devices: sql_devices::sessions(&mut connection, user, own, None, most).await?,
        owns_alone: sql_own::owned_alone(&mut connection, user).await?,
    })
}

/// Calls the person something else.
///
/// # Errors
/// What is no name; the database.
pub async fn rename(services: &Services, principal: &Principal, name: &str) -> Result<(), OwnError> {
    by_session(principal)?;
    let name = Name::parse("name", name)?;
    sql_own::rename(&mut *services.db.platform().await?, principal.user.id, name.as_str()).await?;
    Ok(())
}

/// Asks for the link that proves the account's address; one that is proven gets none. `from` is where the person is.
///
/// # Errors
/// Too many mails that were asked for from there; the database.
pub async fn prove_address(services: &Services, principal: &Principal, from: Option<IpAddr>) -> Result<(), OwnError> {
    by_session(principal)?;
    let email = Email::parse("email", &principal.user.email)?;
    by_mail::ask_to_verify(services, &email, from).await?;
    Ok(())
}

/// Chooses another password, and signs every other device out.
///
/// # Errors
/// A wrong password, too many of them before, a new one out of bounds, too many at once, or the database.
pub async fn change_password(
    services: &Services,
    principal: &Principal,
    current: &str,
    another: &str,
) -> Result<(), OwnError> {
    by_session(principal)?;
    let email = &principal.user.email;
    let chosen = password::choose_for("password", another, email);
    let chosen = match (given(current), chosen) {
        (Ok(_), Ok(chosen)) => chosen,
        (given, chosen) => {
            let errors = [given.err(), chosen.err()].into_iter().flatten().collect();
            return Err(AccountError::Invalid(errors).into());
        }
    };
    prove(services, principal, current).await?;
    let hash = services.passwords.hash(services.entropy, chosen).await?;
    let mut transaction = services.db.platform_transaction().await?;
    let person = sql_mail::set_password(&mut transaction, principal.user.id, &hash).await?;
    sql_devices::revoke_others(&mut transaction, principal.user.id, principal.session).await?;
    sql_own::confirm_session(&mut transaction, principal.session).await?;
    if let Some(person) = person {
        let told = Letter::PasswordChanged { name: person.name };
        mail::post(services, &mut transaction, &person.email, &told).await?;
    }
    transaction.commit().await?;
    services.mailroom.announce();
    Ok(())
}

/// Deletes the account: its person leaves every organization, nothing of theirs opens anything any more, and their name and
/// address are gone. What they did for organizations stays with these, under nobody's name.
///
/// # Errors
/// A wrong password, too many of them before; [`OwnError::LastOwner`]; the database.
pub async fn delete(services: &Services, principal: &Principal, current: &str) -> Result<(), OwnError> {
    by_session(principal)?;
    given(current)?;
    prove(services, principal, current).await?;
    let user = principal.user.id;
    let alone = sql_own::owned_alone(&mut *services.db.platform().await?, user).await?;
    if !alone.is_empty() {
        return Err(OwnError::LastOwner(alone));
    }
    leave_all(services, user).await?;
    let mut transaction = services.db.platform_transaction().await?;
    let email = &principal.user.email;
    mail::forget(&mut transaction, email).await?;
    mail::post(services, &mut transaction, email, &Letter::AccountDeleted).await?;
    sql_own::erase(&mut transaction, user).await?;
    transaction.commit().await?;
    services.mailroom.announce();
    tracing::info!(user.id = %user, "A person has deleted their account.");
    Ok(())
}

/// Leaves every organization, each in a transaction of its own; a crash between two is made good by trying again.
async fn leave_all(services: &Services, user: UserId) -> Result<(), OwnError> {
    let memberships = sql_own::memberships(&mut *services.db.platform().await?, user).await?;
    for organization in memberships {
        if let Some(name) = tenancy::leave(services, organization, user).await? {
            return Err(OwnError::LastOwner(vec![name]));
        }
    }
    Ok(())
}

/// What is of the account itself is done with its session; a token of a program's does not reach it.
pub(super) fn by_session(principal: &Principal) -> Result<(), OwnError> {
    if principal.by_token { Err(OwnError::ByToken) } else { Ok(()) }
}

pub(super) fn given(current: &str) -> Result<Password, FieldError> {
    Password::offer("current_password", current)
}

/// Compares the password that the person has typed beside their session; every try is counted like a sign-in.
pub(super) async fn prove(services: &Services, principal: &Principal, current: &str) -> Result<(), OwnError> {
    let email = Email::parse("email", &principal.user.email)?;
    match tried(services, &email, given(current)?).await? {
        Some(account) if account.user.id == principal.user.id => Ok(()),
        _ => Err(FieldError::new("current_password", "WRONG", "This is not your password.").into()),
    }
}

/// Confirms a session: its person has just proven who they are.
///
/// # Errors
/// A wrong password, too many of them before; the database.
pub async fn confirm(services: &Services, principal: &Principal, current: &str) -> Result<SessionId, OwnError> {
    by_session(principal)?;
    given(current)?;
    prove(services, principal, current).await?;
    sql_own::confirm_session(&mut *services.db.platform().await?, principal.session).await?;
    Ok(principal.session)
}
