//! The rows as they stand, past every policy: as their owner, with the force of row-level security taken away for the time
//! of one transaction. It works alike in an own cluster and in somebody else's, where there is no superuser to ask.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use super::{
    VerifyError,
    shape::{self, Table, quoted},
    world::Side,
};
use crate::db::{Connections, DbError, roles};

/// A connection of the owner's.
pub(super) struct Truth {
    connection: PgConnection,
    /// Every guarded table.
    pub tables: Vec<Table>,
}

impl Truth {
    pub async fn open(connections: &Connections) -> Result<Self, DbError> {
        let options = connections.migrator.clone().options([("role", roles::OWNER)]);
        let mut connection = PgConnection::connect_with(&options).await?;
        let tables = shape::tables(&mut connection).await?;
        Ok(Self { connection, tables })
    }

    /// Begins a transaction that sees everything.
    pub async fn begin(&mut self) -> Result<&mut PgConnection, DbError> {
        let forced = self.tables.iter().filter(|table| table.forced);
        let lifting = forced.map(|table| format!("; alter table {} no force row level security", table.name));
        self.run(&format!("begin{}", lifting.collect::<String>())).await?;
        Ok(&mut self.connection)
    }

    /// Ends it as if it had never been: the force is back.
    pub async fn forget(&mut self) -> Result<(), DbError> {
        self.run("rollback").await
    }

    /// Ends it and keeps what it wrote, with the force back where it was.
    pub async fn keep(&mut self) -> Result<(), DbError> {
        let forced = self.tables.iter().filter(|table| table.forced);
        let forcing = forced.map(|table| format!("alter table {} force row level security; ", table.name));
        self.run(&format!("{}commit", forcing.collect::<String>())).await
    }

    /// Statements made of names out of the catalog and of ids.
    pub async fn run(&mut self, statements: &str) -> Result<(), DbError> {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut self.connection).await?;
        Ok(())
    }

    /// The connection as it is: the owner's, filtered by forced policies like everybody else.
    pub fn owner(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// A side's rows of every table, as JSON, while a transaction sees everything.
    pub async fn rows_of(&mut self, table: &Table, side: &Side) -> Result<Vec<serde_json::Value>, DbError> {
        let query = format!("select to_jsonb(t)::text from {} t where {} = $1", table.name, quoted(&table.led_by));
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(query)).bind(side.leading(table)).fetch_all(&mut self.connection).await?;
        rows.iter()
            .map(|row| serde_json::from_str(row))
            .collect::<Result<_, _>>()
            .map_err(|error| DbError::Failed(sqlx::Error::Decode(error.into())))
    }

    /// All rows of a side, of every table, as one text: two of them are equal when nothing has changed between.
    pub async fn everything_of(&mut self, side: &Side) -> Result<String, VerifyError> {
        self.begin().await?;
        let mut all = String::new();
        for table in self.tables.clone() {
            let query = format!(
                "select coalesce(string_agg(t::text, e'\\n' order by t::text), '') from {} t where {} = $1",
                table.name,
                quoted(&table.led_by)
            );
            let rows: String = sqlx::query_scalar(AssertSqlSafe(query))
                .bind(side.leading(&table))
                .fetch_one(&mut self.connection)
                .await
                .map_err(DbError::from)?;
            all.push_str(&format!("{}\n{rows}\n", table.name));
        }
        self.forget().await?;
        Ok(all)
    }

    /// Makes somebody a member past every verb.
    pub async fn admit(&mut self, side: &Side, member: Uuid, user: Uuid, role: &str) -> Result<(), DbError> {
        self.begin().await?;
        sqlx::query(
            "insert into directory.memberships (organization_id, member_id, user_id, role) values ($1, $2, $3, $4)",
        )
        .bind(side.organization.uuid())
        .bind(member)
        .bind(user)
        .bind(role)
        .execute(&mut self.connection)
        .await?;
        self.keep().await
    }

    /// Ends the connection in order.
    pub async fn close(self) -> Result<(), DbError> {
        Ok(self.connection.close().await?)
    }
}
