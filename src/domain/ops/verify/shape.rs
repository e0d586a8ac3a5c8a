//! The guarded tables as PostgreSQL itself describes them: what attacks are generated from, so that a new table is
//! attacked without a word.

use serde::Deserialize;
use sqlx::PgConnection;

use crate::db::DbError;

/// A table of `directory`, `org` or `tenant`. Partitions are none: nobody but their owner reaches them, which is a rule of
/// the catalog.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Table {
    /// With its schema, quoted where it needs to be.
    pub name: String,
    pub schema: String,
    /// The column that says whose a row is.
    pub led_by: String,
    /// Is row-level security forced?
    pub forced: bool,
    /// What the application's role may do: select, insert, update, delete.
    pub may: Vec<String>,
    pub columns: Vec<Column>,
    /// Unique indexes over plain columns, the primary key among them.
    pub keys: Vec<Key>,
    pub references: Vec<Reference>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Column {
    pub name: String,
    pub kind: String,
    /// Not null and without a default.
    pub required: bool,
    /// PostgreSQL fills it and refuses a value.
    pub generated: bool,
    pub enumeration: bool,
    /// The words in the checks on it; of numbers the first of a list.
    pub words: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Key {
    pub name: String,
    pub columns: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reference {
    pub name: String,
    pub columns: Vec<String>,
    pub target: String,
    pub target_schema: String,
    pub target_columns: Vec<String>,
}

impl Table {
    /// May the application's role do it?
    pub fn may(&self, privilege: &str) -> bool {
        self.may.iter().any(|own| own == privilege)
    }

    /// Is it a tenant's, rather than an organization's?
    pub fn of_tenant(&self) -> bool {
        self.led_by == "tenant_id"
    }

    /// The columns that a statement may write, quoted and in their order.
    pub fn writable(&self) -> String {
        let names = self.columns.iter().filter(|column| !column.generated).map(|column| quoted(&column.name));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// A name as an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Every guarded table, by name.
pub(super) async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, DbError> {
    let text: String = sqlx::query_scalar(TABLES).fetch_one(connection).await?;
    serde_json::from_str(&text).map_err(|error| DbError::Failed(sqlx::Error::Decode(error.into())))
}

const TABLES: &str = r#"
    select coalesce(jsonb_agg(jsonb_build_object(
        'name', c.oid::regclass::text,
        'schema', n.nspname,
        'led_by', case n.nspname when 'tenant' then 'tenant_id' else 'organization_id' end,
        'forced', c.relforcerowsecurity,
        'may', to_jsonb(array(
            select p from unnest(array['select', 'insert', 'update', 'delete']) p
            where has_table_privilege('tenantry_app', c.oid, p))),
        'columns', (
            select jsonb_agg(jsonb_build_object(
                'name', a.attname,
                'kind', format_type(a.atttypid, null),
                'required', a.attnotnull and not a.atthasdef and a.attidentity = '',
                'generated', a.attgenerated <> '' or a.attidentity = 'a',
                'enumeration', t.typtype = 'e',
                'words', to_jsonb(array(
                    select coalesce(word[1], word[2])
                    from pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([^'']+)''::|ARRAY.([0-9]+)', 'g') word
                    where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]))
            ) order by a.attnum)
            from pg_attribute a join pg_type t on t.oid = a.atttypid
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
        'keys', coalesce((
            select jsonb_agg(jsonb_build_object('name', i.indexrelid::regclass::text, 'columns', to_jsonb(array(
                select a.attname from unnest(i.indkey::smallint[]) with ordinality k (number, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number order by k.place))))
            from pg_index i
            where i.indrelid = c.oid and i.indisunique and not 0 = any (i.indkey::smallint[])), '[]'),
        'references', coalesce((
            select jsonb_agg(jsonb_build_object(
                'name', f.conname,
                'columns', to_jsonb(array(
                    select a.attname from unnest(f.conkey) with ordinality k (number, place)
                    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number order by k.place)),
                'target', f.confrelid::regclass::text,
                'target_schema', tn.nspname,
                'target_columns', to_jsonb(array(
                    select a.attname from unnest(f.confkey) with ordinality k (number, place)
                    join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number order by k.place))))
            from pg_constraint f
            join pg_class tc on tc.oid = f.confrelid
            join pg_namespace tn on tn.oid = tc.relnamespace
            where f.conrelid = c.oid and f.contype = 'f'), '[]')
    ) order by c.oid::regclass::text), '[]')::text
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('directory', 'org', 'tenant') and c.relkind in ('r', 'p') and not c.relispartition"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_end_no_statement() {
        assert_eq!(quoted("a\"; drop table x; --"), "\"a\"\"; drop table x; --\"");
        assert_eq!(literal("o'hara"), "'o''hara'");
    }
}
