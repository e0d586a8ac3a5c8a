//! Writing: another's rows changed, made, moved and taken away.

use serde_json::Value;

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

pub(super) async fn attack(
    connections: &Connections,
    world: &World,
    targets: &[Target],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut attacker = Attacker::enter(&connections.app).await?;
    for target in targets {
        changed(&mut attacker, world, &target.table, tally).await?;
        made(&mut attacker, world, target, tally).await?;
        moved(&mut attacker, world, &target.table, tally).await?;
    }
    attacker.leaves().await
}

/// Another's rows by their tenant, and every row at once: the neighbour's count must not be among them.
async fn changed(attacker: &mut Attacker, world: &World, table: &Table, tally: &mut Tally) -> Result<(), DbError> {
    let bound = Bound::to(&world.second);
    let (name, led) = (&table.name, quoted(&table.led_by));
    let first = literal(&world.first.leading(table).to_string());
    for (attack, statement) in [
        ("changing a neighbour's rows", format!("update {name} set {led} = {led} where {led} = {first}")),
        ("taking a neighbour's rows", format!("delete from {name} where {led} = {first}")),
        (
            "taking a neighbour's rows by another table",
            format!("delete from {name} t using (select {first}::uuid as neighbour) n where t.{led} = n.neighbour"),
        ),
    ] {
        let outcome = attacker.tries(&bound, &statement).await?;
        let complaint = (!outcome.is_nothing()).then(|| format!("{} instead of none", outcome.words()));
        tally.tried(name, attack, complaint);
    }
    for (attack, privilege, statement) in [
        ("changing every row", "update", format!("update {name} set {led} = {led} returning {led}")),
        ("taking every row", "delete", format!("delete from {name} returning {led}")),
    ] {
        let outcome = attacker.tries(&bound, &statement).await?;
        let leading = world.first.leading(table).to_string();
        let complaint = if outcome.shows([leading.as_str()].into_iter()) {
            Some("reaches a neighbour's rows".to_owned())
        } else if !table.may(privilege) && !outcome.is_not_allowed() {
            Some(format!("{} instead of refused by 42501", outcome.words()))
        } else {
            None
        };
        tally.tried(name, attack, complaint);
    }
    Ok(())
}

/// Rows in another's name, new ones and such as are there.
async fn made(attacker: &mut Attacker, world: &World, target: &Target, tally: &mut Tally) -> Result<(), DbError> {
    let table = &target.table;
    let leading = Value::from(world.first.leading(table).to_string());
    let mut new = fresh(table, target.own.clone());
    new[&table.led_by] = leading.clone();
    let mut same = target.others.clone();
    same[&table.led_by] = leading;
    for (attack, row, tail) in [
        ("making a row in a neighbour's name", &new, ""),
        ("making a row in a neighbour's name, or nothing", &same, " on conflict do nothing"),
        ("making a neighbour's row once more", &same, ""),
    ] {
        let outcome = attacker.tries(&Bound::to(&world.second), &format!("{}{tail}", insert(table, row))).await?;
        tally.tried(&table.name, attack, not_allowed(&outcome));
    }
    if let Some(key) = table.keys.iter().find(|key| key.columns.contains(&table.led_by)) {
        let columns: Vec<String> = key.columns.iter().map(|column| quoted(column)).collect();
        let led = quoted(&table.led_by);
        let tail = format!(" on conflict ({}) do update set {led} = excluded.{led}", columns.join(", "));
        let outcome = attacker.tries(&Bound::to(&world.second), &format!("{}{tail}", insert(table, &same))).await?;
        tally.tried(&table.name, "an upsert on a neighbour's row", not_allowed(&outcome));
    }
    Ok(())
}

/// Own rows moved to the neighbour, and the neighbour's moved here.
async fn moved(attacker: &mut Attacker, world: &World, table: &Table, tally: &mut Tally) -> Result<(), DbError> {
    let (name, led) = (&table.name, quoted(&table.led_by));
    let (first, second) = (world.first.leading(table), world.second.leading(table));
    let away = format!("update {name} set {led} = '{first}' where {led} = '{second}'");
    let outcome = attacker.tries(&Bound::to(&world.second), &away).await?;
    tally.tried(name, "moving an own row to a neighbour", not_allowed(&outcome));
    let here = format!("update {name} set {led} = '{second}' where {led} = '{first}'");
    let outcome = attacker.tries(&Bound::to(&world.second), &here).await?;
    let complaint = (!outcome.is_nothing()).then(|| format!("{} instead of none", outcome.words()));
    tally.tried(name, "moving a neighbour's row here", complaint);
    Ok(())
}

/// Nothing but the lack of a right may refuse: a constraint's refusal would be the answer to a question.
pub(super) fn not_allowed(outcome: &Outcome) -> Option<String> {
    (!outcome.is_not_allowed()).then(|| format!("{} instead of refused by 42501", outcome.words()))
}

/// A statement that makes this row.
pub(super) fn insert(table: &Table, row: &Value) -> String {
    let columns = table.writable();
    let row = literal(&row.to_string());
    format!(
        "insert into {} ({columns}) select {columns} from jsonb_populate_record(null::{}, {row}::jsonb)",
        table.name, table.name
    )
}

/// The row with new values wherever a key would refuse the old ones, but for what refers elsewhere.
pub(super) fn fresh(table: &Table, mut row: Value) -> Value {
    let refers = |column: &String| table.references.iter().any(|reference| reference.columns.contains(column));
    for column in table.keys.iter().flat_map(|key| &key.columns).filter(|column| **column != table.led_by) {
        if !refers(column) {
            row[column] = never(table, column, &row[column]);
        }
    }
    row
}

/// A value of the column's type that no row has, of the same form.
pub(super) fn never(table: &Table, column: &str, old: &Value) -> Value {
    let kind = table.columns.iter().find(|own| own.name == column).map_or("", |own| own.kind.as_str());
    match (kind, old) {
        ("date", _) => Value::from("1999-12-31"),
        ("timestamp with time zone", _) => Value::from("1999-12-31T00:00:00Z"),
        ("smallint", _) => Value::from(31_999),
        (_, Value::Number(_)) => Value::from(999_999),
        (_, Value::Bool(old)) => Value::from(!old),
        (_, Value::String(old)) => Value::from(other_ending(old)),
        _ => old.clone(),
    }
}

/// The text with its last letter or digit exchanged for another one that hexadecimal knows.
fn other_ending(text: &str) -> String {
    let Some((place, last)) = text.char_indices().rfind(|(_, letter)| letter.is_ascii_alphanumeric()) else {
        return format!("{text}a");
    };
    let other = match last {
        '0'..='8' => '9',
        '9' => '0',
        'a' => 'b',
        _ => 'a',
    };
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_ending_has_the_form_of_the_first() {
        for (text, other) in [("\\x00ff", "\\x00fa"), ("acme-1", "acme-9"), ("9", "0"), ("key a!", "key b!"), ("", "a")]
        {
            assert_eq!(other_ending(text), other);
        }
    }
}
