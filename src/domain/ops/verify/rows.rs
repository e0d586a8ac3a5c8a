//! Rows for tables that no verb of the product reached, generated from the catalog: an attack on an empty table proves
//! nothing, so a table that stays empty is an error that names it.

use sqlx::AssertSqlSafe;

use super::{
    VerifyError,
    shape::{Column, Reference, Table, literal, quoted},
    truth::Truth,
    world::Side,
};
use crate::db::DbError;

/// Gives both sides a row in every table. What a table refers to comes first, in as many rounds as that takes.
pub(super) async fn fill(truth: &mut Truth, sides: [&Side; 2]) -> Result<(), VerifyError> {
    let mut left: Vec<(Table, &Side, String)> = Vec::new();
    truth.begin().await?;
    for table in truth.tables.clone() {
        for side in sides {
            if truth.rows_of(&table, side).await?.is_empty() {
                left.push((table.clone(), side, String::new()));
            }
        }
    }
    while !left.is_empty() {
        let before = left.len();
        let mut still = Vec::new();
        for (table, side, _) in left {
            // A trigger of another table may have made one meanwhile.
            if !truth.rows_of(&table, side).await?.is_empty() {
                continue;
            }
            if let Err(why) = insert(truth, &table, side).await? {
                still.push((table, side, why));
            }
        }
        if still.len() == before {
            let (table, _, why) = still.swap_remove(0);
            return Err(VerifyError::NoRows { table: table.name, why });
        }
        left = still;
    }
    Ok(truth.keep().await?)
}

/// Tries with every column that could carry a canary, then with those alone that need a value.
async fn insert(truth: &mut Truth, table: &Table, side: &Side) -> Result<Result<(), String>, DbError> {
    let mut why = String::new();
    for generous in [true, false] {
        let chosen: Vec<(String, String)> = table
            .columns
            .iter()
            .filter(|column| !column.generated)
            .filter_map(|column| value(table, column, side, generous).map(|value| (quoted(&column.name), value)))
            .collect();
        let (names, values): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
        let statement = format!("insert into {} ({}) values ({})", table.name, names.join(", "), values.join(", "));
        truth.run("savepoint attempt").await?;
        // Names and values are the catalog's and this module's own, in a database in which nobody lives.
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(truth.owner()).await;
        match done {
            Ok(_) => return Ok(Ok(())),
            Err(error) => {
                why = error.to_string();
                truth.run("rollback to attempt").await?;
            }
        }
    }
    Ok(Err(why))
}

/// An expression for a column; `None` leaves it to its default.
fn value(table: &Table, column: &Column, side: &Side, generous: bool) -> Option<String> {
    match column.name.as_str() {
        "organization_id" => return Some(literal(&side.organization.uuid().to_string())),
        "tenant_id" => return Some(literal(&side.tenant.uuid().to_string())),
        _ => {}
    }
    let refers = table.references.iter().find(|reference| reference.columns.contains(&column.name));
    if let Some(reference) = refers {
        return referred(reference, &column.name, side);
    }
    let text = matches!(column.kind.as_str(), "text" | "character varying");
    let wanted = column.required || (generous && text && column.words.is_empty());
    wanted.then(|| plain(column, &side.canary))
}

/// A column of the row that a foreign key is to lead to: the side's own, or its owner's.
fn referred(reference: &Reference, column: &str, side: &Side) -> Option<String> {
    let place = reference.columns.iter().position(|own| own == column)?;
    let own = match reference.target_schema.as_str() {
        "tenant" => format!("tenant_id = '{}'", side.tenant.uuid()),
        "org" | "directory" => format!("organization_id = '{}'", side.organization.uuid()),
        _ if reference.target_columns == ["user_id"] => format!("user_id = '{}'", side.owner.uuid()),
        _ => "true".to_owned(),
    };
    let (target, wanted) = (&reference.target, quoted(reference.target_columns.get(place)?));
    Some(format!("(select {wanted} from {target} where {own} order by ctid limit 1)"))
}

/// A value of the column's type, with the canary wherever one fits.
fn plain(column: &Column, canary: &str) -> String {
    let marked = literal(&format!("{canary} {}", column.name));
    match column.kind.as_str() {
        _ if column.enumeration => format!("(enum_range(null::{}))[1]", column.kind),
        "text" | "character varying" => column.words.first().map_or(marked, |word| literal(word)),
        "uuid" => "gen_random_uuid()".to_owned(),
        "smallint" | "integer" | "bigint" | "numeric" | "double precision" | "real" => {
            column.words.first().map_or("1".to_owned(), |word| literal(word))
        }
        "boolean" => "false".to_owned(),
        "timestamp with time zone" => "app.now()".to_owned(),
        "date" => "current_date".to_owned(),
        "interval" => "interval '1 day'".to_owned(),
        // As long as the hashes that such columns hold.
        "bytea" => format!("sha256(convert_to({marked}, 'UTF8'))"),
        "json" | "jsonb" => format!("jsonb_build_object('canary', {marked})"),
        "text[]" => format!("array[{marked}]"),
        "inet" | "cidr" => "'192.0.2.1'".to_owned(),
        array if array.ends_with("[]") => "'{}'".to_owned(),
        _ => marked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, words: &[&str]) -> Column {
        Column {
            name: "note".into(),
            kind: kind.into(),
            required: true,
            generated: false,
            enumeration: false,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    #[test]
    fn a_value_fits_its_column_and_carries_the_canary_where_it_can() {
        assert_eq!(plain(&column("text", &[]), "bird"), "'bird note'");
        assert_eq!(plain(&column("text", &["open", "shut"]), "bird"), "'open'");
        assert_eq!(plain(&column("smallint", &["80"]), "bird"), "'80'");
        assert_eq!(plain(&column("bigint", &[]), "bird"), "1");
        assert_eq!(plain(&column("jsonb", &[]), "bird"), "jsonb_build_object('canary', 'bird note')");
        assert_eq!(plain(&column("cidr[]", &[]), "bird"), "'{}'");
    }
}
