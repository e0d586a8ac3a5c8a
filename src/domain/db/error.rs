//! What can go wrong with the database, in the two ways that matter to a caller: it is away, or we made a mistake.

use tenantry_kernel::{Code, Problem};

/// A failed query.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached, is starting or stopping, or is too busy to answer in time.
    #[error("the database is away: {0}")]
    Away(#[source] sqlx::Error),
    /// A query failed that should not.
    #[error("a query failed: {0}")]
    Failed(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if is_away(&error) { Self::Away(error) } else { Self::Failed(error) }
    }
}

/// Classes of SQLSTATE that say "not now": 08 connection, 53 resources, 57 operator intervention (shutdown, statement
/// time-out), 55P03 lock time-out.
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            matches!(code.get(..2), Some("08" | "53" | "57")) || code == "55P03" || code == "25P03"
        }),
        _ => false,
    }
}

impl From<DbError> for Problem {
    /// A database's own words never reach a user; the boundary logs them.
    fn from(error: DbError) -> Self {
        match error {
            DbError::Away(source) => {
                tracing::warn!(error = %source, "The database is away.");
                Self::new(Code::GuardUnavailable, "The service cannot decide about requests right now.")
                    .with_retry_after(1)
            }
            DbError::Failed(source) => {
                tracing::error!(error = %source, "A query failed.");
                Self::new(Code::Internal, "Something went wrong on our side.")
            }
        }
    }
}

/// The name of the constraint that refused a row.
#[must_use]
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|database| database.constraint())
}
