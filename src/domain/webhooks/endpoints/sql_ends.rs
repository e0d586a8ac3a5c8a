//! The worker's queries on what an attempt came to. Each names the attempt; one that has been followed by another is not
//! written.

use std::time::Duration;

use tenantry_kernel::{EndpointId, UserId, endpoint::DeliveryState};
use uuid::Uuid;

use super::{attempt::Told, sql_work::Claimed};
use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// An endpoint as the end of an attempt finds it, held until the transaction ends.
pub(super) struct Standing {
    pub enabled: bool,
    /// Has it taken nothing for as long as an endpoint is given?
    pub long_failing: bool,
    pub url: String,
    pub description: String,
}

/// Holds the endpoint, before its delivery: in two orders two ends would wait for each other. `None` where it is gone.
pub(super) async fn hold(
    tx: &mut OrgTx,
    endpoint: EndpointId,
    patience: Duration,
) -> Result<Option<Standing>, DbError> {
    let organization = Uuid::from(tx.organization());
    let standing = sqlx::query_as!(
        Standing,
        r#"select enabled, coalesce(failing_since <= app.now() - make_interval(secs => $3), false) as "long_failing!",
                  url, description
           from org.endpoints
           where organization_id = $1 and endpoint_id = $2
           for no key update"#,
        organization,
        Uuid::from(endpoint),
        patience.as_secs_f64()
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(standing)
}

/// Notes that the endpoint takes what is sent; nothing is written where that was known.
pub(super) async fn note_success(tx: &mut OrgTx, endpoint: EndpointId) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "update org.endpoints set failing_since = null
         where organization_id = $1 and endpoint_id = $2 and failing_since is not null",
        organization,
        Uuid::from(endpoint)
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Notes that the endpoint takes nothing; since when stays as it is.
pub(super) async fn note_failure(tx: &mut OrgTx, endpoint: EndpointId) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "update org.endpoints set failing_since = app.now()
         where organization_id = $1 and endpoint_id = $2 and failing_since is null",
        organization,
        Uuid::from(endpoint)
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Ends a delivery with this attempt; `false` where the attempt is not the last any more.
pub(super) async fn finish(
    tx: &mut OrgTx,
    claimed: &Claimed,
    state: DeliveryState,
    told: &Told,
) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let written = sqlx::query!(
        "with delivery as (
             update org.deliveries set state = $4, ended_at = app.now(), leased_until = null
             where organization_id = $1 and delivery_id = $2 and attempts = $3 and leased_until is not null
             returning delivery_id
         )
         insert into org.delivery_attempts
             (organization_id, delivery_id, attempt, started_at, duration_ms, http_status, answer, error)
         select $1, delivery_id, $3, app.now() - make_interval(secs => $5::integer / 1000.0), $5, $6, $7, $8 from delivery",
        organization,
        Uuid::from(claimed.delivery),
        claimed.attempt,
        state.as_str(),
        told.duration_ms(),
        told.http_status(),
        told.answer(),
        told.error()
    )
    .execute(tx.connection())
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Lets a delivery wait for its next attempt; `false` where this one is not the last any more.
pub(super) async fn put_off(tx: &mut OrgTx, claimed: &Claimed, wait: Duration, told: &Told) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let written = sqlx::query!(
        "with delivery as (
             update org.deliveries set due_at = app.now() + make_interval(secs => $4), leased_until = null
             where organization_id = $1 and delivery_id = $2 and attempts = $3 and leased_until is not null
             returning delivery_id
         )
         insert into org.delivery_attempts
             (organization_id, delivery_id, attempt, started_at, duration_ms, http_status, answer, error)
         select $1, delivery_id, $3, app.now() - make_interval(secs => $5::integer / 1000.0), $5, $6, $7, $8 from delivery",
        organization,
        Uuid::from(claimed.delivery),
        claimed.attempt,
        wait.as_secs_f64(),
        told.duration_ms(),
        told.http_status(),
        told.answer(),
        told.error()
    )
    .execute(tx.connection())
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Lets the organization be looked at when the endpoint's next delivery is due: there is room for one more now.
pub(super) async fn wake(tx: &mut OrgTx, endpoint: EndpointId) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        r#"select app.wake_deliveries($1, next.due)::text as "done?"
           from (select min(d.due_at) as due from org.deliveries d
                 where d.organization_id = $1 and d.endpoint_id = $2 and d.state = 'waiting') next
           where next.due is not null"#,
        organization,
        Uuid::from(endpoint)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(())
}

/// Who is told that an endpoint was disabled: the organization's owners; and what it is called.
pub(super) struct WhomToTell {
    pub owners: Vec<UserId>,
    pub organization: String,
}

pub(super) async fn whom_to_tell(tx: &mut OrgTx) -> Result<Option<WhomToTell>, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select o.name,
                  array(select m.user_id from directory.memberships m
                        where m.organization_id = $1 and m.owner
                        order by m.joined_at, m.member_id) as "owners!"
           from directory.organizations o where o.organization_id = $1"#,
        organization
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| WhomToTell { owners: row.owners.into_iter().map(UserId::from).collect(), organization: row.name }))
}
