//! The look-ups before a tenant is known, as the platform's role.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    KeyId, OrganizationId, Role, SessionId, TenantId, UserId,
    key::Scope,
    plan::Held,
    tenancy::{TenantStatus, UserView},
};
use uuid::Uuid;

use super::{
    caller::KnownKey,
    visitor::{Place, Principal, Visitor},
};
use crate::{
    billing::{Effective, terms},
    db::{DbError, OrgTx, OrganizationBound as _},
};

/// A live session, and where it stands.
pub(super) struct FoundSession {
    pub session: SessionId,
    pub user: UserView,
    pub last_seen_at: DateTime<Utc>,
    /// Has its person proven lately who they are?
    pub confirmed: bool,
    pub place: Option<Place>,
}

impl FoundSession {
    /// Whoever holds it, where it stands.
    pub fn visitor(self, bound_to: Option<TenantId>, by_token: bool) -> Visitor {
        let Self { user, session, confirmed, place, .. } = self;
        Visitor { principal: Principal { user, session, bound_to, confirmed, by_token }, place }
    }
}

/// One row of the look-ups; all columns are null where the session stands nowhere.
pub(super) struct SessionRow {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub user_name: String,
    pub email: String,
    pub last_seen_at: DateTime<Utc>,
    pub confirmed: bool,
    pub place: PlaceRow,
}

pub(super) struct PlaceRow {
    pub organization_id: Option<Uuid>,
    pub organization_slug: Option<String>,
    pub organization_name: Option<String>,
    pub plan_id: Option<String>,
    pub plan_version: Option<i32>,
    pub plan_anchor: Option<DateTime<Utc>>,
    pub plan_expires_at: Option<DateTime<Utc>>,
    pub tenant_id: Option<Uuid>,
    pub tenant_slug: Option<String>,
    pub tenant_name: Option<String>,
    pub tenant_status: Option<String>,
    pub member_id: Option<Uuid>,
    pub role: Option<String>,
    pub owner: Option<bool>,
    pub terms: Option<String>,
}

impl PlaceRow {
    fn place(self) -> Option<Place> {
        Some(Place {
            organization: self.organization_id?.into(),
            organization_slug: self.organization_slug?,
            organization_name: self.organization_name?,
            held: Held {
                plan: self.plan_id?,
                version: self.plan_version?,
                anchor: self.plan_anchor,
                expires_at: self.plan_expires_at,
                terms: terms(self.terms.as_deref()),
            },
            tenant: self.tenant_id?.into(),
            tenant_slug: self.tenant_slug?,
            tenant_name: self.tenant_name?,
            tenant_status: TenantStatus::from_word(&self.tenant_status?),
            member: self.member_id?.into(),
            // A word that this version does not know gives the least.
            role: self.role?.parse().unwrap_or(Role::Viewer),
            owner: self.owner?,
        })
    }
}

impl From<SessionRow> for FoundSession {
    fn from(row: SessionRow) -> Self {
        Self {
            session: row.session_id.into(),
            user: UserView { id: row.user_id.into(), name: row.user_name, email: row.email },
            last_seen_at: row.last_seen_at,
            confirmed: row.confirmed,
            place: row.place.place(),
        }
    }
}

/// Reads the columns of `app.place` off a query's record.
macro_rules! place_row {
    ($row:ident) => {
        PlaceRow {
            organization_id: $row.organization_id,
            organization_slug: $row.organization_slug,
            organization_name: $row.organization_name,
            plan_id: $row.plan_id,
            plan_version: $row.plan_version,
            plan_anchor: $row.plan_anchor,
            plan_expires_at: $row.plan_expires_at,
            tenant_id: $row.tenant_id,
            tenant_slug: $row.tenant_slug,
            tenant_name: $row.tenant_name,
            tenant_status: $row.tenant_status,
            member_id: $row.member_id,
            role: $row.role,
            owner: $row.owner,
            terms: $row.terms,
        }
    };
}

macro_rules! session_row {
    ($row:ident) => {
        SessionRow {
            session_id: $row.session_id,
            user_id: $row.user_id,
            user_name: $row.user_name,
            email: $row.email,
            last_seen_at: $row.last_seen_at,
            confirmed: $row.confirmed,
            place: place_row!($row),
        }
        .into()
    };
}

pub(super) use {place_row, session_row};

