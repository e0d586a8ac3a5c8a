//! What somebody leaves behind in a connection, seen by whoever borrows it next: through the server's own pool and its own
//! transactions.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::{
    Services,
    access::worker_scope,
    db::{DbError, OrgTx, OrganizationBound as _, TenantTx},
    ops::verify::{
        report::Tally,
        world::{Side, World},
    },
};

/// As many as the pool has connections: by then the one that was spoilt has come round again, or was closed.
const BORROWERS: usize = 16;

pub(super) async fn attack(services: &Services, world: &World, tally: &mut Tally) -> Result<(), DbError> {
    let (organization, tenant) = (world.first.organization.uuid(), world.first.tenant.uuid());
    let setting = format!("set app.organization_id = '{organization}'; set app.tenant_id = '{tenant}'");
    for (attack, statement, committed) in [
        ("set for the session, committed", setting.as_str(), true),
        ("set for the session, dropped in the middle", setting.as_str(), false),
        ("an error in the middle, dropped", "select 1 / 0", false),
        ("an error in the middle, committed", "select 1 / 0", true),
        ("another search path, committed", "set search_path = org, directory", true),
    ] {
        let scope = worker_scope(world.first.organization).for_tenant(world.first.tenant);
        let mut tx = TenantTx::open(&services.db, &scope).await?;
        let spoilt = backend(tx.connection()).await?;
        // The statements stand above; an error is part of the attack.
        let _spoilt = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(tx.connection()).await;
        if committed {
            let _spoilt = tx.commit().await;
        } else {
            drop(tx);
        }
        let complaint = next_borrowers(services, world, spoilt).await?;
        tally.tried("the pool of tenantry_app", attack, complaint);
    }
    Ok(())
}

/// Every next borrower, up to the one that gets the spoilt connection, sees the second alone; bound to its organization, no
/// tenant's rows at all.
async fn next_borrowers(services: &Services, world: &World, spoilt: i32) -> Result<Option<String>, DbError> {
    let second = &world.second;
    for _ in 0..BORROWERS {
        let scope = worker_scope(second.organization);
        let mut bound = TenantTx::open(&services.db, &scope.for_tenant(second.tenant)).await?;
        let (in_tenant, borrowed) = (seen(bound.connection(), second).await?, backend(bound.connection()).await?);
        bound.commit().await?;
        let mut bound = OrgTx::open(&services.db, &scope).await?;
        let (in_organization, again) = (seen(bound.connection(), second).await?, backend(bound.connection()).await?);
        bound.commit().await?;
        if (in_tenant, in_organization) != ((false, true, true), (false, true, false)) {
            return Ok(Some("the next borrower sees other rows than its own".to_owned()));
        }
        if borrowed == spoilt && again == spoilt {
            break;
        }
    }
    Ok(None)
}

/// The process of PostgreSQL's that serves the connection.
async fn backend(connection: &mut PgConnection) -> Result<i32, DbError> {
    Ok(sqlx::query_scalar("select pg_backend_pid()").fetch_one(connection).await?)
}

/// Does it see others' rows; its organization's; its tenant's?
async fn seen(connection: &mut PgConnection, own: &Side) -> Result<(bool, bool, bool), DbError> {
    let row = sqlx::query_as(
        "select exists (select from org.jobs where organization_id <> $1)
                or exists (select from tenant.tools where tenant_id <> $2),
                exists (select from org.jobs where organization_id = $1),
                exists (select from tenant.tools where tenant_id = $2)",
    );
    Ok(row.bind(own.organization.uuid()).bind(own.tenant.uuid()).fetch_one(connection).await?)
}
