//! The two queries of a look: which sessions live, and what could have changed of an organization and of those who listen.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    MemberId, OrganizationId, Role, SessionId, TenantId, UserId,
    dispatch::JobStatus,
    live::JobChange,
    plan::Held,
    tenancy::{TenantStatus, TenantView},
};
use uuid::Uuid;

use super::ear::Who;
use crate::{
    access::Place,
    billing::terms,
    db::{DbError, OrgTx, OrganizationBound as _},
};

/// Changed jobs that a look reads; one more says that there are others.
pub(super) const MOST_JOBS: usize = 100;

/// What is asked: for whom, and which jobs are news.
pub(super) struct Asked {
    /// Who listened when it was asked, by their numbers.
    pub ears: Vec<(u64, Who)>,
    /// Jobs that changed in or after this transaction; `None` asks for no jobs.
    pub since: Option<u64>,
}

/// How things stand at one moment.
pub(super) struct Found {
    /// The database's time.
    pub now: DateTime<Utc>,
    /// Every transaction before this had ended.
    pub horizon: u64,
    pub slug: String,
    pub name: String,
    pub held: Held,
    /// Those of the people who belong to the organization.
    pub members: HashMap<UserId, FoundMember>,
    /// Those of the tenants that there are.
    pub tenants: HashMap<TenantId, TenantView>,
    /// A text that is another when anything that is counted is.
    pub counted: String,
    /// The newest change first, each with its transaction; [`MOST_JOBS`] and one more at most.
    pub jobs: Vec<(JobChange, u64)>,
}

/// What somebody is in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoundMember {
    pub member: MemberId,
    pub role: Role,
    pub owner: bool,
}

impl Found {
    /// Where somebody stands.
    pub fn place(&self, organization: OrganizationId, member: FoundMember, tenant: TenantView) -> Place {
        Place {
            organization,
            organization_slug: self.slug.clone(),
            organization_name: self.name.clone(),
            held: self.held.clone(),
            tenant: tenant.id,
            tenant_slug: tenant.slug,
            tenant_name: tenant.name,
            tenant_status: tenant.status,
            member: member.member,
            role: member.role,
            owner: member.owner,
        }
    }
}

/// Those of the sessions that live; one of a tenant's host needs the one that it came from.
pub(super) async fn sessions_that_live(
    connection: &mut PgConnection,
    ears: &[(u64, Who)],
) -> Result<HashSet<SessionId>, DbError> {
    let sessions: Vec<Uuid> = ears.iter().map(|(_, who)| who.session.into()).collect();
    let live = sqlx::query_scalar!(
        r#"select session_id as "session_id!" from platform.live_sessions where session_id = any($1::uuid[])"#,
        &sessions
    )
    .fetch_all(connection)
    .await?;
    Ok(live.into_iter().map(Into::into).collect())
}

