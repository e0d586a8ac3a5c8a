//! Looking at jobs, and ending one.

use tenantry_kernel::{
    FieldError, JobId,
    dispatch::{JobHead, JobStatus, JobView},
    page::{Limit, Page},
};

use super::{error::DispatchError, sql, sql_jobs};
use crate::{
    Services,
    access::{
        TenantScope,
        permit::{DispatchRun, JobRead},
    },
    db::TenantTx,
};

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
    let before = cursor.map(str::parse::<JobId>).transpose().map_err(|_| {
        let error = FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged.");
        DispatchError::Invalid(vec![error])
    })?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let heads = sql_jobs::jobs(&mut tx, before, limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(heads, limit, |head| head.id.to_string()))
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
