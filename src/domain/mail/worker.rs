//! The task that empties the outbox: it writes what was asked for, makes mails of warnings, and hands mails to the server.
//!
//! Several may work on one database. A mail is one task's for the time of a lease, so there is one attempt at a time; an
//! attempt that was made and not noted, because its process was killed between the two, is made once more after the lease.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::PgConnection;
use tenantry_kernel::OrganizationId;
use tokio::{sync::Semaphore, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    delivery::{ATTEMPT, Delivery, Refusal},
    letter::{Asked, Letter},
    message::message,
    sql::{self, AskedMail, Claimed},
};
use crate::{
    Services,
    accounts::{by_mail, link},
    db::DbError,
    metering,
    services::Entropy,
};

/// How often work of other processes is looked for; this process' own is announced.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often the outbox is swept.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// Attempts that are made at once in this process: a slow server keeps few connections, not all.
const AT_ONCE: usize = 4;

/// How long a mail is one task's: an attempt and the time to note it.
const LEASE: Duration = Duration::from_secs(ATTEMPT.as_secs() + 30);

/// How long an attempt that is under way may take after the stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// The wait after the first attempt; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(60);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 60 * 60);

/// After that a mail is given up.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a mail that was sent or given up can be listed.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many mails an address may be made to get within [`OF_LATE`] by whoever types it.
const MOST_OF_LATE: i64 = 3;

/// How long such mails count.
const OF_LATE: Duration = Duration::from_secs(15 * 60);

/// Organizations whose warnings are looked into at a time.
const ORGANIZATIONS_AT_ONCE: i32 = 64;

