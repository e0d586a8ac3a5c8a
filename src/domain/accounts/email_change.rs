//! Another address for an account: confirmed at the old one, so that whoever has found an open session and the password cannot
//! carry the account off unseen, and at the new one, so that nobody is locked out by a slip. Whether somebody has the new
//! address already is told to nobody but them.

use std::net::IpAddr;

use sqlx::PgConnection;
use tenantry_kernel::{tenancy::UserView, text::Email};
use uuid::Uuid;

use super::{
    AccountError, attempts,
    link::{Link, Purpose},
    own::{self, OwnError},
    sql_change,
    sql_mail::Whose,
};
use crate::{
    Services,
    access::Principal,
    db::{DbError, constraint},
    mail::{self, Asked, Letter},
};

/// How far a confirmation has brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The other address has not confirmed yet.
    Half,
    /// The account has the new address.
    Whole,
}

/// Asks for another address. A wish from before is forgotten. `from` is where the person is.
///
/// # Errors
/// Too many mails that were asked for from there; what is no address, or the one that the account has; a wrong password, too
/// many of them before; the database.
pub async fn ask(
    services: &Services,
    principal: &Principal,
    email: &str,
    current: &str,
    from: Option<IpAddr>,
) -> Result<(), OwnError> {
    own::by_session(principal)?;
    attempts::mail_from(services, from).await?;
    let email = Email::parse("email", email);
    let email = match (email, own::given(current)) {
        (Ok(email), Ok(_)) => email,
        (email, given) => {
            let errors = [email.err(), given.err()].into_iter().flatten().collect();
            return Err(AccountError::Invalid(errors).into());
        }
    };
    if email.as_str() == principal.user.email {
        let same = tenantry_kernel::FieldError::new("email", "SAME", "This is your address already.");
        return Err(same.into());
    }
    own::prove(services, principal, current).await?;
    let change: Uuid = services.new_id();
    let old = Email::parse("email", &principal.user.email)?;
    let mut transaction = services.db.platform_transaction().await?;
    sql_change::insert(&mut transaction, change, principal.user.id, email.as_str()).await?;
    for to in [&old, &email] {
        mail::ask(services, &mut transaction, to, &Asked::ChangeEmail { change }).await?;
    }
    transaction.commit().await?;
    services.mailroom.announce();
    Ok(())
}

/// Takes a wish back.
///
/// # Errors
/// When the database is away.
pub async fn forget(services: &Services, principal: &Principal) -> Result<(), OwnError> {
    own::by_session(principal)?;
    sql_change::remove(&mut *services.db.platform().await?, principal.user.id).await?;
    Ok(())
}

/// What is written to one of the two addresses; `None` where the wish was taken back meanwhile.
pub(super) async fn letter(
    services: &Services,
    connection: &mut PgConnection,
    recipient: &str,
    change: Uuid,
    holder: Option<UserView>,
) -> Result<Option<Letter>, DbError> {
    let Some(wish) = sql_change::find(connection, change).await? else { return Ok(None) };
    let purpose = if recipient == wish.old { Purpose::Leave } else { Purpose::Arrive };
    // Who has the new address is told so, and the wish comes to nothing.
    if let Some(holder) = holder.filter(|_| purpose == Purpose::Arrive) {
        return Ok(Some(Letter::AccountExists { name: holder.name }));
    }
    let link = Link { id: services.new_id(), purpose };
    super::sql_mail::insert_token(connection, link, Whose::Change(change)).await?;
    Ok(Some(match purpose {
        Purpose::Leave => Letter::LeaveAddress { name: wish.name, email: wish.email, link },
        _ => Letter::ArriveAddress { link },
    }))
}

/// Takes one of the two confirmations. `None` where somebody has got an account with the new address meanwhile.
pub(super) async fn confirm(
    services: &Services,
    connection: &mut PgConnection,
    change: Uuid,
    purpose: Purpose,
) -> Result<Option<Progress>, DbError> {
    let Some(wish) = sql_change::confirm(connection, change, purpose).await? else { return Ok(None) };
    if !wish.whole {
        return Ok(Some(Progress::Half));
    }
    match sql_change::complete(connection, change).await {
        Ok(()) => {}
        Err(error) if constraint(&error) == Some("users_email_key") => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let told = Letter::AddressChanged { name: wish.name, email: wish.email };
    mail::post(services, connection, &wish.old, &told).await?;
    Ok(Some(Progress::Whole))
}
