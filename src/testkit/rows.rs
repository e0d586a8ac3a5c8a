//! Rows that no door makes: what a test needs to stand there, written past every policy.

use sqlx::{Connection as _, query};
use tenantry_kernel::{MemberId, OrganizationId, Role, TenantId, UserId};
use uuid::Uuid;

use crate::TestDatabase;

impl TestDatabase {
    /// Makes a person a member of an organization.
    ///
    /// # Panics
    /// When they belong to it already.
    pub async fn add_member(&self, organization: OrganizationId, user: UserId, role: Role) -> MemberId {
        let member: MemberId = self.services.new_id();
        query("insert into directory.memberships (organization_id, member_id, user_id, role) values ($1, $2, $3, $4)")
            .bind(Uuid::from(organization))
            .bind(Uuid::from(member))
            .bind(Uuid::from(user))
            .bind(role.as_str())
            .execute(&mut self.superuser().await)
            .await
            .expect("the person is no member yet");
        member
    }

    /// Opens a second workspace of an organization, with the tool `echo`.
    ///
    /// # Panics
    /// When the slug is taken.
    pub async fn add_tenant(&self, organization: OrganizationId, slug: &str) -> TenantId {
        let tenant: TenantId = self.services.new_id();
        let mut superuser = self.superuser().await;
        query("insert into directory.tenants (organization_id, tenant_id, slug, name) values ($1, $2, $3, $3)")
            .bind(Uuid::from(organization))
            .bind(Uuid::from(tenant))
            .bind(slug)
            .execute(&mut superuser)
            .await
            .expect("the slug is free");
        query("insert into tenant.tools (tenant_id, tool_id, name, kind) values ($1, $2, 'echo', 'builtin')")
            .bind(Uuid::from(tenant))
            .bind(self.services.new_id::<Uuid>())
            .execute(&mut superuser)
            .await
            .expect("the workspace is new");
        tenant
    }

    /// Suspends a workspace, or lifts its suspension.
    ///
    /// # Panics
    /// When there is no such workspace.
    pub async fn set_suspended(&self, tenant: TenantId, suspended: bool) {
        let done = query("update directory.tenants set status = $2 where tenant_id = $1")
            .bind(Uuid::from(tenant))
            .bind(if suspended { "suspended" } else { "active" })
            .execute(&mut self.superuser().await)
            .await
            .expect("the status is a status");
        assert_eq!(done.rows_affected(), 1, "there is no workspace {tenant}");
    }

    /// Sets what an organization has used of its dispatches in the calendar month.
    ///
    /// # Panics
    /// When there is no such organization.
    pub async fn set_used(&self, organization: OrganizationId, used: i64) {
        query(
            "insert into org.usage_counters (organization_id, meter, period_start, used)
             values ($1, 'dispatches', date_trunc('month', app.now() at time zone 'utc') at time zone 'utc', $2)
             on conflict (organization_id, meter, period_start) do update set used = excluded.used",
        )
        .bind(Uuid::from(organization))
        .bind(used)
        .execute(&mut self.superuser().await)
        .await
        .expect("the organization is there");
    }

    /// Lets the leases of an organization's running jobs end now, as if their workers had been lost a minute ago.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn lose_workers(&self, organization: OrganizationId) {
        let mut superuser = self.superuser().await;
        let mut tx = superuser.begin().await.expect("the database is there");
        // In the order in which everybody takes locks, since a worker may be busy meanwhile.
        for statement in [
            "select from org.gates where organization_id = $1 for update",
            "update org.slots set expires_at = app.now() - interval '1 second'
             where organization_id = $1 and expires_at is not null",
            "update directory.backlog set wake_at = app.now() where organization_id = $1",
        ] {
            query(statement).bind(Uuid::from(organization)).execute(&mut *tx).await.expect("the organization is there");
        }
        tx.commit().await.expect("the database is there");
    }
}
