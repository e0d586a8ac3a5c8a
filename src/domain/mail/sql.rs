//! The outbox, as the platform's role, and the one door that an organization's transaction has to it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::UserId;
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

pub(super) async fn insert(
    connection: &mut PgConnection,
    mail: Uuid,
    recipient: &str,
    kind: &str,
    letter: &str,
    state: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into platform.mails (mail_id, recipient, kind, letter, state) values ($1, $2, $3, $4, $5)",
        mail,
        recipient,
        kind,
        letter,
        state
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_of_organization(
    tx: &mut OrgTx,
    mail: Uuid,
    to: UserId,
    kind: &str,
    letter: &str,
) -> Result<bool, DbError> {
    let posted =
        sqlx::query_scalar!(r#"select app.post_mail($1, $2, $3, $4) as "posted!""#, mail, Uuid::from(to), kind, letter)
            .fetch_one(tx.connection())
            .await?;
    Ok(posted)
}

/// A mail that was asked for.
pub(super) struct AskedMail {
    pub mail: Uuid,
    pub recipient: String,
    pub asked: String,
}

/// The one that waits longest and that nobody else is looking into.
pub(super) async fn lock_asked(connection: &mut PgConnection) -> Result<Option<AskedMail>, DbError> {
    let row = sqlx::query!(
        "select mail_id, recipient, letter from platform.mails
         where state = 'asked' and ended_at is null and due_at <= app.now()
         order by due_at limit 1 for update skip locked"
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| AskedMail { mail: row.mail_id, recipient: row.recipient, asked: row.letter }))
}

/// Waits until nobody else counts or posts what was asked for an address, in any process, and keeps others waiting until the
/// transaction ends: two at once would both find the last place free.
pub(super) async fn line_up(connection: &mut PgConnection, recipient: &str) -> Result<(), DbError> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended('platform.mails ' || $1, 0))::text as "done?""#,
        recipient
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// How many mails that an address was asked for were posted to it of late.
pub(super) async fn posted_of_late(
    connection: &mut PgConnection,
    recipient: &str,
    kinds: &[String],
    within: Duration,
) -> Result<i64, DbError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from platform.mails
           where recipient = $1 and kind = any ($2) and state <> 'asked'
             and created_at > app.now() - make_interval(secs => $3)"#,
        recipient,
        kinds,
        within.as_secs_f64()
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

