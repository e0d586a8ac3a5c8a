//! Records of bandwidth. The sums move with them, in the database.

use tenantry_kernel::metering::BANDWIDTH_BYTES;
use uuid::Uuid;

use super::bandwidth::Weighed;
use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// Records what callers have moved. A workspace that is gone meanwhile is charged for nothing.
pub(super) async fn write(tx: &mut OrgTx, weighed: &[Weighed]) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    let tenants: Vec<Uuid> = weighed.iter().map(|one| one.tenant.into()).collect();
    let users: Vec<Option<Uuid>> = weighed.iter().map(|one| one.user.map(Uuid::from)).collect();
    let keys: Vec<Option<Uuid>> = weighed.iter().map(|one| one.key.map(Uuid::from)).collect();
    let bytes: Vec<i64> = weighed.iter().map(|one| i64::try_from(one.bytes).unwrap_or(i64::MAX)).collect();
    sqlx::query!(
        "insert into org.usage_events (organization_id, event_id, tenant_id, meter, quantity, user_id, key_id)
         select $1, gen_random_uuid(), n.tenant_id, $2, n.bytes, n.user_id, n.key_id
         from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[]) n (tenant_id, user_id, key_id, bytes)
         join directory.tenants t on t.organization_id = $1 and t.tenant_id = n.tenant_id",
        organization,
        BANDWIDTH_BYTES,
        &tenants,
        &users as &[Option<Uuid>],
        &keys as &[Option<Uuid>],
        &bytes
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