/// Looks, in one round trip. `None`: the organization is gone.
pub(super) async fn look(tx: &mut OrgTx, asked: &Asked) -> Result<Option<Found>, DbError> {
    let organization = Uuid::from(tx.organization());
    let of = |part: fn(&Who) -> Uuid| asked.ears.iter().map(|(_, who)| part(who)).collect::<Vec<_>>();
    // No transaction is after the last of all numbers.
    let since = asked.since.unwrap_or(u64::MAX).to_string();
    let row = sqlx::query!(
        r#"select app.now() as "now!", pg_snapshot_xmin(pg_current_snapshot())::text as "horizon!",
                  o.slug, o.name, o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at,
                  app.terms(o.organization_id) as terms,
                  m.users as "users!: Vec<Uuid>", m.members as "members!: Vec<Uuid>", m.roles as "roles!: Vec<String>",
                  m.owners as "owners!: Vec<bool>",
                  t.ids as "tenants!: Vec<Uuid>", t.slugs as "tenant_slugs!: Vec<String>",
                  t.names as "tenant_names!: Vec<String>", t.statuses as "tenant_statuses!: Vec<String>",
                  j.ids as "jobs!: Vec<Uuid>", j.tenants as "job_tenants!: Vec<Uuid>", j.tools as "tools!: Vec<String>",
                  j.actions as "actions!: Vec<String>", j.statuses as "statuses!: Vec<String>",
                  j.changes as "changes!: Vec<String>",
                  concat_ws(' ', c.counters, w.warnings,
                      (select count(*) from org.slots s
                       where s.organization_id = $1 and (s.expires_at is null or s.expires_at > app.now()))) as "counted!"
           from directory.organizations o
           cross join lateral (
               select coalesce(array_agg(m.user_id order by m.member_id), '{}') as users,
                      coalesce(array_agg(m.member_id order by m.member_id), '{}') as members,
                      coalesce(array_agg(m.role order by m.member_id), '{}') as roles,
                      coalesce(array_agg(m.owner order by m.member_id), '{}') as owners
               from directory.memberships m
               where m.organization_id = $1 and m.user_id = any($2::uuid[])
           ) m
           cross join lateral (
               select coalesce(array_agg(t.tenant_id order by t.tenant_id), '{}') as ids,
                      coalesce(array_agg(t.slug order by t.tenant_id), '{}') as slugs,
                      coalesce(array_agg(t.name order by t.tenant_id), '{}') as names,
                      coalesce(array_agg(t.status order by t.tenant_id), '{}') as statuses
               from directory.tenants t
               where t.organization_id = $1 and t.tenant_id = any($3::uuid[])
           ) t
           cross join lateral (
               select coalesce(array_agg(j.job_id order by j.changed desc, j.job_id desc), '{}') as ids,
                      coalesce(array_agg(j.tenant_id order by j.changed desc, j.job_id desc), '{}') as tenants,
                      coalesce(array_agg(j.tool order by j.changed desc, j.job_id desc), '{}') as tools,
                      coalesce(array_agg(j.action order by j.changed desc, j.job_id desc), '{}') as actions,
                      coalesce(array_agg(j.status order by j.changed desc, j.job_id desc), '{}') as statuses,
                      coalesce(array_agg(j.changed::text order by j.changed desc, j.job_id desc), '{}') as changes
               from (select job_id, tenant_id, tool, action, status, changed from org.jobs
                     where organization_id = $1 and changed >= $4::text::xid8
                     order by changed desc, job_id desc
                     limit $5) j
           ) j
           cross join lateral (
               -- Longer than a month: the counters of whatever period counts now, and levels, which begin with time itself.
               select string_agg(concat_ws(' ', c.meter, c.period_start, c.used, c.overage), ' '
                                 order by c.meter, c.period_start) as counters
               from org.usage_counters c
               where c.organization_id = $1
                 and (c.period_start > app.now() - interval '32 days' or c.meter = 'storage_bytes')
           ) c
           cross join lateral (
               select concat_ws(' ', count(*), max(w.warned_at)) as warnings from org.usage_warnings w
               where w.organization_id = $1 and w.period_start > app.now() - interval '32 days'
           ) w
           where o.organization_id = $1"#,
        organization,
        &of(|who| who.user.into()),
        &of(|who| who.tenant.into()),
        since,
        i64::try_from(MOST_JOBS + 1).unwrap_or(i64::MAX)
    )
    .fetch_optional(tx.connection())
    .await?;
    let Some(row) = row else { return Ok(None) };
    // PostgreSQL writes its own numbers.
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    let member = |((member, role), owner): ((Uuid, &String), bool)| FoundMember {
        member: member.into(),
        // A word that this version does not know gives the least.
        role: role.parse().unwrap_or(Role::Viewer),
        owner,
    };
    let members = row.members.iter().copied().zip(&row.roles).zip(row.owners.iter().copied()).map(member);
    let texts = row.tenant_slugs.into_iter().zip(row.tenant_names).zip(&row.tenant_statuses);
    let tenant = |(id, ((slug, name), status)): (Uuid, ((String, String), &String))| {
        (id.into(), TenantView { id: id.into(), name, slug, status: TenantStatus::from_word(status) })
    };
    let job = |at: usize| {
        let change = JobChange {
            id: (*row.jobs.get(at)?).into(),
            tenant: (*row.job_tenants.get(at)?).into(),
            tool: row.tools.get(at)?.clone(),
            action: row.actions.get(at)?.clone(),
            // The table's check knows the same words.
            status: JobStatus::from_word(row.statuses.get(at)?).unwrap_or(JobStatus::Failed),
        };
        Some((change, number(row.changes.get(at)?)))
    };
    let jobs = (0..row.jobs.len()).filter_map(job).collect();
    Ok(Some(Found {
        now: row.now,
        horizon: number(&row.horizon),
        slug: row.slug,
        name: row.name,
        held: Held {
            plan: row.plan_id,
            version: row.plan_version,
            anchor: row.plan_anchor,
            expires_at: row.plan_expires_at,
            terms: terms(row.terms.as_deref()),
        },
        members: row.users.iter().map(|user| (*user).into()).zip(members).collect(),
        tenants: row.tenants.iter().copied().zip(texts).map(tenant).collect(),
        counted: row.counted,
        jobs,
    }))
}
