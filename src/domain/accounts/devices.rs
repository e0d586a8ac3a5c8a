//! The devices on which a person is signed in: seen, and signed out from afar. One who signs a session out signs out what came
//! from it, on every server with the next request.

use sqlx::PgConnection;
use tenantry_kernel::{
    Code, FieldError, Problem, SessionId, UserId,
    account::SessionView,
    page::{Limit, Page},
    text::Email,
};

use super::{device, sql_devices, sql_mail};
use crate::{
    Services,
    access::{Operator, Principal},
    db::DbError,
};

/// Why nothing was done to a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is none, or it is another person's.
    #[error("there is no such session")]
    NotFound,
    /// The cursor is none.
    #[error("a field is out of bounds")]
    Invalid(FieldError),
    /// Nobody has an account with the address.
    #[error("nobody has an account with the address")]
    Unknown,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotFound => Self::not_found(),
            DeviceError::Invalid(error) => error.into(),
            DeviceError::Unknown => Self::new(Code::NotFound, "Nobody has an account with this address."),
            DeviceError::Db(error) => error.into(),
        }
    }
}

/// A page of a person's devices, the last that signed in first.
///
/// # Errors
/// What is no cursor; the database.
pub async fn list(
    services: &Services,
    principal: &Principal,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<SessionView>, DeviceError> {
    let before = cursor.map(str::parse::<SessionId>).transpose().map_err(|_| {
        DeviceError::Invalid(FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged."))
    })?;
    services.sightings.settle(services).await?;
    let mut connection = services.db.platform().await?;
    let own = Some(principal.session);
    let sessions = sql_devices::sessions(&mut connection, principal.user.id, own, before, limit).await?;
    Ok(Page::from_surplus(sessions, limit, |session| session.id.to_string()))
}

/// Signs one of a person's devices out; their own, too.
///
/// # Errors
/// [`DeviceError::NotFound`], also for another person's or one that has ended; the database.
pub async fn revoke(services: &Services, principal: &Principal, session: SessionId) -> Result<(), DeviceError> {
    let mut connection = services.db.platform().await?;
    match sql_devices::revoke(&mut connection, principal.user.id, session).await? {
        true => Ok(()),
        false => Err(DeviceError::NotFound),
    }
}

/// Signs every device of a person out but the one that asks, and answers how many there were.
///
/// # Errors
/// When the database is away.
pub async fn revoke_others(services: &Services, principal: &Principal) -> Result<u64, DbError> {
    let mut connection = services.db.platform().await?;
    sql_devices::revoke_others(&mut connection, principal.user.id, principal.session).await
}

/// The devices of whoever has an address, for the platform operator; the last hundred that signed in.
///
/// # Errors
/// [`DeviceError::Unknown`]; the database.
pub async fn list_of(services: &Services, _: &Operator, email: &str) -> Result<Vec<SessionView>, DeviceError> {
    let mut connection = services.db.platform().await?;
    let user = person(&mut connection, email).await?;
    let most = Limit::parse(Some("100")).unwrap_or_default();
    Ok(sql_devices::sessions(&mut connection, user, None, None, most).await?)
}

/// Signs one device of whoever has an address out, or all of them, and answers how many there were.
///
/// # Errors
/// [`DeviceError::Unknown`], [`DeviceError::NotFound`]; the database.
pub async fn sign_out_of(
    services: &Services,
    _: &Operator,
    email: &str,
    session: Option<SessionId>,
) -> Result<u64, DeviceError> {
    let mut connection = services.db.platform().await?;
    let user = person(&mut connection, email).await?;
    match session {
        None => Ok(sql_mail::end_sessions(&mut connection, user).await?),
        Some(session) => match sql_devices::revoke(&mut connection, user, session).await? {
            true => Ok(1),
            false => Err(DeviceError::NotFound),
        },
    }
}

async fn person(connection: &mut PgConnection, email: &str) -> Result<UserId, DeviceError> {
    let email = Email::parse("email", email).map_err(DeviceError::Invalid)?;
    let (user, _) = sql_mail::account(connection, email.as_str()).await?.ok_or(DeviceError::Unknown)?;
    Ok(user.id)
}

/// Has an account signed in of late, and never on a device like this one?
pub(super) async fn is_new(connection: &mut PgConnection, user: UserId, user_agent: &str) -> Result<bool, DbError> {
    let known = sql_devices::of_late(connection, user).await?;
    let name = device::named(user_agent);
    Ok(!known.is_empty() && !known.iter().any(|known| device::named(known) == name))
}
