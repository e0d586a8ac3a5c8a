//! Looking at jobs, and ending one.

use chrono::{DateTime, TimeDelta, Utc};
use tenantry_kernel::{
    FieldError, JobId,
    dispatch::{JobCounts, JobHead, JobStatus, JobView},
    page::{Limit, Page},
};
use uuid::Uuid;

use super::{error::DispatchError, sql, sql_jobs};
use crate::{
    Services,
    access::{
        TenantScope,
        permit::{DispatchRun, JobRead},
    },
    db::TenantTx,
};

/// Through how many of the newest jobs those of a status are looked for.
pub(super) const LOOKED_THROUGH: u32 = 10_000;

/// For how long a failed job is counted.
const LATELY: TimeDelta = TimeDelta::hours(24);

/// A page of the tenant's jobs, newest first.
///
/// # Errors
/// A cursor that is none; the database.
pub async fn jobs(
    services: &Services,
    scope: &TenantScope<JobRead>,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<JobHead>, DispatchError> {
    let before = parse_cursor(cursor)?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let heads = sql_jobs::jobs(&mut tx, before, limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(heads, limit, |head| head.id.to_string()))
}

/// A page of those that have a status, newest first. Each page looks through the next 10,000 jobs and no further, so that a
/// status that is rare costs no more than one that is not.
///
/// # Errors
/// A cursor that is none; the database.
pub async fn jobs_with(
    services: &Services,
    scope: &TenantScope<JobRead>,
    status: JobStatus,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<JobHead>, DispatchError> {
    let before = parse_cursor(cursor)?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let heads = sql_jobs::jobs_with(&mut tx, status, before, limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(heads, limit, |head| head.id.to_string()))
}

/// How many of the tenant's jobs run, wait, and have failed lately.
///
/// # Errors
/// When the database is away.
pub async fn count_jobs(services: &Services, scope: &TenantScope<JobRead>) -> Result<JobCounts, DispatchError> {
    let since = first_id_at(services.clock.now() - LATELY);
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let counts = sql_jobs::count(&mut tx, since).await?;
    tx.commit().await?;
    Ok(counts)
}

/// The least id that a job may have that is accepted at a moment: ids begin with the milliseconds (UUIDv7, RFC 9562).
fn first_id_at(moment: DateTime<Utc>) -> JobId {
    let milliseconds = u128::try_from(moment.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(milliseconds << 80).into()
}

fn parse_cursor(cursor: Option<&str>) -> Result<Option<JobId>, DispatchError> {
    cursor.map(str::parse::<JobId>).transpose().map_err(|_| {
        let error = FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged.");
        DispatchError::Invalid(vec![error])
    })
}

/// A job with what went in and came out.
///
/// # Errors
/// [`DispatchError::NotFound`]; the database.
pub async fn job(services: &Services, scope: &TenantScope<JobRead>, job: JobId) -> Result<JobView, DispatchError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let view = sql_jobs::job(&mut tx, job).await?;
    tx.commit().await?;
    view.ok_or(DispatchError::NotFound)
}

/// Ends a job that has not ended; what a run of it still brings is not written. Canceling twice is canceling once.
///
/// # Errors
/// [`DispatchError::NotFound`], [`DispatchError::Over`] for one that has a result or has failed; the database.
pub async fn cancel(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    job: JobId,
) -> Result<JobView, DispatchError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    sql::lock_gate(&mut tx).await?;
    match sql_jobs::cancel(&mut tx, job).await? {
        None => return Err(DispatchError::NotFound),
        Some(JobStatus::Succeeded | JobStatus::Failed) => return Err(DispatchError::Over),
        Some(JobStatus::Queued | JobStatus::Running | JobStatus::Canceled) => {}
    }
    let view = sql_jobs::job(&mut tx, job).await?;
    tx.commit().await?;
    services.floor.runs.stop(job);
    services.floor.announce(scope.organization());
    view.ok_or(DispatchError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_later_moment_are_greater() {
        let at: DateTime<Utc> = "2026-11-22T12:00:00.007Z".parse().expect("a moment");
        let (first, next) = (first_id_at(at).uuid(), first_id_at(at + TimeDelta::milliseconds(1)).uuid());
        let made = Uuid::parse_str("019aab5b-a007-7abc-8def-0123456789ab").expect("an id");
        let own = first_id_at(DateTime::from_timestamp_millis(0x019a_ab5b_a007).expect("a moment")).uuid();
        assert!(first < next && own < made && made < first_id_at(at + TimeDelta::days(365)).uuid());
    }
}
