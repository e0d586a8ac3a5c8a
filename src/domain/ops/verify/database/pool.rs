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

/// More than the pool has connections, so that the one that was spoilt comes round again.
const BORROWERS: usize = 40;

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
        // An error is part of the attack.
        let _spoilt = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(tx.connection()).await;
        if committed {
            let _spoilt = tx.commit().await;
        } else {
            drop(tx);
        }
        let complaint = next_borrowers(services, world).await?;
        tally.tried("the pool of tenantry_app", attack, complaint);
    }
    Ok(())
}

/// Every next borrower sees the second alone; bound to its organization, no tenant's rows at all.
async fn next_borrowers(services: &Services, world: &World) -> Result<Option<String>, DbError> {
    let second = &world.second;
    for _ in 0..BORROWERS {
        let scope = worker_scope(second.organization);
        let mut tx = TenantTx::open(&services.db, &scope.for_tenant(second.tenant)).await?;
        let seen = seen(tx.connection(), second).await?;
        tx.commit().await?;
        if seen != (false, true, true) {
            return Ok(Some("the next borrower sees other rows than its own".to_owned()));
        }
        let mut tx = OrgTx::open(&services.db, &scope).await?;
        let seen = self::seen(tx.connection(), second).await?;
        tx.commit().await?;
        if seen != (false, true, false) {
            return Ok(Some("the next borrower, without a tenant, sees other rows than its organization's".to_owned()));
        }
    }
    Ok(None)
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
