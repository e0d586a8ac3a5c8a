//! People: sign-up, sign-in, sign-out and their sessions.

pub mod flash;
pub mod hand_over;
pub mod password;
pub mod session;
mod sql;
mod sql_hosts;

use tenantry_kernel::{
    Code, FieldError, Problem,
    tenancy::UserView,
    text::{Email, Name, Password},
};

pub use session::{NewSession, SessionToken};
pub use tenantry_kernel::requests::{SignIn, SignUp};

use crate::{
    Services,
    db::{DbError, constraint},
    rate::{self, AccountKey, TooFast},
};

/// Why an account's verb was refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// Somebody has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Address and password do not belong together.
    #[error("wrong e-mail or password")]
    InvalidCredentials,
    /// Too many passwords are waiting to be hashed.
    #[error("too many sign-ins at once")]
    Busy,
    /// Too many wrong passwords were tried for the account.
    #[error(transparent)]
    TooFast(#[from] TooFast),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(errors) => Self::invalid(errors),
            AccountError::EmailTaken => Self {
                errors: vec![FieldError::new(
                    "email",
                    "TAKEN",
                    "There is an account with this address. Sign in instead.",
                )],
                ..Self::new(Code::EmailTaken, "There is an account with this address already.")
            },
            AccountError::InvalidCredentials => {
                Self::new(Code::InvalidCredentials, "This e-mail address and password do not belong together.")
            }
            AccountError::Busy => {
                Self::new(Code::RateLimited, "Too many people are signing in right now.").with_retry_after(2)
            }
            AccountError::TooFast(error) => error.into(),
            AccountError::Db(error) => error.into(),
        }
    }
}

/// Makes an account and signs its person in.
///
/// # Errors
/// Fields out of bounds, an address that somebody has, too many at once, or the database.
pub async fn sign_up(
    services: &Services,
    request: SignUp,
    device: &str,
) -> Result<(UserView, NewSession), AccountError> {
    let name = Name::parse("name", &request.name);
    let email = Email::parse("email", &request.email);
    let chosen = password::choose("password", &request.password);
    let (name, email, chosen) = match (name, email, chosen) {
        (Ok(name), Ok(email), Ok(chosen)) => (name, email, chosen),
        (name, email, chosen) => {
            return Err(AccountError::Invalid([name.err(), email.err(), chosen.err()].into_iter().flatten().collect()));
        }
    };
    let hash = services.passwords.hash(services.entropy, chosen).await?;
    let user = UserView { id: services.new_id(), name: name.to_string(), email: email.to_string() };
    let mut connection = services.db.platform().await?;
    sql::insert_user(&mut connection, &user, &hash).await.map_err(|error| match constraint(&error) {
        Some("users_email_key") => AccountError::EmailTaken,
        _ => AccountError::Db(error.into()),
    })?;
    let session = session::start(services, &mut connection, user.id, device).await?;
    Ok((user, session))
}

/// Signs a person in. An unknown address costs the same hash as a wrong password, so the time does not tell which it was.
/// The session that the browser held before ends, so nothing that was known before the sign-in opens anything after it.
///
/// # Errors
/// Wrong credentials, too many of them before, too many at once, or the database.
pub async fn sign_in(
    services: &Services,
    request: SignIn,
    device: &str,
    held: Option<&SessionToken>,
) -> Result<(UserView, NewSession), AccountError> {
    let email = Email::parse("email", &request.email);
    let offered = Password::offer("password", &request.password);
    let (email, offered) = match (email, offered) {
        (Ok(email), Ok(offered)) => (email, offered),
        (email, offered) => {
            return Err(AccountError::Invalid([email.err(), offered.err()].into_iter().flatten().collect()));
        }
    };
    let account = AccountKey::from(&email);
    rate::begin_sign_in(services, &account)?;
    let outcome = enter(services, &email, offered, device, held).await;
    match &outcome {
        Ok(_) => services.limits.sign_ins.succeeded(&account, services.clock.instant()),
        Err(AccountError::InvalidCredentials) => {}
        Err(_) => services.limits.sign_ins.take_back(&account, services.clock.instant()),
    }
    outcome
}

/// Compares the password and starts a session.
async fn enter(
    services: &Services,
    email: &Email,
    offered: Password,
    device: &str,
    held: Option<&SessionToken>,
) -> Result<(UserView, NewSession), AccountError> {
    let known = {
        let mut connection = services.db.platform().await?;
        sql::user_by_email(&mut connection, email).await?
    };
    let hash = known.as_ref().map(|(_, hash)| hash.clone());
    let right = services.passwords.verify(hash, offered).await?;
    let Some((user, _)) = known.filter(|_| right) else { return Err(AccountError::InvalidCredentials) };
    let mut connection = services.db.platform().await?;
    if let Some(held) = held {
        session::end(&mut connection, held).await?;
    }
    let session = session::start(services, &mut connection, user.id, device).await?;
    Ok((user, session))
}

/// Ends a session, with those that came from it or the one that it came from: who signs out somewhere has left. Ending one
/// that has ended is no error.
///
/// # Errors
/// When the database is away.
pub async fn sign_out(services: &Services, token: &SessionToken) -> Result<(), DbError> {
    let mut connection = services.db.platform().await?;
    session::end(&mut connection, token).await
}

/// Has anybody signed up on this installation?
///
/// # Errors
/// When the database is away.
pub async fn anybody(services: &Services) -> Result<bool, DbError> {
    sql::anybody(&mut *services.db.platform().await?).await
}
