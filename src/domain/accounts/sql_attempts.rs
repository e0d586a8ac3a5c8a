//! What was tried of late, as the platform's role.

use sqlx::PgConnection;

use super::attempts::{Begun, Subject};
use crate::db::DbError;

fn parts(subjects: &[Subject]) -> (Vec<String>, Vec<Vec<u8>>) {
    subjects.iter().map(|subject| (subject.kind.as_str().to_owned(), subject.hash.clone())).unzip()
}

/// Begins a try for those of the subjects that need not wait, and answers them. It counts as failed.
pub(super) async fn begin(connection: &mut PgConnection, subjects: &[Subject]) -> Result<Vec<Begun>, DbError> {
    let (kinds, hashes) = parts(subjects);
    let rows = sqlx::query!(
        r#"insert into platform.attempts as a (kind, subject, failures, forgotten_at, waits_until)
         select kind, subject, 1, app.now() + interval '15 minutes', app.now() + app.wait_after(kind, 1)
         from unnest($1::text[], $2::bytea[]) t (kind, subject)
         order by kind
         on conflict (kind, subject) do update set
             failures = case when a.forgotten_at <= app.now() then 1 else a.failures + 1 end,
             waits_until = app.now()
                 + app.wait_after(a.kind, case when a.forgotten_at <= app.now() then 1 else a.failures + 1 end),
             forgotten_at = case
                 when a.forgotten_at <= app.now() then app.now() + interval '15 minutes'
                 when app.wait_after(a.kind, a.failures + 1) > interval '0'
                     then app.now() + app.wait_after(a.kind, a.failures + 1) + interval '15 minutes'
                 else a.forgotten_at
             end
         where a.waits_until <= app.now()
         returning kind, subject, waits_until"#,
        &kinds,
        &hashes
    )
    .fetch_all(connection)
    .await?;
    let begun = |subject: &Subject| {
        let row = rows.iter().find(|row| row.kind == subject.kind.as_str() && row.subject == subject.hash)?;
        Some(Begun { subject: subject.clone(), waits_until: row.waits_until })
    };
    Ok(subjects.iter().filter_map(begun).collect())
}

/// Takes a try back; the wait that it began ends with it. One from before had passed, or there would have been no try; one that
/// another try has begun meanwhile stays.
pub(super) async fn take_back(connection: &mut PgConnection, begun: &[Begun]) -> Result<(), DbError> {
    let subjects: Vec<_> = begun.iter().map(|begun| begun.subject.clone()).collect();
    let waits: Vec<_> = begun.iter().map(|begun| begun.waits_until).collect();
    let (kinds, hashes) = parts(&subjects);
    sqlx::query!(
        "update platform.attempts a
         set failures = greatest(a.failures - 1, 0),
             waits_until = case when a.waits_until <= t.until then '-infinity' else a.waits_until end
         from unnest($1::text[], $2::bytea[], $3::timestamptz[]) t (kind, subject, until)
         where a.kind = t.kind and a.subject = t.subject",
        &kinds,
        &hashes,
        &waits
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn forget(connection: &mut PgConnection, subject: &Subject) -> Result<(), DbError> {
    sqlx::query!("delete from platform.attempts where kind = $1 and subject = $2", subject.kind.as_str(), subject.hash)
        .execute(connection)
        .await?;
    Ok(())
}

/// How long a subject still waits, in seconds.
pub(super) async fn wait(connection: &mut PgConnection, subject: &Subject) -> Result<f64, DbError> {
    let seconds = sqlx::query_scalar!(
        r#"select extract(epoch from waits_until - app.now())::float8 as "seconds!"
           from platform.attempts where kind = $1 and subject = $2 and waits_until > app.now()"#,
        subject.kind.as_str(),
        subject.hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(seconds.unwrap_or_default())
}

/// Takes one from a bucket that gives one each so many seconds and needs `whole` to fill; where it is empty, the answer is the
/// wait in seconds.
pub(super) async fn take(
    connection: &mut PgConnection,
    subject: &Subject,
    each: f64,
    whole: f64,
) -> Result<Option<f64>, DbError> {
    let taken = sqlx::query!(
        "insert into platform.attempts as a (kind, subject, forgotten_at)
         values ($1, $2, app.now() + make_interval(secs => $3))
         on conflict (kind, subject) do update
             set forgotten_at = greatest(a.forgotten_at, app.now()) + make_interval(secs => $3)
         where a.forgotten_at + make_interval(secs => $3) <= app.now() + make_interval(secs => $4)",
        subject.kind.as_str(),
        subject.hash,
        each,
        whole
    )
    .execute(&mut *connection)
    .await?;
    if taken.rows_affected() > 0 {
        return Ok(None);
    }
    let wait = sqlx::query_scalar!(
        r#"select extract(epoch from forgotten_at - app.now())::float8 + $3::float8 - $4::float8 as "seconds!"
           from platform.attempts where kind = $1 and subject = $2"#,
        subject.kind.as_str(),
        subject.hash,
        each,
        whole
    )
    .fetch_optional(connection)
    .await?;
    Ok(Some(wait.unwrap_or_default()))
}

/// Removes what is forgotten.
pub(super) async fn sweep(connection: &mut PgConnection) -> Result<(), DbError> {
    sqlx::query!("delete from platform.attempts where forgotten_at <= app.now()").execute(connection).await?;
    Ok(())
}
