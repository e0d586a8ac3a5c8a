//! A connection as one of the roles, in the hands of somebody who can send any statement.

use futures::StreamExt as _;
use sqlx::{AssertSqlSafe, Connection as _, Either, PgConnection, Row as _, postgres::PgConnectOptions};

use super::super::world::Side;
use crate::db::DbError;

/// `insufficient_privilege`: what row-level security and a missing grant say.
pub(super) const NOT_ALLOWED: &str = "42501";

/// What a transaction is bound to.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// Nothing was ever set.
    Nothing,
    /// These texts.
    To { organization: String, tenant: String },
}

impl Bound {
    /// As the server binds it.
    pub fn to(side: &Side) -> Self {
        Self::mixed(side, side)
    }

    /// The organization of one, the tenant of another.
    pub fn mixed(organization: &Side, tenant: &Side) -> Self {
        Self::To {
            organization: organization.organization.uuid().to_string(),
            tenant: tenant.tenant.uuid().to_string(),
        }
    }

    /// One text for both.
    pub fn text(text: &str) -> Self {
        Self::To { organization: text.to_owned(), tenant: text.to_owned() }
    }

    /// The statements that begin a transaction so.
    pub fn opening(&self) -> String {
        match self {
            Self::Nothing => "begin; ".to_owned(),
            Self::To { organization, tenant } => format!(
                "begin; set local app.organization_id = {}; set local app.tenant_id = {}; ",
                super::super::shape::literal(organization),
                super::super::shape::literal(tenant)
            ),
        }
    }
}

/// What came of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done: so many rows, and what was shown of them.
    Done { affected: u64, shown: Vec<String> },
    /// It was refused: by which code, and which constraint where it was one.
    Refused { code: String, constraint: Option<String> },
}

impl Outcome {
    /// Was it refused for lack of the right to it?
    pub fn is_not_allowed(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == NOT_ALLOWED)
    }

    /// Did it reach nothing: refused, or done to no row?
    pub fn is_nothing(&self) -> bool {
        !matches!(self, Self::Done { affected: 1.., .. })
    }

    /// Does what was shown carry any of these words?
    pub fn shows<'a>(&self, mut words: impl Iterator<Item = &'a str>) -> bool {
        let Self::Done { shown, .. } = self else { return false };
        words.any(|word| shown.iter().any(|line| line.contains(word)))
    }

    /// The first value of the first row.
    pub fn value(&self) -> Option<&str> {
        let Self::Done { shown, .. } = self else { return None };
        shown.first().map(String::as_str)
    }

    /// In a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Done { affected, .. } => format!("done to {affected} rows"),
            Self::Refused { code, constraint: None } => format!("refused by {code}"),
            Self::Refused { code, constraint: Some(constraint) } => format!("refused by {code} of {constraint}"),
        }
    }
}

/// Who attacks.
pub(super) struct Attacker(PgConnection);

impl Attacker {
    pub async fn enter(options: &PgConnectOptions) -> Result<Self, DbError> {
        Ok(Self(PgConnection::connect_with(options).await?))
    }

    /// Tries statements in a transaction that is bound so, and leaves nothing behind. A refused one is still open.
    pub async fn tries(&mut self, bound: &Bound, statements: &str) -> Result<Outcome, DbError> {
        let outcome = self.sends(&format!("{}{statements}; rollback", bound.opening())).await?;
        if matches!(outcome, Outcome::Refused { .. }) {
            self.sends("rollback").await?;
        }
        Ok(outcome)
    }

    /// Sends statements as they are: made-up ones are the attack, on a database in which nobody lives.
    pub async fn sends(&mut self, statements: &str) -> Result<Outcome, DbError> {
        let (mut affected, mut shown) = (0, Vec::new());
        let mut results = sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).fetch_many(&mut self.0);
        while let Some(result) = results.next().await {
            match result {
                Ok(Either::Left(done)) => affected += done.rows_affected(),
                Ok(Either::Right(row)) => {
                    let values = (0..row.len()).filter_map(|column| row.try_get_raw(column).ok());
                    let texts: Vec<&str> = values.map(|value| value.as_str().unwrap_or_default()).collect();
                    shown.push(texts.join("|"));
                }
                Err(error) => return refusal(error),
            }
        }
        Ok(Outcome::Done { affected, shown })
    }

    /// Copies a table out, as a dump would.
    pub async fn copies(&mut self, statement: &str) -> Result<Outcome, DbError> {
        let mut copy = match self.0.copy_out_raw(statement).await {
            Ok(copy) => copy,
            Err(error) => return refusal(error),
        };
        let mut shown = Vec::new();
        while let Some(part) = copy.next().await {
            match part {
                Ok(bytes) => shown.push(String::from_utf8_lossy(&bytes).into_owned()),
                Err(error) => return refusal(error),
            }
        }
        Ok(Outcome::Done { affected: shown.len() as u64, shown })
    }

    pub async fn leaves(self) -> Result<(), DbError> {
        Ok(self.0.close().await?)
    }
}

/// A refusal of PostgreSQL's is an outcome; a database that is away is none.
fn refusal(error: sqlx::Error) -> Result<Outcome, DbError> {
    match DbError::from(error) {
        DbError::Failed(sqlx::Error::Database(refused)) => Ok(Outcome::Refused {
            code: refused.code().map(|code| code.into_owned()).unwrap_or_default(),
            constraint: refused.constraint().map(str::to_owned),
        }),
        away => Err(away),
    }
}