pub(super) async fn session_at(
    connection: &mut PgConnection,
    token_hash: &[u8],
    tenant: Option<TenantId>,
    slug: Option<&str>,
) -> Result<Option<FoundSession>, DbError> {
    let row = sqlx::query!(
        r#"select s.session_id as "session_id!", u.user_id, u.name as user_name, u.email,
                  s.last_seen_at as "last_seen_at!", s.authenticated_at > app.now() - interval '30 minutes' as "confirmed!",
                  p.organization_id as "organization_id?", p.organization_slug as "organization_slug?",
                  p.organization_name as "organization_name?", p.plan_id as "plan_id?",
                  p.plan_version as "plan_version?", p.plan_anchor as "plan_anchor?",
                  p.plan_expires_at as "plan_expires_at?", p.tenant_id as "tenant_id?",
                  p.tenant_slug as "tenant_slug?", p.tenant_name as "tenant_name?",
                  p.tenant_status as "tenant_status?", p.member_id as "member_id?", p.role as "role?", p.owner as "owner?",
                  app.terms_of(p.organization_id) as terms
           from platform.live_sessions s
           join platform.users u on u.user_id = s.user_id
           left join lateral app.locate(s.user_id, $2, $3, null, null) p on true
           where s.token_hash = $1 and s.host_tenant_id is null"#,
        token_hash,
        tenant.map(Uuid::from),
        slug
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| session_row!(row)))
}

pub(super) async fn session_at_current(
    connection: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<FoundSession>, DbError> {
    let row = sqlx::query!(
        r#"select s.session_id as "session_id!", u.user_id, u.name as user_name, u.email,
                  s.last_seen_at as "last_seen_at!", s.authenticated_at > app.now() - interval '30 minutes' as "confirmed!",
                  p.organization_id as "organization_id?", p.organization_slug as "organization_slug?",
                  p.organization_name as "organization_name?", p.plan_id as "plan_id?",
                  p.plan_version as "plan_version?", p.plan_anchor as "plan_anchor?",
                  p.plan_expires_at as "plan_expires_at?", p.tenant_id as "tenant_id?",
                  p.tenant_slug as "tenant_slug?", p.tenant_name as "tenant_name?",
                  p.tenant_status as "tenant_status?", p.member_id as "member_id?", p.role as "role?", p.owner as "owner?",
                  app.terms_of(p.organization_id) as terms
           from platform.live_sessions s
           join platform.users u on u.user_id = s.user_id
           left join lateral app.locate_current(s.user_id, s.current_tenant_id) p on true
           where s.token_hash = $1 and s.host_tenant_id is null"#,
        token_hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| session_row!(row)))
}

/// A live session of a tenant's host, found by the host's slug. It needs the session that it came from to live, and its
/// person to belong there still.
pub(super) async fn session_at_host(
    connection: &mut PgConnection,
    token_hash: &[u8],
    slug: &str,
) -> Result<Option<FoundSession>, DbError> {
    let row = sqlx::query!(
        r#"select s.session_id as "session_id!", u.user_id, u.name as user_name, u.email,
                  s.last_seen_at as "last_seen_at!", s.authenticated_at > app.now() - interval '30 minutes' as "confirmed!",
                  p.organization_id as "organization_id?", p.organization_slug as "organization_slug?",
                  p.organization_name as "organization_name?", p.plan_id as "plan_id?",
                  p.plan_version as "plan_version?", p.plan_anchor as "plan_anchor?",
                  p.plan_expires_at as "plan_expires_at?", p.tenant_id as "tenant_id?",
                  p.tenant_slug as "tenant_slug?", p.tenant_name as "tenant_name?",
                  p.tenant_status as "tenant_status?", p.member_id as "member_id?", p.role as "role?", p.owner as "owner?",
                  app.terms_of(p.organization_id) as terms
           from platform.live_sessions s
           join platform.users u on u.user_id = s.user_id
           join lateral app.locate(s.user_id, null, $2, null, null) p on p.tenant_id = s.host_tenant_id
           where s.token_hash = $1"#,
        token_hash,
        slug
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| session_row!(row)))
}

pub(super) async fn locate(
    connection: &mut PgConnection,
    user: UserId,
    tenant: Option<TenantId>,
    tenant_slug: Option<&str>,
    organization: Option<OrganizationId>,
    organization_slug: Option<&str>,
) -> Result<Option<Place>, DbError> {
    let row = sqlx::query!(
        r#"select organization_id as "organization_id?", organization_slug as "organization_slug?",
                  organization_name as "organization_name?", plan_id as "plan_id?", plan_version as "plan_version?",
                  plan_anchor as "plan_anchor?", plan_expires_at as "plan_expires_at?", tenant_id as "tenant_id?",
                  tenant_slug as "tenant_slug?", tenant_name as "tenant_name?", tenant_status as "tenant_status?",
                  member_id as "member_id?", role as "role?", owner as "owner?",
                  app.terms_of(organization_id) as terms
           from app.locate($1, $2, $3, $4, $5)"#,
        Uuid::from(user),
        tenant.map(Uuid::from),
        tenant_slug,
        organization.map(Uuid::from),
        organization_slug
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| place_row!(row).place()))
}

