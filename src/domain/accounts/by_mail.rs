//! What happens by mail: another password, and the proof of an address.
//!
//! A request that is about somebody's address writes one row, the same for an address that is known and for one that is not,
//! and says the same to both. What there is to say is found out afterwards, by the task that writes mails.

use std::net::IpAddr;

use sqlx::PgConnection;
use tenantry_kernel::{
    FieldError, UserId,
    requests::{ForgotPassword, ResetPassword, SignUp, VerifyEmail},
    tenancy::UserView,
    text::{Email, Name},
};
use uuid::Uuid;

use super::{
    AccountError, Client, NewSession, attempts,
    email_change::{self, Progress},
    link::{Link, Purpose},
    password, sign_up, sql_attempts, sql_devices,
    sql_mail::{self, Whose},
};
use crate::{
    Services,
    access::Operator,
    db::DbError,
    mail::{self, Asked, Letter},
};

/// How a sign-up went.
#[derive(Debug)]
pub enum SignedUp {
    /// The account exists, and its person is signed in.
    AtOnce(UserView, NewSession),
    /// The rest happens by mail, whoever has the address.
    ByMail,
}

/// Signs somebody up as the installation demands it: at once, or by mail where the address must be proven first.
///
/// # Errors
/// Those of [`sign_up`]; where it happens by mail, a taken address is none.
pub async fn register(
    services: &Services,
    request: SignUp,
    client: impl Into<Client<'_>>,
) -> Result<SignedUp, AccountError> {
    let client = client.into();
    attempts::sign_up_from(services, client.address).await?;
    if !services.settings.require_verified_email {
        let (user, session) = sign_up(services, request, client).await?;
        return Ok(SignedUp::AtOnce(user, session));
    }
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
    let sign_up = services.new_id::<Uuid>();
    let mut transaction = services.db.platform_transaction().await?;
    sql_mail::insert_sign_up(&mut transaction, sign_up, name.as_str(), email.as_str(), &hash).await?;
    mail::ask(services, &mut transaction, &email, &Asked::SignUp { sign_up }).await?;
    transaction.commit().await?;
    services.mailroom.announce();
    Ok(SignedUp::ByMail)
}

/// Asks for a link to another password, from an address. Whether there is such an account makes no difference here.
///
/// # Errors
/// What is no e-mail address; too many mails that were asked for from there; the database.
pub async fn forgot_password(
    services: &Services,
    request: &ForgotPassword,
    from: Option<IpAddr>,
) -> Result<(), AccountError> {
    attempts::mail_from(services, from).await?;
    let email = Email::parse("email", &request.email).map_err(|error| AccountError::Invalid(vec![error]))?;
    mail::ask(services, &mut *services.db.platform().await?, &email, &Asked::ResetPassword).await?;
    services.mailroom.announce();
    Ok(())
}

/// Sets another password by a link, and ends every session of its person. A password that is refused leaves the link as it
/// was.
///
/// # Errors
/// A password out of bounds, a link that is used, late or none, too many at once, or the database.
pub async fn reset_password(services: &Services, request: &ResetPassword) -> Result<(), AccountError> {
    let chosen = password::choose("password", &request.password);
    let present = token_given(&request.token);
    let chosen = match (present, chosen) {
        (Ok(()), Ok(chosen)) => chosen,
        (present, chosen) => {
            return Err(AccountError::Invalid([present.err(), chosen.err()].into_iter().flatten().collect()));
        }
    };
    let link = Link::read(&services.keyring, Purpose::Reset, &request.token).ok_or(AccountError::Expired)?;
    // A hash is dear: a link that works no more gets none. Whose it is says what else the password must not be.
    let email = sql_mail::address_of_token(&mut *services.db.platform().await?, link).await?;
    let email = email.ok_or(AccountError::Expired)?;
    password::choose_for("password", &request.password, &email).map_err(|error| AccountError::Invalid(vec![error]))?;
    let hash = services.passwords.hash(services.entropy, chosen).await?;
    let mut transaction = services.db.platform_transaction().await?;
    let whose = sql_mail::take_token(&mut transaction, link).await?;
    let Some(Whose::User(user)) = whose else { return Err(AccountError::Expired) };
    let Some(person) = sql_mail::set_password(&mut transaction, user, &hash).await? else {
        return Err(AccountError::Expired);
    };
    sql_mail::mark_verified(&mut transaction, user).await?;
    sql_mail::end_sessions(&mut transaction, user).await?;
    sql_mail::remove_tokens(&mut transaction, user, Purpose::Reset).await?;
    let told = Letter::PasswordReset { name: person.name };
    mail::post(services, &mut transaction, &person.email, &told).await?;
    if let Ok(email) = Email::parse("email", &person.email) {
        attempts::forgive(&services.keyring, &mut transaction, &email).await?;
    }
    transaction.commit().await?;
    services.mailroom.announce();
    Ok(())
}

/// What the proof of an address has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// An account is open.
    Account,
    /// An account has come nearer to another address, or has it.
    Change(Progress),
}

