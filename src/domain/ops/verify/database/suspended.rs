//! A suspended tenant is closed in the database too, also to its own people. The suspension is part of the attack's own
//! transaction, so nothing of it lasts.

use super::{
    Target,
    attacker::{Attacker, Bound},
    writing::{fresh, insert, not_allowed},
};
use crate::{
    db::{Connections, DbError},
    ops::verify::{report::Tally, world::World},
};

pub(super) async fn attack(
    connections: &Connections,
    world: &World,
    targets: &[Target],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut attacker = Attacker::enter(&connections.app).await?;
    let second = world.second.organization.uuid();
    let suspending = format!("update directory.tenants set status = 'suspended' where organization_id = '{second}'; ");
    let bound = Bound::to(&world.second);
    for Target { table, own, .. } in targets.iter().filter(|target| target.table.of_tenant()) {
        let reading = format!("{suspending} select count(*) from {}", table.name);
        let outcome = attacker.tries(&bound, &reading).await?;
        let complaint = (outcome.value() != Some("0")).then(|| "shows rows while it is suspended".to_owned());
        tally.tried(&table.name, "reading while suspended", complaint);
        let making = format!("{suspending}{}", insert(table, &fresh(table, own.clone())));
        let outcome = attacker.tries(&bound, &making).await?;
        tally.tried(&table.name, "making a row while suspended", not_allowed(&outcome));
    }
    attacker.leaves().await
}
