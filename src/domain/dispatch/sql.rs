//! Admission's queries: what a decision reads under the lock.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tenantry_kernel::{plan::Held, usage::DISPATCHES};
use uuid::Uuid;

use super::rules::{Tool, ToolRef};
use crate::{
    billing::terms,
    db::{DbError, OrganizationBound, TenantTx},
};

/// What a decision needs to know of an organization.
pub(super) struct Gate {
    pub held: Held,
    /// The database's time.
    pub now: DateTime<Utc>,
    /// Leases that live.
    pub live: u64,
    /// Leases that have ended, whose jobs must wait again.
    pub lost: u64,
    /// The distance from the first to the last job that waits: no more of them do, since no two have one position.
    pub span: u64,
    counters: Vec<(DateTime<Utc>, u64)>,
}

impl Gate {
    /// Dispatches of the period that starts then.
    pub fn used(&self, period_start: DateTime<Utc>) -> u64 {
        self.counters.iter().find(|(start, _)| *start == period_start).map_or(0, |(_, used)| *used)
    }
}

/// Takes the organization's lock. What is read before it may be old by the time it is given.
pub(super) async fn lock_gate(tx: &mut impl OrganizationBound) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("select position from org.gates where organization_id = $1 for update", organization)
        .fetch_one(tx.connection())
        .await?;
    Ok(())
}

/// Takes the organization's lock where that is free now, or becomes free within the time; `false` where it does not: then
/// the transaction is over.
pub(super) async fn try_lock_gate(tx: &mut impl OrganizationBound, patience: Duration) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let free =
        sqlx::query!("select position from org.gates where organization_id = $1 for update skip locked", organization)
            .fetch_optional(tx.connection())
            .await?;
    if free.is_some() {
        return Ok(true);
    }
    // In line with the others: where one dispatch follows the other, the lock is never found free.
    let patience = format!("{}ms", patience.as_millis());
    sqlx::query_scalar!("select set_config('lock_timeout', $1, true)", patience).fetch_one(tx.connection()).await?;
    match lock_gate(tx).await {
        Err(DbError::Away(error)) if is_lock_timeout(&error) => return Ok(false),
        locked => locked?,
    }
    sqlx::query!("set local lock_timeout to default").execute(tx.connection()).await?;
    Ok(true)
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|database| database.code()).is_some_and(|code| code == "55P03")
}

/// Plan, time, slots, the queue's ends and the counters of the periods that now can belong to.
pub(super) async fn read_gate(tx: &mut impl OrganizationBound) -> Result<Gate, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at, app.now() as "now!",
                  app.terms($1) as terms, slots.live as "live!", slots.taken - slots.live as "lost!",
                  (select j.position from org.jobs j where j.organization_id = $1 and j.status = 'queued'
                   order by j.position limit 1) as first_position,
                  (select j.position from org.jobs j where j.organization_id = $1 and j.status = 'queued'
                   order by j.position desc limit 1) as last_position,
                  array(select c.period_start from org.usage_counters c
                        where c.organization_id = $1 and c.meter = $2 and c.period_start > app.now() - interval '63 days'
                        order by c.period_start) as "starts!: Vec<DateTime<Utc>>",
                  array(select c.used from org.usage_counters c
                        where c.organization_id = $1 and c.meter = $2 and c.period_start > app.now() - interval '63 days'
                        order by c.period_start) as "used!: Vec<i64>"
           from directory.organizations o,
                (select count(*) as taken, count(*) filter (where s.expires_at is null or s.expires_at > app.now()) as live
                 from org.slots s where s.organization_id = $1) slots
           where o.organization_id = $1"#,
        organization,
        DISPATCHES
    )
    .fetch_one(tx.connection())
    .await?;
    let span = row.first_position.zip(row.last_position).map_or(0, |(first, last)| last - first + 1);
    Ok(Gate {
        held: Held {
            plan: row.plan_id,
            version: row.plan_version,
            anchor: row.plan_anchor,
            expires_at: row.plan_expires_at,
            terms: terms(row.terms.as_deref()),
        },
        now: row.now,
        live: count(row.live),
        lost: count(row.lost),
        span: count(span),
        counters: row.starts.into_iter().zip(row.used.into_iter().map(count)).collect(),
    })
}

/// How many jobs wait for a slot, counted up to `most`.
pub(super) async fn waiting(tx: &mut impl OrganizationBound, most: u64) -> Result<u64, DbError> {
    let organization = Uuid::from(tx.organization());
    let waiting = sqlx::query_scalar!(
        r#"select count(*) as "waiting!" from (
               select from org.jobs j
               where j.organization_id = $1 and j.status = 'queued'
                 and not exists (select from org.slots s where s.organization_id = $1 and s.job_id = j.job_id)
               limit $2) queue"#,
        organization,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(count(waiting))
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// The tools that are named; those that are not there are not among them.
pub(super) async fn find_tools(tx: &mut TenantTx, tools: &[&ToolRef]) -> Result<Vec<Tool>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for tool in tools {
        match tool {
            ToolRef::Id(id) => ids.push(Uuid::from(*id)),
            ToolRef::Name(name) => names.push(name.as_str()),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    names.sort_unstable();
    names.dedup();
    let rows = sqlx::query!(
        "select tool_id, name, feature from tenant.tools
         where tenant_id = $1 and (tool_id = any($2::uuid[]) or name = any($3::text[]))",
        tenant,
        &ids,
        &names as &[&str]
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| Tool { id: row.tool_id.into(), name: row.name, feature: row.feature }).collect())
}
