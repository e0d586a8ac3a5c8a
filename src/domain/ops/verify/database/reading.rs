//! Reading: with no tenant, with garbage, with another's, switched in the middle, past the policies.

use super::{
    Target,
    attacker::{Attacker, Bound, Outcome},
};
use crate::{
    db::{Connections, DbError},
    ops::verify::{
        report::Tally,
        shape::{Table, literal, quoted},
        world::World,
    },
};

/// Texts that are no tenant.
const GARBAGE: [&str; 6] = ["", "x", "*", "' or true --", "null", "00000000-0000-0000-0000-000000000000"];

pub(super) async fn attack(
    connections: &Connections,
    world: &World,
    targets: &[Target],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut attacker = Attacker::enter(&connections.app).await?;
    for Target { table, .. } in targets {
        bound(&mut attacker, world, table, tally).await?;
        empty(&mut attacker, world, table, tally).await?;
        switched(&mut attacker, world, table, tally).await?;
        prepared(&mut attacker, world, table, tally).await?;
        past_the_policies(&mut attacker, world, table, tally).await?;
    }
    attacker.leaves().await?;
    copied(connections, world, targets, tally).await
}

fn all(table: &Table) -> String {
    format!("select t::text from {} t", table.name)
}

fn of_the_first(table: &Table, world: &World) -> String {
    format!("{} = {}", quoted(&table.led_by), literal(&world.first.leading(table).to_string()))
}

/// Bound to the second, as the server would: its own rows and nothing of the first's. Without rows of its own nothing
/// would be proved, so that is a finding too.
async fn bound(attacker: &mut Attacker, world: &World, table: &Table, tally: &mut Tally) -> Result<(), DbError> {
    let counting = format!(
        "select count(*) filter (where {}) > 0, count(*) = 0 from {} t",
        of_the_first(table, world),
        table.name
    );
    let outcome = attacker.tries(&Bound::to(&world.second), &counting).await?;
    let complaint = match outcome.value() {
        Some("f|f") => None,
        Some("f|t") => Some("shows not even the own rows, so nothing is proved of it".to_owned()),
        Some(_) => Some("shows another's rows".to_owned()),
        None if !table.may("select") && outcome.is_not_allowed() => None,
        None => Some(outcome.words()),
    };
    tally.tried(&table.name, "reading everything as a neighbour", complaint);
    let outcome = attacker.tries(&Bound::to(&world.second), &all(table)).await?;
    let words = [world.first.canary.as_str()];
    let complaint = outcome.shows(words.into_iter()).then(|| "shows another's canary".to_owned());
    tally.tried(&table.name, "looking for a neighbour's canary", complaint);
    let locking = format!("select from {} where {} for update", table.name, of_the_first(table, world));
    let outcome = attacker.tries(&Bound::to(&world.second), &locking).await?;
    tally.tried(&table.name, "locking a neighbour's rows", none(&outcome));
    Ok(())
}

/// What must show no row at all.
async fn empty(attacker: &mut Attacker, world: &World, table: &Table, tally: &mut Tally) -> Result<(), DbError> {
    let (first, second) = (&world.first, &world.second);
    let mut cases = vec![("reading without a tenant", Bound::Nothing)];
    cases.extend(GARBAGE.map(|text| ("reading with garbage for a tenant", Bound::text(text))));
    let organization_alone = Bound::To { organization: first.organization.uuid().to_string(), tenant: String::new() };
    if table.of_tenant() {
        cases.push(("reading with an organization alone", organization_alone));
        cases.push(("reading a tenant under another organization", Bound::mixed(second, first)));
        cases.push(("reading under an organization that is not the tenant's", Bound::mixed(first, second)));
    }
    for (attack, bound) in cases {
        let outcome = attacker.tries(&bound, &all(table)).await?;
        tally.tried(&table.name, attack, none(&outcome));
    }
    for end in ["commit", "rollback"] {
        let ended = format!("{}{end}; begin; {}", Bound::to(first).opening(), all(table));
        let outcome = attacker.sends(&ended).await?;
        attacker.sends("rollback").await?;
        tally.tried(&table.name, "reading after another's transaction has ended", none(&outcome));
    }
    Ok(())
}