/// A key that is not revoked, and what it carries.
pub(super) struct FoundKey {
    key: KnownKeyRow,
    pub held: Held,
}

struct KnownKeyRow {
    id: KeyId,
    organization: OrganizationId,
    tenant: TenantId,
    tenant_slug: String,
    tenant_status: TenantStatus,
    scopes: Vec<Scope>,
    created_by: Option<UserId>,
    expires_at: Option<DateTime<Utc>>,
    hash: [u8; 32],
}

impl FoundKey {
    /// The same, with the plan that counts.
    pub fn known(self, effective: Effective, until: DateTime<Utc>) -> KnownKey {
        let KnownKeyRow { id, organization, tenant, tenant_slug, tenant_status, scopes, created_by, expires_at, hash } =
            self.key;
        KnownKey {
            id,
            organization,
            tenant,
            tenant_slug,
            tenant_status,
            scopes,
            created_by,
            expires_at,
            effective,
            time_zone: self.held.terms.time_zone.into(),
            until,
            hash,
        }
    }
}

pub(super) async fn find_key(connection: &mut PgConnection, key: KeyId) -> Result<Option<FoundKey>, DbError> {
    let row = sqlx::query!(
        r#"select organization_id as "organization_id!", plan_id as "plan_id!", plan_version as "plan_version!",
                  plan_anchor, plan_expires_at, tenant_id as "tenant_id!", tenant_slug as "tenant_slug!",
                  tenant_status as "tenant_status!", key_id as "key_id!", scopes as "scopes!",
                  secret_hash as "secret_hash!", expires_at, created_by,
                  app.terms_of(organization_id) as terms
           from app.find_key($1)"#,
        Uuid::from(key)
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| FoundKey {
        key: KnownKeyRow {
            id: row.key_id.into(),
            organization: row.organization_id.into(),
            tenant: row.tenant_id.into(),
            tenant_slug: row.tenant_slug,
            tenant_status: TenantStatus::from_word(&row.tenant_status),
            // A word that this version does not know gives nothing.
            scopes: row.scopes.iter().filter_map(|word| Scope::from_word(word)).collect(),
            created_by: row.created_by.map(Into::into),
            expires_at: row.expires_at,
            // A hash of another length is nobody's.
            hash: row.secret_hash.try_into().unwrap_or_default(),
        },
        held: Held {
            plan: row.plan_id,
            version: row.plan_version,
            anchor: row.plan_anchor,
            expires_at: row.plan_expires_at,
            terms: terms(row.terms.as_deref()),
        },
    }))
}

/// Is it a tenant of the transaction's organization?
pub(super) async fn is_own_tenant(tx: &mut OrgTx, id: Option<TenantId>, slug: Option<&str>) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let own = sqlx::query_scalar!(
        r#"select exists (select from directory.tenants
                          where organization_id = $1 and (tenant_id = $2 or slug = $3)) as "own!""#,
        organization,
        id.map(Uuid::from),
        slug
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(own)
}

/// What has moved since a transaction, and how far that was looked.
pub(super) struct Moved {
    /// Every transaction before this has ended.
    pub horizon: u64,
    /// The database's time.
    pub now: DateTime<Utc>,
    /// Organizations, each with the transaction that changed it last.
    pub moved: Vec<(Uuid, u64)>,
}

/// Organizations that changed in or after a transaction; without one, none of them.
pub(super) async fn revisions(connection: &mut PgConnection, since: Option<u64>) -> Result<Moved, DbError> {
    let since = since.unwrap_or(u64::MAX).to_string();
    let row = sqlx::query!(
        r#"select pg_snapshot_xmin(pg_current_snapshot())::text as "horizon!", app.now() as "now!",
                  coalesce(array_agg(r.organization_id) filter (where r.organization_id is not null), '{}')
                      as "organizations!: Vec<Uuid>",
                  coalesce(array_agg(r.changed::text) filter (where r.organization_id is not null), '{}')
                      as "changed!: Vec<String>"
           from (values (1)) once
           left join app.revisions_since($1::text::xid8) r on true"#,
        since
    )
    .fetch_one(connection)
    .await?;
    // PostgreSQL writes its own numbers.
    let number = |text: &str| text.parse().unwrap_or_default();
    let changed = row.changed.iter().map(|text| number(text));
    Ok(Moved {
        horizon: number(&row.horizon),
        now: row.now,
        moved: row.organizations.into_iter().zip(changed).collect(),
    })
}
