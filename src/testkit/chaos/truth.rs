//! The truth, as it stands in the database: what must hold at every moment, and what must hold when all is over.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Kind, Stage, ledger::Ledger};

/// How often limits are looked at while it goes on.
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// How long jobs may take to end when nobody disturbs them any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// Slots and running jobs of an organization that has more of them than its plan.
const OVER_THE_LIMIT: &str = "
    select format('%s has %s slots and %s running jobs of %s', o.slug, taken.slots, taken.running, p.concurrent)
    from directory.organizations o
    join platform.plans p on p.plan_id = o.plan_id and p.version = o.plan_version
    cross join lateral (
        select (select count(*) from org.slots s where s.organization_id = o.organization_id) as slots,
               (select count(*) from org.jobs j
                where j.organization_id = o.organization_id and j.status = 'running') as running) taken
    where taken.slots > p.concurrent or taken.running > p.concurrent";

/// Each returns a line for whatever breaks it.
const AT_THE_END: [(Kind, &str); 6] = [
    (
        Kind::Sums,
        "select format('%s: %s', o.slug, sums)
         from directory.organizations o
         cross join lateral (select array[
             (select count(*) from org.jobs j where j.organization_id = o.organization_id),
             (select position from org.gates g where g.organization_id = o.organization_id),
             (select coalesce(sum(quantity), 0) from org.usage_events e
              where e.organization_id = o.organization_id and e.meter = 'dispatches'),
             (select count(distinct job_id) from org.usage_events e
              where e.organization_id = o.organization_id and e.meter = 'dispatches'),
             (select coalesce(sum(used), 0) from org.usage_counters c
              where c.organization_id = o.organization_id and c.meter = 'dispatches'),
             (select coalesce(sum(dispatches), 0) from org.usage_by_tool t where t.organization_id = o.organization_id),
             (select coalesce(sum(dispatches), 0) from org.usage_by_day d where d.organization_id = o.organization_id),
             (select count(*) from tenant.job_payloads p
              join directory.tenants t on t.tenant_id = p.tenant_id
              where t.organization_id = o.organization_id)] as sums) s
         where sums <> array_fill(sums[1], array[8])",
    ),
    (
        Kind::Limit,
        "select format('%s has used %s of %s', o.slug, c.used, p.dispatches)
         from org.usage_counters c
         join directory.organizations o using (organization_id)
         join platform.plans p on p.plan_id = o.plan_id and p.version = o.plan_version
         where c.meter = 'dispatches' and c.used > p.dispatches",
    ),
    (
        Kind::TwoEffects,
        "select format('%s has %s jobs', payload::json ->> 'key', count(*))
         from tenant.job_payloads group by payload::json ->> 'key' having count(*) > 1",
    ),
    (
        Kind::Row,
        "select format('job %s of %s: %s, payload %s, result %s', j.job_id, j.tenant_id, j.action, p.payload, p.result)
         from org.jobs j
         join tenant.job_payloads p on p.job_id = j.job_id
         where p.tenant_id <> j.tenant_id or p.payload::json ->> 'canary' is distinct from j.action
            or p.result::json ->> 'canary' is distinct from j.action and p.result is not null",
    ),
    (
        Kind::Row,
        "select format('two words in workspace %s', tenant_id) from org.jobs group by tenant_id having count(distinct action) > 1",
    ),
    (
        Kind::Promise,
        "select format('job %s: %s after %s attempts, result %s', j.job_id, j.status, j.attempts, p.result)
         from org.jobs j
         join tenant.job_payloads p on p.tenant_id = j.tenant_id and p.job_id = j.job_id
         where case j.status when 'succeeded' then p.result is null when 'canceled' then false
                             when 'failed' then j.attempts < 3 else true end
            or exists (select from org.slots s where s.organization_id = j.organization_id and s.job_id = j.job_id)",
    ),
];

/// Looks at the limits until it is told to stop.
pub(super) async fn watch_limits(stage: &Stage, ledger: &Ledger, stop: CancellationToken) {
    let mut superuser = stage.database.superuser().await;
    while !stop.is_cancelled() {
        for line in lines(&mut superuser, OVER_THE_LIMIT).await {
            ledger.find(Kind::Limit, line);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Lets the jobs of killed workers go on, and waits until all have ended.
pub(super) async fn settle(stage: &Stage, ledger: &Ledger) {
    for organization in &stage.organizations {
        stage.database.lose_workers(organization.id).await;
    }
    let mut superuser = stage.database.superuser().await;
    let settled = async {
        while count(&mut superuser, "select count(*) from org.jobs where status in ('queued', 'running')").await > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    if timeout(PATIENCE, settled).await.is_err() {
        ledger.find(Kind::Promise, "jobs do not end although nobody disturbs them any more".to_owned());
    }
}

/// Compares what was promised with what there is.
pub(super) async fn audit(stage: &Stage, ledger: &Ledger) {
    let mut superuser = stage.database.superuser().await;
    for (kind, query) in AT_THE_END {
        for line in lines(&mut superuser, query).await {
            ledger.find(kind, line);
        }
    }
    for promise in ledger.promises() {
        let job = promise.job.parse::<tenantry_kernel::JobId>().map(Uuid::from).unwrap_or_default();
        let kept: i64 = sqlx::query_scalar(
            "select count(*) from org.jobs j
             join tenant.job_payloads p on p.tenant_id = j.tenant_id and p.job_id = j.job_id
             where j.job_id = $1 and j.organization_id = $2 and j.tenant_id = $3
               and p.payload::json ->> 'key' = $4 and p.payload::json ->> 'canary' = $5",
        )
        .bind(job)
        .bind(stage.organizations[promise.place.organization].id.uuid())
        .bind(stage.workspace(promise.place).id.uuid())
        .bind(&promise.key)
        .bind(&stage.workspace(promise.place).canary)
        .fetch_one(&mut superuser)
        .await
        .expect("the database is there");
        if kept != 1 {
            ledger.find(Kind::Promise, format!("{promise:?} is there {kept} times"));
        }
    }
}

async fn lines(superuser: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(superuser).await.expect("the database is there")
}

async fn count(superuser: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(superuser).await.expect("the database is there")
}