/// A cursor that was opened as one tenant never goes on as another.
async fn switched(attacker: &mut Attacker, world: &World, table: &Table, tally: &mut Tally) -> Result<(), DbError> {
    let Bound::To { organization, tenant } = Bound::to(&world.first) else { return Ok(()) };
    let statements = format!(
        "declare walk cursor for {}; fetch 1 from walk; set local app.organization_id = '{organization}'; \
         set local app.tenant_id = '{tenant}'; fetch all from walk",
        all(table)
    );
    let outcome = attacker.tries(&Bound::to(&world.second), &statements).await?;
    let leading = world.first.leading(table).to_string();
    let words = [world.first.canary.as_str(), leading.as_str()];
    let complaint = outcome.shows(words.into_iter()).then(|| "goes on with another's rows".to_owned());
    tally.tried(&table.name, "switching tenants under an open cursor", complaint);
    Ok(())
}

/// A plan that one tenant made and another uses.
async fn prepared(attacker: &mut Attacker, world: &World, table: &Table, tally: &mut Tally) -> Result<(), DbError> {
    if !table.may("select") {
        return Ok(());
    }
    let opening = Bound::to(&world.first).opening();
    attacker.sends(&format!("{opening}prepare kept as {}; execute kept; commit", all(table))).await?;
    let outcome = attacker.tries(&Bound::to(&world.second), "execute kept").await?;
    attacker.sends("deallocate kept").await?;
    let leading = world.first.leading(table).to_string();
    let words = [world.first.canary.as_str(), leading.as_str()];
    let complaint = outcome.shows(words.into_iter()).then(|| "shows the rows of who made it".to_owned());
    tally.tried(&table.name, "a plan that another tenant has prepared", complaint);
    Ok(())
}

/// Row-level security turned off, and an expression that fails on rows that nobody may see.
async fn past_the_policies(
    attacker: &mut Attacker,
    world: &World,
    table: &Table,
    tally: &mut Tally,
) -> Result<(), DbError> {
    let bound = Bound::to(&world.second);
    let off = format!("set local row_security = off; {}", all(table));
    let outcome = attacker.tries(&bound, &off).await?;
    let complaint = (!outcome.is_not_allowed()).then(|| format!("{} instead of refused by 42501", outcome.words()));
    tally.tried(&table.name, "turning row-level security off", complaint);
    let failing = format!(
        "select from {} where 1 / (case when {} then 0 else 1 end) = 1",
        table.name,
        of_the_first(table, world)
    );
    let outcome = attacker.tries(&bound, &failing).await?;
    let told = matches!(&outcome, Outcome::Refused { code, .. } if code == "22012");
    let complaint = told.then(|| "an error tells of another's row".to_owned());
    tally.tried(&table.name, "an expression that fails on another's row", complaint);
    Ok(())
}

/// As a dump would read it. A refused copy leaves a connection in doubt, so the next one gets another.
async fn copied(
    connections: &Connections,
    world: &World,
    targets: &[Target],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut attacker = Attacker::enter(&connections.app).await?;
    for Target { table, .. } in targets {
        attacker.sends(&Bound::to(&world.second).opening()).await?;
        let outcome = attacker.copies(&format!("copy {} to stdout", table.name)).await?;
        let leading = world.first.leading(table).to_string();
        let words = [world.first.canary.as_str(), leading.as_str()];
        let complaint = outcome.shows(words.into_iter()).then(|| "carries another's rows".to_owned());
        tally.tried(&table.name, "copying the table out", complaint);
        match outcome {
            Outcome::Done { .. } => drop(attacker.sends("rollback").await?),
            Outcome::Refused { .. } => attacker = Attacker::enter(&connections.app).await?,
        }
    }
    attacker.leaves().await
}

fn none(outcome: &Outcome) -> Option<String> {
    (!outcome.is_nothing()).then(|| format!("{} instead of none", outcome.words()))
}
