//! People: sign-up, sign-in, sign-out, their sessions and tokens, and what they do to their own accounts.

mod attempts;
pub mod by_mail;
mod device;
pub mod devices;
pub mod email_change;
pub mod flash;
pub mod hand_over;
pub(crate) mod link;
pub mod own;
pub mod password;
pub mod session;
mod sql;
mod sql_attempts;
mod sql_change;
mod sql_devices;
mod sql_hosts;
mod sql_mail;
mod sql_own;
pub mod tokens;

use std::net::IpAddr;

use tenantry_kernel::{
    Code, FieldError, Problem,
    tenancy::UserView,
    text::{Email, Name, Password},
};

pub use by_mail::{Proven, SignedUp, forgot_password, register, reset_password, verify_email, vouch_for};
pub use session::{NewSession, SessionToken};
pub use tenantry_kernel::requests::{ForgotPassword, ResetPassword, SignIn, SignUp, VerifyEmail};

use crate::{
    Services,
    db::{DbError, constraint},
    mail::{self, Letter},
    rate::TooFast,
};

/// Where a request for an account comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Client<'a> {
    /// What it calls itself.
    pub device: &'a str,
    /// Its address, where it has one.
    pub address: Option<IpAddr>,
}

impl<'a> From<&'a str> for Client<'a> {
    fn from(device: &'a str) -> Self {
        Self { device, address: None }
    }
}

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
    /// The address must be proven before its account opens.
    #[error("the e-mail address is not verified")]
    Unverified,
    /// The link of a mail was used, or is too old, or never was one.
    #[error("the link was used or has expired")]
    Expired,
    /// Nobody has signed up with the address.
    #[error("nobody has signed up with the address")]
    Unknown,
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
            AccountError::Unverified => {
                Self::new(Code::Forbidden, "Confirm your e-mail address first: we have sent you a link.")
                    .with_fix("Open the link in the mail, then sign in.")
            }
            AccountError::Expired => Self::new(Code::Expired, "This link was used already, or is too old.")
                .with_fix("Ask for a new one; the newest mail has the link that works."),
            AccountError::Unknown => Self::new(Code::NotFound, "Nobody has signed up with this address."),
            AccountError::Busy => {
                Self::new(Code::RateLimited, "Too many people are signing in right now.").with_retry_after(2)
            }
            AccountError::TooFast(error) => error.into(),
            AccountError::Db(error) => error.into(),
        }
    }
}

/// Makes an account and signs its person in, whether or not the installation would have its address proven first:
/// [`register`] is the door for people.
///
/// # Errors
/// Fields out of bounds, an address that somebody has, too many at once, or the database.
pub async fn sign_up(
    services: &Services,
    request: SignUp,
    client: impl Into<Client<'_>>,
) -> Result<(UserView, NewSession), AccountError> {
    let name = Name::parse("name", &request.name);
    let email = Email::parse("email", &request.email);
    let chosen = password::choose_for("password", &request.password, &request.email);
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
    let session = session::start(services, &mut connection, user.id, client).await?;
    Ok((user, session))
}

/// Signs a person in. An unknown address costs the same hash as a wrong password, so the time does not tell which it was.
/// The session that the browser held before ends, so nothing that was known before the sign-in opens anything after it. A
/// device that the account has not seen of late is told to its person by mail.
///
/// # Errors
/// Wrong credentials, too many of them before, too many at once, or the database.
pub async fn sign_in(
    services: &Services,
    request: SignIn,
    client: impl Into<Client<'_>>,
    held: Option<&SessionToken>,
) -> Result<(UserView, NewSession), AccountError> {
    let client = client.into();
    let email = Email::parse("email", &request.email);
    let offered = Password::offer("password", &request.password);
    let (email, offered) = match (email, offered) {
        (Ok(email), Ok(offered)) => (email, offered),
        (email, offered) => {
            return Err(AccountError::Invalid([email.err(), offered.err()].into_iter().flatten().collect()));
        }
    };
    let Some(sql::Account { user, verified, .. }) = tried(services, &email, offered).await? else {
        attempts::failed_from(services, client.address).await?;
        return Err(AccountError::InvalidCredentials);
    };
    if services.settings.require_verified_email && !verified {
        by_mail::ask_to_verify(services, &email, client.address).await?;
        return Err(AccountError::Unverified);
    }
    let mut transaction = services.db.platform_transaction().await?;
    if let Some(held) = held {
        session::end(&mut transaction, held).await?;
    }
    let new = devices::is_new(&mut transaction, user.id, client.device).await?;
    let session = session::start(services, &mut transaction, user.id, client).await?;
    if new {
        let (name, device) = (user.name.clone(), device::named(client.device));
        let address = client.address.map(|address| address.to_string());
        mail::post(services, &mut transaction, &user.email, &Letter::NewDevice { name, device, address }).await?;
    }
    transaction.commit().await?;
    services.mailroom.announce();
    Ok((user, session))
}

/// The account of an address, if the password is its own. Every try is counted, and takes the same time whoever has the
/// address; a place in the line comes first, so that a flood is turned away before it costs anything else.
async fn tried(services: &Services, email: &Email, offered: Password) -> Result<Option<sql::Account>, AccountError> {
    let line = services.passwords.line()?;
    let trial = attempts::begin(services, email, &offered).await?;
    let outcome = async {
        let known = sql::user_by_email(&mut *services.db.platform().await?, email).await?;
        let hash = known.as_ref().map(|known| known.password_hash.clone());
        let right = services.passwords.verify_in(line, hash, offered).await?;
        Ok(known.filter(|_| right))
    };
    let outcome: Result<_, AccountError> = outcome.await;
    match &outcome {
        Ok(Some(_)) => trial.succeeded(&mut *services.db.platform().await?).await?,
        Ok(None) => {}
        Err(_) => trial.take_back(&mut *services.db.platform().await?).await?,
    }
    outcome
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