/// Takes the proof of an address: the sign-up becomes an account, the account's address counts as proven, or one of the two
/// sides of a change of address has agreed.
///
/// # Errors
/// A link that is used, late or none; the database.
pub async fn verify_email(services: &Services, request: &VerifyEmail) -> Result<Proven, AccountError> {
    token_given(&request.token).map_err(|error| AccountError::Invalid(vec![error]))?;
    let read = |purpose| Link::read(&services.keyring, purpose, &request.token);
    let link = [Purpose::Verify, Purpose::Leave, Purpose::Arrive].into_iter().find_map(read);
    let link = link.ok_or(AccountError::Expired)?;
    let mut proven = Proven::Account;
    let mut transaction = services.db.platform_transaction().await?;
    match sql_mail::take_token(&mut transaction, link).await? {
        Some(Whose::User(user)) => {
            sql_mail::mark_verified(&mut transaction, user).await?;
            sql_mail::remove_tokens(&mut transaction, user, Purpose::Verify).await?;
        }
        Some(Whose::SignUp(sign_up)) => {
            complete(services, &mut transaction, sign_up).await?.ok_or(AccountError::Expired)?;
        }
        Some(Whose::Change(change)) => {
            let progress = email_change::confirm(services, &mut transaction, change, link.purpose).await?;
            proven = Proven::Change(progress.ok_or(AccountError::Expired)?);
        }
        None => return Err(AccountError::Expired),
    }
    transaction.commit().await?;
    services.mailroom.announce();
    Ok(proven)
}

/// Makes an account of a sign-up; of others with the same address there will be none.
async fn complete(
    services: &Services,
    connection: &mut PgConnection,
    sign_up: Uuid,
) -> Result<Option<UserView>, DbError> {
    let made = sql_mail::complete_sign_up(connection, sign_up, services.new_id()).await?;
    if let Some(user) = &made {
        sql_mail::remove_sign_ups(connection, &user.email).await?;
    }
    Ok(made)
}

/// Lets an address count as proven that nobody has to prove: the demo's.
pub(crate) async fn prove(services: &Services, user: UserId) -> Result<(), DbError> {
    sql_mail::mark_verified(&mut *services.db.platform().await?, user).await
}

/// Takes the platform operator's word for an address: its account counts as proven, or its newest sign-up becomes one.
///
/// # Errors
/// What is no address, an address that nobody has signed up with, or the database.
pub async fn vouch_for(services: &Services, _: &Operator, email: &str) -> Result<UserView, AccountError> {
    let email = Email::parse("email", email).map_err(|error| AccountError::Invalid(vec![error]))?;
    let mut transaction = services.db.platform_transaction().await?;
    let user = match sql_mail::account(&mut transaction, email.as_str()).await? {
        Some((user, _)) => {
            sql_mail::mark_verified(&mut transaction, user.id).await?;
            user
        }
        None => {
            let sign_up = sql_mail::newest_sign_up(&mut transaction, email.as_str()).await?;
            let sign_up = sign_up.ok_or(AccountError::Unknown)?;
            complete(services, &mut transaction, sign_up).await?.ok_or(AccountError::Unknown)?
        }
    };
    transaction.commit().await?;
    Ok(user)
}

/// Asks for the link that proves the address of an account, whose person has shown that the account is theirs.
pub(super) async fn ask_to_verify(
    services: &Services,
    email: &Email,
    from: Option<IpAddr>,
) -> Result<(), AccountError> {
    attempts::mail_from(services, from).await?;
    mail::ask(services, &mut *services.db.platform().await?, email, &Asked::VerifyEmail).await?;
    services.mailroom.announce();
    Ok(())
}

/// Finds out what to answer to something that was asked for by mail; `None` where nothing is to be said.
pub(crate) async fn answer(
    services: &Services,
    connection: &mut PgConnection,
    recipient: &str,
    asked: Asked,
) -> Result<Option<Letter>, DbError> {
    let account = sql_mail::account(connection, recipient).await?;
    match (asked, account) {
        (Asked::ResetPassword, Some((user, _))) => {
            let link = new_link(services, connection, Purpose::Reset, Whose::User(user.id)).await?;
            Ok(Some(Letter::ResetPassword { name: user.name, link }))
        }
        (Asked::VerifyEmail, Some((user, false))) => {
            let link = new_link(services, connection, Purpose::Verify, Whose::User(user.id)).await?;
            Ok(Some(Letter::VerifyEmail { link }))
        }
        (Asked::SignUp { sign_up }, Some((user, _))) => {
            sql_mail::remove_sign_up(connection, sign_up).await?;
            Ok(Some(Letter::AccountExists { name: user.name }))
        }
        (Asked::SignUp { sign_up }, None) => {
            let link = new_link(services, connection, Purpose::Verify, Whose::SignUp(sign_up)).await?;
            Ok(Some(Letter::VerifyEmail { link }))
        }
        (Asked::ChangeEmail { change }, holder) => {
            let holder = holder.map(|(holder, _)| holder);
            email_change::letter(services, connection, recipient, change, holder).await
        }
        (Asked::ResetPassword | Asked::VerifyEmail, _) => Ok(None),
    }
}

async fn new_link(
    services: &Services,
    connection: &mut PgConnection,
    purpose: Purpose,
    whose: Whose,
) -> Result<Link, DbError> {
    let link = Link { id: services.new_id(), purpose };
    sql_mail::insert_token(connection, link, whose).await?;
    Ok(link)
}

/// Removes what nobody came back for, and what has long ended.
pub(crate) async fn sweep(connection: &mut PgConnection) -> Result<(), DbError> {
    sql_mail::sweep(connection).await?;
    sql_attempts::sweep(connection).await?;
    sql_devices::sweep(connection).await
}

/// A field that is not there at all is a mistake of the program that asks, not an old link.
fn token_given(token: &str) -> Result<(), FieldError> {
    if token.trim().is_empty() {
        return Err(FieldError::new("token", "REQUIRED", "Send the token of the link in the mail."));
    }
    Ok(())
}
