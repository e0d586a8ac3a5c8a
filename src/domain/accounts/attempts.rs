//! What is tried against accounts, counted once for all servers of an installation.
//!
//! Ten wrong passwords in a quarter of an hour are anybody's for an account; after that each next try has to wait twice as long.
//! A password that was wrong for many accounts is being tried on all of them: then whoever offers it waits, whatever the
//! account and wherever they are, so that a sprayer with a thousand addresses learns nothing. A try counts before its password
//! is looked at and is taken back when it was none, so that a thousand at once are not all the first. Accounts that do not
//! exist are counted like those that do.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    Burst,
    text::{Email, Password},
};

use super::sql_attempts;
use crate::{
    Keyring, Services,
    db::DbError,
    rate::{self, Neighbour, TooFast},
};

use super::AccountError;

/// Failures of an account, and of a password, that have no consequence; `app.wait_after` knows them too.
const FREE_FAILURES: [(Kind, u64); 2] = [(Kind::Account, 10), (Kind::Password, 30)];

/// What something is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Account,
    Password,
    SignIn,
    SignUp,
    Mail,
}

impl Kind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Password => "password",
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::Mail => "mail",
        }
    }
}

/// Whom or what a count is about: a part of a keyed hash, so that the table names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub kind: Kind,
    pub hash: Vec<u8>,
}

impl Subject {
    fn of(keyring: &Keyring, kind: Kind, text: &str) -> Self {
        let mut hash = keyring.sign("accounts/attempts", format!("{}\0{text}", kind.as_str()).as_bytes());
        // Of a password so little is kept that whoever has the table and the secret cannot tell it from a million others.
        hash.truncate(if kind == Kind::Password { 4 } else { 16 });
        Self { kind, hash }
    }

    fn account(keyring: &Keyring, email: &Email) -> Self {
        Self::of(keyring, Kind::Account, email.as_str())
    }
}

/// A count that a try has begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub subject: Subject,
    /// Until when the next one has to wait, by this try alone.
    pub waits_until: DateTime<Utc>,
}

/// A try that has begun, and counts as failed until it does not.
pub(super) struct Trial(Vec<Begun>);

/// Begins a try.
///
/// # Errors
/// [`AccountError::TooFast`] where the account or the password has to wait; the database.
pub(super) async fn begin(services: &Services, email: &Email, offered: &Password) -> Result<Trial, AccountError> {
    let keyring = &services.keyring;
    let subjects = [Subject::account(keyring, email), Subject::of(keyring, Kind::Password, &offered.reveal())];
    let mut connection = services.db.platform().await?;
    let begun = sql_attempts::begin(&mut connection, &subjects).await?;
    let Some(refused) = subjects.iter().find(|subject| !begun.iter().any(|begun| begun.subject == **subject)) else {
        return Ok(Trial(begun));
    };
    // Where both have to wait nothing was counted, and nothing is taken back.
    sql_attempts::take_back(&mut connection, &begun).await?;
    let wait = sql_attempts::wait(&mut connection, refused).await?;
    let (_, limit) = FREE_FAILURES[usize::from(refused.kind == Kind::Password)];
    let (policy, detail) = match refused.kind {
        Kind::Password => ("password", "This password was tried for too many accounts."),
        _ => ("account", "Too many wrong passwords were tried for this e-mail address."),
    };
    Err(rate::too_fast(services, policy, detail, limit, seconds(wait)).into())
}

impl Trial {
    /// The password was right: the account's failures are forgiven, and the password was none.
    pub async fn succeeded(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        let (accounts, others): (Vec<_>, Vec<_>) =
            self.0.iter().cloned().partition(|begun| begun.subject.kind == Kind::Account);
        for account in &accounts {
            sql_attempts::forget(connection, &account.subject).await?;
        }
        sql_attempts::take_back(connection, &others).await
    }

    /// The password was not looked at.
    pub async fn take_back(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        sql_attempts::take_back(connection, &self.0).await
    }
}

/// Wrong passwords that were tried for an account before are forgiven: it has another one now.
pub(super) async fn forgive(keyring: &Keyring, connection: &mut PgConnection, email: &Email) -> Result<(), DbError> {
    sql_attempts::forget(connection, &Subject::account(keyring, email)).await
}

/// Counts a sign-in that failed against the address that it came from, for all servers together.
///
/// # Errors
/// [`AccountError::TooFast`] where too many came from there; the database.
pub(super) async fn failed_from(services: &Services, from: Option<IpAddr>) -> Result<(), AccountError> {
    let detail = "Too many credentials from your address opened nothing.";
    take(services, Kind::SignIn, from, rate::ADDRESS, detail).await
}

/// Counts a sign-up against the address that it comes from, for all servers together.
///
/// # Errors
/// [`AccountError::TooFast`] where too many came from there; the database.
pub(super) async fn sign_up_from(services: &Services, from: Option<IpAddr>) -> Result<(), AccountError> {
    let detail = "Too many accounts were made from your address in a short time.";
    take(services, Kind::SignUp, from, rate::SIGN_UPS, detail).await
}

/// Counts a mail against the address that asks for it, for all servers together, whosever mailbox it is for.
///
/// # Errors
/// [`AccountError::TooFast`] where too many were asked for from there; the database.
pub(super) async fn mail_from(services: &Services, from: Option<IpAddr>) -> Result<(), AccountError> {
    let detail = "Too many mails were asked for from your address in a short time.";
    take(services, Kind::Mail, from, rate::MAILS, detail).await
}

/// Takes one from an address' bucket: its generic cell rate algorithm in one row.
async fn take(
    services: &Services,
    kind: Kind,
    from: Option<IpAddr>,
    burst: Burst,
    detail: &'static str,
) -> Result<(), AccountError> {
    let Some(from) = from else { return Ok(()) };
    let subject = Subject::of(&services.keyring, kind, &format!("{:?}", Neighbour::from(from)));
    let mut connection = services.db.platform().await?;
    let each = 1.0 / f64::from(burst.refill);
    match sql_attempts::take(&mut connection, &subject, each, each * f64::from(burst.bucket)).await? {
        None => Ok(()),
        Some(wait) => Err(too_fast(services, detail, burst, wait).into()),
    }
}

fn too_fast(services: &Services, detail: &'static str, burst: Burst, wait: f64) -> TooFast {
    rate::too_fast(services, "address", detail, burst.bucket.into(), seconds(wait))
}

fn seconds(wait: f64) -> Duration {
    Duration::try_from_secs_f64(wait.max(0.0)).unwrap_or(Duration::ZERO)
}
