//! Attacks on the database, by kind. Each has its expected outcome; another one is a finding.

mod attacker;
mod functions;
mod oracles;
mod owners;
mod pool;
mod reading;
mod role;
mod suspended;
mod writing;

use serde_json::Value;
use sqlx::PgConnection;

use super::{Ground, VerifyError, report::Tally, shape::Table, truth::Truth, world::World};
use crate::{
    Services,
    db::{DbError, catalog},
};

/// A guarded table with a row of each side.
struct Target {
    table: Table,
    /// The attacker's.
    own: Value,
    /// All that the attacker has there.
    all_own: Vec<Value>,
    /// The one that must stay out of reach.
    others: Value,
}

/// All of them. Nothing that they do lasts.
pub(super) async fn attack(
    services: &Services,
    ground: &Ground,
    world: &World,
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    let connections = &ground.connections;
    tally.begin("rules of the catalog");
    let mut truth = Truth::open(connections).await?;
    check_catalog(truth.owner(), tally).await?;
    let targets = targets(&mut truth, world).await?;
    tally.begin("reading another's rows");
    reading::attack(connections, world, &targets, tally).await?;
    tally.begin("changing another's rows");
    writing::attack(connections, world, &targets, tally).await?;
    tally.begin("keys and references as oracles");
    oracles::attack(connections, world, &targets, tally).await?;
    tally.begin("a suspended tenant's rows");
    suspended::attack(connections, world, &targets, tally).await?;
    tally.begin("functions and views");
    functions::attack(connections, world, &mut truth, tally).await?;
    tally.begin("what the role may do at all");
    role::attack(ground, world, &mut truth, tally).await?;
    tally.begin("other roles");
    owners::attack(connections, world, &targets, tally).await?;
    truth.close().await?;
    tally.begin("what is left behind in the pool");
    Ok(pool::attack(services, world, tally).await?)
}

/// The rules that the server checks at every start.
async fn check_catalog(connection: &mut PgConnection, tally: &mut Tally) -> Result<(), DbError> {
    let findings = catalog::check(connection).await?;
    for (rule, _) in catalog::RULES {
        tally.tried("the catalog", rule, None);
    }
    for finding in findings {
        tally.tried(&finding.thing, "the catalog is read", Some(finding.complaint));
    }
    Ok(())
}

async fn targets(truth: &mut Truth, world: &World) -> Result<Vec<Target>, VerifyError> {
    truth.begin().await?;
    let mut targets = Vec::new();
    for table in truth.tables.clone() {
        let all_own = truth.rows_of(&table, &world.second).await?;
        let others = truth.rows_of(&table, &world.first).await?.into_iter().next();
        let (Some(own), Some(others)) = (all_own.first().cloned(), others) else {
            return Err(VerifyError::NoRows { table: table.name, why: "its rows are gone".into() });
        };
        targets.push(Target { table, own, all_own, others });
    }
    truth.forget().await?;
    Ok(targets)
}
