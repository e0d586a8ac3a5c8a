//! The other roles: the owner is filtered too, the platform's role reaches no tenant's row, and the role of the look-ups
//! sees the directory and nothing else.

use super::{
    Target,
    attacker::{Attacker, Bound, Outcome},
};
use crate::{
    db::{Connections, DbError, roles},
    ops::verify::{report::Tally, world::World},
};

pub(super) async fn attack(
    connections: &Connections,
    world: &World,
    targets: &[Target],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let owner = connections.migrator.clone().options([("role", roles::OWNER)]);
    let mut owner = Attacker::enter(&owner).await?;
    let mut platform = Attacker::enter(&connections.platform).await?;
    for Target { table, .. } in targets {
        let all = format!("select from {}", table.name);
        let outcome = owner.tries(&Bound::to(&world.first), &all).await?;
        let complaint = (!outcome.is_nothing()).then(|| format!("{} instead of none", outcome.words()));
        tally.tried(&table.name, "reading as the owner, whose functions would", complaint);
        look_ups(&mut owner, table.schema == "directory", &table.name, tally).await?;
        for statement in [all.clone(), format!("delete from {}", table.name)] {
            let outcome = platform.tries(&Bound::to(&world.first), &statement).await?;
            tally.tried(&table.name, &format!("{statement} as {}", roles::PLATFORM), refused(&outcome));
        }
    }
    for role in [roles::OWNER, roles::DIRECTORY, roles::APP, roles::MIGRATOR] {
        let outcome = platform.tries(&Bound::Nothing, &format!("set role {role}")).await?;
        tally.tried(roles::PLATFORM, &format!("set role {role}"), refused(&outcome));
    }
    for statement in
        ["create temporary table t ()", "create table public.t ()", "update platform.plans set dispatches = 1"]
    {
        let outcome = platform.tries(&Bound::Nothing, statement).await?;
        tally.tried(roles::PLATFORM, statement, refused(&outcome));
    }
    owner.leaves().await?;
    platform.leaves().await
}

/// The role of the look-ups reads every organization in the directory, or nobody would find theirs; elsewhere nothing.
async fn look_ups(owner: &mut Attacker, directory: bool, table: &str, tally: &mut Tally) -> Result<(), DbError> {
    let reading = format!("set local role {}; select count(*) > 1 from {table}", roles::DIRECTORY);
    let outcome = owner.tries(&Bound::Nothing, &reading).await?;
    let complaint = match (directory, outcome.value()) {
        (true, Some("t")) | (false, None) => None,
        (true, None) if outcome.is_not_allowed() => None,
        (true, _) => Some("shows the look-ups nothing, so nobody finds their organization".to_owned()),
        (false, Some(_)) => Some("shows the look-ups more than the directory".to_owned()),
    };
    tally.tried(table, "reading as the role of the look-ups", complaint);
    Ok(())
}

fn refused(outcome: &Outcome) -> Option<String> {
    matches!(outcome, Outcome::Done { .. }).then(|| format!("{} instead of refused", outcome.words()))
}