pub(super) async fn settle(connection: &mut PgConnection, mail: Uuid, kind: &str, letter: &str) -> Result<(), DbError> {
    sqlx::query!(
        "update platform.mails set state = 'waiting', kind = $2, letter = $3, due_at = app.now() where mail_id = $1",
        mail,
        kind,
        letter
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn remove(connection: &mut PgConnection, mail: Uuid) -> Result<(), DbError> {
    sqlx::query!("delete from platform.mails where mail_id = $1", mail).execute(connection).await?;
    Ok(())
}

/// Leaves one that was asked for until later.
pub(super) async fn leave(connection: &mut PgConnection, mail: Uuid, wait: Duration) -> Result<(), DbError> {
    sqlx::query!(
        "update platform.mails set due_at = app.now() + make_interval(secs => $2) where mail_id = $1",
        mail,
        wait.as_secs_f64()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes every mail to an address.
pub(super) async fn remove_to(connection: &mut PgConnection, recipient: &str) -> Result<(), DbError> {
    sqlx::query!("delete from platform.mails where recipient = $1", recipient).execute(connection).await?;
    Ok(())
}

/// Does any wait to be looked into?
pub(super) async fn any_asked(connection: &mut PgConnection) -> Result<bool, DbError> {
    let any = sqlx::query_scalar!(
        r#"select exists (select from platform.mails
                          where state = 'asked' and ended_at is null and due_at <= app.now()) as "any!""#
    )
    .fetch_one(connection)
    .await?;
    Ok(any)
}

/// A mail that is this process' for the time of a lease.
pub(super) struct Claimed {
    pub mail: Uuid,
    pub recipient: String,
    pub letter: String,
    /// Has somebody proven that the address is theirs?
    pub proven: bool,
    /// The attempt that begins; an older one's end is not written.
    pub attempt: i32,
    pub created_at: DateTime<Utc>,
}

/// Claims mails that are due, longest waiting first.
pub(super) async fn claim(
    connection: &mut PgConnection,
    most: usize,
    lease: Duration,
) -> Result<Vec<Claimed>, DbError> {
    let rows = sqlx::query!(
        r#"update platform.mails m
         set attempts = m.attempts + 1, due_at = app.now() + make_interval(secs => $2)
         from (select mail_id from platform.mails
               where state = 'waiting' and ended_at is null and due_at <= app.now()
               order by due_at limit $1 for update skip locked) due
         where m.mail_id = due.mail_id
         returning m.mail_id, m.recipient, m.letter, m.attempts, m.created_at,
             exists (select from platform.users u
                     where u.email = m.recipient and u.email_verified_at is not null) as "proven!""#,
        i64::try_from(most).unwrap_or(i64::MAX),
        lease.as_secs_f64()
    )
    .fetch_all(connection)
    .await?;
    let claimed = rows.into_iter().map(|row| Claimed {
        mail: row.mail_id,
        recipient: row.recipient,
        letter: row.letter,
        proven: row.proven,
        attempt: row.attempts,
        created_at: row.created_at,
    });
    Ok(claimed.collect())
}

/// Writes the end of an attempt; false where a later one has begun.
pub(super) async fn end(
    connection: &mut PgConnection,
    claimed: &Claimed,
    state: &str,
    reason: Option<&str>,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "update platform.mails set state = $3, ended_at = app.now(), reason = $4
         where mail_id = $1 and attempts = $2 and state = 'waiting'",
        claimed.mail,
        claimed.attempt,
        state,
        reason
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a mail off, or gives it up where it would then be older than `oldest`. Answers whether it was given up; `None` where a
/// later attempt has begun.
pub(super) async fn put_off(
    connection: &mut PgConnection,
    claimed: &Claimed,
    wait: Duration,
    oldest: Duration,
    reason: &str,
) -> Result<Option<bool>, DbError> {
    let given_up = sqlx::query_scalar!(
        r#"with last as (
               select mail_id, created_at + make_interval(secs => $4) <= app.now() + make_interval(secs => $3) as over
               from platform.mails where mail_id = $1
           )
           update platform.mails m
           set due_at = app.now() + make_interval(secs => $3), reason = $5,
               state = case when last.over then 'dead' else 'waiting' end,
               ended_at = case when last.over then app.now() end
           from last
           where m.mail_id = last.mail_id and m.attempts = $2 and m.state = 'waiting'
           returning last.over as "over!""#,
        claimed.mail,
        claimed.attempt,
        wait.as_secs_f64(),
        oldest.as_secs_f64(),
        reason
    )
    .fetch_optional(connection)
    .await?;
    Ok(given_up)
}

/// Gives up what nobody has sent in time.
pub(super) async fn give_up(connection: &mut PgConnection, oldest: Duration, reason: &str) -> Result<u64, DbError> {
    let done = sqlx::query!(
        "update platform.mails set state = 'dead', ended_at = app.now(), reason = coalesce(reason, $2)
         where ended_at is null and created_at <= app.now() - make_interval(secs => $1) and due_at <= app.now()",
        oldest.as_secs_f64(),
        reason
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Removes what is older.
pub(super) async fn remove_old(connection: &mut PgConnection, oldest: Duration) -> Result<u64, DbError> {
    let done = sqlx::query!(
        "delete from platform.mails
         where ended_at is not null and created_at <= app.now() - make_interval(secs => $1)",
        oldest.as_secs_f64()
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// A mail as it lies there.
pub(super) struct Lying {
    pub recipient: String,
    pub letter: String,
    pub proven: bool,
    pub state: String,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub reason: Option<String>,
}

/// Mails to an address, or to anybody, newest first.
pub(super) async fn lying(
    connection: &mut PgConnection,
    recipient: Option<&str>,
    most: i64,
) -> Result<Vec<Lying>, DbError> {
    let rows = sqlx::query_as!(
        Lying,
        r#"select m.recipient, m.letter, m.state, m.attempts, m.created_at, m.reason,
                  exists (select from platform.users u
                          where u.email = m.recipient and u.email_verified_at is not null) as "proven!"
           from platform.mails m
           where m.state <> 'asked' and ($1::text is null or m.recipient = $1)
           order by m.created_at desc, m.mail_id desc limit $2"#,
        recipient,
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// What there is to do, besides sending.
pub(super) struct Due {
    /// Were mails asked for?
    pub asked: bool,
    /// Organizations that have warnings which are no mails yet, longest waiting first.
    pub organizations: Vec<Uuid>,
}

pub(super) async fn due(connection: &mut PgConnection, most: i32) -> Result<Due, DbError> {
    let due = sqlx::query_as!(
        Due,
        r#"select exists (select from platform.mails
                          where state = 'asked' and ended_at is null and due_at <= app.now()) as "asked!",
                  array(select organization_id from app.due_mail($1)) as "organizations!""#,
        most
    )
    .fetch_one(connection)
    .await?;
    Ok(due)
}
