//! Keys and references as oracles: a row of one's own that names another's must meet the same outcome as one that names
//! what never was. Otherwise a constraint answers whether it exists, or lets one point at it.

use serde_json::Value;

use super::{
    Target,
    attacker::{Attacker, Bound},
    writing::{fresh, insert, never},
};
use crate::{
    db::{Connections, DbError},
    ops::verify::{
        report::Tally,
        shape::{Key, Reference, Table},
        world::World,
    },
};

pub(super) async fn attack(
    connections: &Connections,
    world: &World,
    targets: &[Target],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut attacker = Attacker::enter(&connections.app).await?;
    for target in targets {
        for (name, attack, columns) in questions(target) {
            let place = format!("{name} on {}", target.table.name);
            ask(&mut attacker, world, target, &place, attack, &columns, tally).await?;
        }
    }
    attacker.leaves().await
}

/// Every key and reference with the columns that could name another's.
fn questions(target: &Target) -> Vec<(&str, &'static str, Vec<String>)> {
    let table = &target.table;
    let asked =
        |columns: &[String]| columns.iter().filter(|column| names_a_neighbour(table, column)).cloned().collect();
    let keys = table.keys.iter().map(|key| (key.name.as_str(), "a key that a neighbour has", asked(&key.columns)));
    let references = table
        .references
        .iter()
        .map(|reference| (reference.name.as_str(), "a reference to a neighbour's row", asked(&reference.columns)));
    keys.chain(references).filter(|(_, _, columns): &(_, _, Vec<String>)| !columns.is_empty()).collect()
}

/// People have no tenant, so a reference to one tells of nobody's tenant. Uniqueness across tenants is the directory's own
/// business: what is unique there (a slug, a workspace's id) is told to whoever wants the same.
fn names_a_neighbour(table: &Table, column: &String) -> bool {
    let persons = |reference: &Reference| reference.target_schema == "platform" && reference.columns.contains(column);
    let everybodys = |key: &Key| !key.columns.contains(&table.led_by) && key.columns.contains(column);
    *column != table.led_by
        && !table.references.iter().any(persons)
        && !(table.schema == "directory" && table.keys.iter().any(everybodys))
}

async fn ask(
    attacker: &mut Attacker,
    world: &World,
    target: &Target,
    place: &str,
    attack: &str,
    columns: &[String],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let Target { table, own, all_own, others } = target;
    let (mut neighbours, mut nobodys) = (fresh(table, own.clone()), fresh(table, own.clone()));
    for column in columns {
        let theirs = &others[column];
        // What both sides have anyway (a day, a meter, a slot's number, a built-in tool's name) names nobody.
        if !theirs.is_null() && all_own.iter().all(|row| row[column] != *theirs) {
            neighbours[column] = theirs.clone();
            nobodys[column] = never(table, column, theirs);
        }
    }
    if neighbours == nobodys {
        return Ok(());
    }
    let bound = Bound::to(&world.second);
    for (tail, way) in [("", "inserted"), (" on conflict do nothing", "inserted, or nothing")] {
        let statement = |row: &Value| format!("{}{tail}", insert(table, row));
        let theirs = attacker.tries(&bound, &statement(&neighbours)).await?;
        let nobody = attacker.tries(&bound, &statement(&nobodys)).await?;
        let complaint = (theirs != nobody)
            .then(|| format!("a neighbour's is {} where one that never was is {}", theirs.words(), nobody.words()));
        tally.tried(place, &format!("{attack}, {way}"), complaint);
    }
    Ok(())
}