/// Works until the token is canceled, then lets attempts come to their end for a while.
pub async fn run(services: Services, stop: CancellationToken) {
    let delivery = open(&services).map(Arc::new);
    let (attempts, room) = (TaskTracker::new(), Arc::new(Semaphore::new(AT_ONCE)));
    let mut swept: Option<Instant> = None;
    while !stop.is_cancelled() {
        if let Err(error) = look(&services, delivery.as_ref(), &attempts, &room).await {
            tracing::warn!(%error, "The outbox could not be looked through.");
        }
        if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
            swept = Some(Instant::now());
            if let Err(error) = sweep(&services).await {
                tracing::warn!(%error, "The outbox could not be swept.");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = services.mailroom.announced() => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
    attempts.close();
    if tokio::time::timeout(FAREWELL, attempts.wait()).await.is_err() {
        tracing::warn!("Some mails were still on their way; they are tried again when their leases have ended.");
    }
}

/// The way to the server, if one is set.
fn open(services: &Services) -> Option<Delivery> {
    let server = services.settings.mail.server.as_ref()?;
    match Delivery::to(server, &services.settings) {
        Ok(delivery) => Some(delivery),
        Err(error) => {
            tracing::error!(%error, "There is no way to the mail server; mails wait.");
            None
        }
    }
}

/// One look around: a single question where there is nothing to do.
async fn look(
    services: &Services,
    delivery: Option<&Arc<Delivery>>,
    attempts: &TaskTracker,
    room: &Arc<Semaphore>,
) -> Result<(), DbError> {
    let due = sql::due(&mut *services.db.platform().await?, ORGANIZATIONS_AT_ONCE).await?;
    if due.asked {
        write_asked(services).await?;
    }
    for organization in due.organizations {
        // One that cannot be told of keeps nobody else waiting; it stays due.
        if let Err(error) = metering::tell_of_warnings(services, organization.into()).await {
            tracing::warn!(%error, organization.id = %OrganizationId::from(organization), "Warnings could not become mails.");
        }
    }
    let Some(delivery) = delivery else { return Ok(()) };
    // Permits first: what is claimed begins at once, or its lease would run before it does.
    while let Ok(permit) = Arc::clone(room).try_acquire_owned() {
        let Some(claimed) = claim(services).await? else { break };
        let (services, delivery) = (services.clone(), Arc::clone(delivery));
        attempts.spawn(async move {
            attempt(&services, &delivery, &claimed).await;
            drop(permit);
            services.mailroom.announce();
        });
    }
    Ok(())
}

/// Makes letters of everything that was asked for, each in a transaction of its own.
///
/// # Errors
/// When the database is away.
pub async fn write_asked(services: &Services) -> Result<(), DbError> {
    loop {
        let mut transaction = services.db.platform_transaction().await?;
        let Some(mail) = sql::lock_asked(&mut transaction).await? else { return Ok(()) };
        match Asked::read(&mail.asked) {
            Some(asked) => write(services, &mut transaction, &mail, asked).await?,
            // A newer version of the program has asked, and will answer.
            None => sql::leave(&mut transaction, mail.mail, FIRST_WAIT).await?,
        }
        transaction.commit().await?;
    }
}

async fn write(
    services: &Services,
    connection: &mut PgConnection,
    mail: &AskedMail,
    asked: Asked,
) -> Result<(), DbError> {
    let letter = if is_enough(connection, &mail.recipient, &asked).await? {
        None
    } else {
        by_mail::answer(services, connection, &mail.recipient, asked).await?
    };
    match letter {
        Some(letter) => sql::settle(connection, mail.mail, letter.kind(), &letter.to_text()).await,
        None => sql::remove(connection, mail.mail).await,
    }
}

/// Has the address got enough of such mails? Whoever types an address shall not fill its mailbox.
async fn is_enough(connection: &mut PgConnection, recipient: &str, asked: &Asked) -> Result<bool, DbError> {
    let kinds: &[&str] = match asked {
        Asked::ResetPassword => &["reset_password"],
        Asked::VerifyEmail | Asked::SignUp { .. } => &["verify_email", "account_exists"],
        Asked::ChangeEmail { .. } => &["leave_address", "arrive_address"],
    };
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    sql::line_up(connection, recipient).await?;
    Ok(sql::posted_of_late(connection, recipient, &kinds, OF_LATE).await? >= MOST_OF_LATE)
}

/// Claims the next mail, and lets the time of its link begin.
async fn claim(services: &Services) -> Result<Option<Claimed>, DbError> {
    let mut transaction = services.db.platform_transaction().await?;
    let Some(claimed) = sql::claim(&mut transaction, 1, LEASE).await?.pop() else { return Ok(None) };
    if let Some(link) = Letter::read(&claimed.letter).and_then(|letter| letter.link()) {
        link::begin(&mut transaction, link).await?;
    }
    transaction.commit().await?;
    Ok(Some(claimed))
}

/// Makes one attempt and notes how it ended.
#[tracing::instrument(skip_all, fields(mail.id = %claimed.mail, mail.attempt = claimed.attempt))]
async fn attempt(services: &Services, delivery: &Delivery, claimed: &Claimed) {
    let begun = Instant::now();
    let outcome = hand_over(services, delivery, claimed).await;
    // The server's answer is known and cannot be had again: a database that is away for a moment must not lose it.
    while begun.elapsed() < LEASE {
        match note(services, claimed, &outcome).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "How an attempt ended could not be noted yet."),
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn hand_over(services: &Services, delivery: &Delivery, claimed: &Claimed) -> Result<(), Refusal> {
    let unreadable = || Refusal::Later("A newer version of the program has written it.".to_owned());
    let letter = Letter::read(&claimed.letter).ok_or_else(unreadable)?;
    let written = letter.write(&services.settings, &services.keyring, claimed.proven);
    let sender = &services.settings.mail.sender;
    let message = message(sender, claimed.mail, &claimed.recipient, claimed.created_at, &written);
    delivery.hand_over(message.map_err(Refusal::Final)?).await
}

/// What the server said may hold an address, so the log has none of it; the row has.
async fn note(services: &Services, claimed: &Claimed, outcome: &Result<(), Refusal>) -> Result<(), DbError> {
    let mut connection = services.db.platform().await?;
    match outcome {
        Ok(()) => {
            if sql::end(&mut connection, claimed, "sent", None).await? {
                // The last that holds the address of somebody who has left for good.
                if matches!(Letter::read(&claimed.letter), Some(Letter::AccountDeleted)) {
                    sql::remove(&mut connection, claimed.mail).await?;
                }
                tracing::info!("A mail was sent.");
            } else {
                tracing::warn!("A mail was sent, but so late that another attempt has begun.");
            }
        }
        Err(Refusal::Final(reason)) => {
            sql::end(&mut connection, claimed, "dead", Some(reason)).await?;
            tracing::warn!("A mail was refused for good.");
        }
        Err(Refusal::Later(reason)) => {
            let wait = wait_after(claimed.attempt, services.entropy);
            let given_up = sql::put_off(&mut connection, claimed, wait, GIVEN_UP_AFTER, reason).await?;
            if given_up == Some(true) {
                tracing::warn!("A mail was given up: nobody has taken it for a day.");
            } else {
                tracing::info!(wait_s = wait.as_secs(), "A mail was not taken yet.");
            }
        }
    }
    Ok(())
}

/// The wait after so many attempts, a fifth more or less, so that what failed together does not come back together.
fn wait_after(attempts: i32, entropy: Entropy) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    let [chance] = entropy.bytes::<1>();
    wait.mul_f64(0.8 + 0.4 * f64::from(chance) / 255.0)
}

/// Gives up and removes what is too old.
///
/// # Errors
/// When the database is away.
pub async fn sweep(services: &Services) -> Result<(), DbError> {
    let mut connection = services.db.platform().await?;
    let reason = match services.settings.mail.server {
        Some(_) => "It was not sent within a day.",
        None => "No mail server was set within a day.",
    };
    let given_up = sql::give_up(&mut connection, GIVEN_UP_AFTER, reason).await?;
    let removed = sql::remove_old(&mut connection, KEPT).await?;
    if given_up + removed > 0 {
        tracing::info!(mails.given_up = given_up, mails.removed = removed, "The outbox was swept.");
    }
    by_mail::sweep(&mut connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_two_hours_and_differ() {
        let waits: Vec<Duration> = (1..=40).map(|attempt| wait_after(attempt, Entropy)).collect();
        for (index, wait) in waits.iter().enumerate() {
            let middle = f64::from(60 * (1_u32 << index.min(16))).min(7_200.0);
            let ratio = wait.as_secs_f64() / middle;
            assert!((0.79..=1.21).contains(&ratio), "attempt {}: {wait:?}", index + 1);
        }
        let last: Vec<_> = waits[20..].to_vec();
        assert!(last.iter().any(|wait| *wait != last[0]), "chance has a part in it");
    }

    #[test]
    fn a_lease_outlives_its_attempt() {
        assert!(LEASE > ATTEMPT + FAREWELL);
    }
}
