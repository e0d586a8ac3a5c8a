//! The proof of isolation: attacks on a database that is made for them, generated from its own catalog, as the role that
//! tenants' work runs as. The doors in front of it are tried by the rooms that have them, in the same world.

mod database;
mod report;
mod rows;
mod scratch;
mod shape;
mod truth;
mod world;

use crate::{
    Services,
    access::AccessError,
    accounts::AccountError,
    db::{Connections, DbError},
    dispatch::{DispatchError, ToolError},
    keys::KeyError,
    metering::IntakeError,
    tenancy::TenancyError,
    webhooks::endpoints::EndpointError,
    webhooks::inbound::InboundError,
};

pub use report::{Finding, Group, Report, Tally};
pub use scratch::{Scratch, ScratchError};
pub use world::{Named, Side, World};

/// Why a verification could not be made. It says nothing about isolation.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A person could not be made.
    #[error("a person could not be made: {0}")]
    Account(#[from] AccountError),
    /// An organization could not be made.
    #[error("an organization could not be made: {0}")]
    Tenancy(#[from] TenancyError),
    /// A scope was refused.
    #[error("a scope was refused: {0}")]
    Access(#[from] AccessError),
    /// A job could not be made.
    #[error("a job could not be made: {0}")]
    Dispatch(#[from] DispatchError),
    /// A tool.
    #[error("a tool could not be made: {0}")]
    Tool(#[from] ToolError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An inbound webhook.
    #[error("an inbound webhook could not be made: {0}")]
    Inbound(#[from] InboundError),
    /// An endpoint.
    #[error("an endpoint could not be made: {0}")]
    Endpoint(#[from] EndpointError),
    /// An event could not be recorded.
    #[error("a usage event could not be recorded: {0}")]
    Usage(#[from] IntakeError),
    /// Something of the world could not be made.
    #[error("{0} could not be made")]
    World(&'static str),
    /// A guarded table is empty, so attacks on it would prove nothing.
    #[error(
        "{table} has no rows on both sides, so nothing is proved of it: let a verb in src/domain/ops/verify/world.rs \
         reach it, or teach rows.rs what its columns take ({why})"
    )]
    NoRows {
        /// The table.
        table: String,
        /// What PostgreSQL said to the row that was generated.
        why: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A database that may be attacked: it holds nobody's rows.
#[derive(Clone, Debug)]
pub struct Ground {
    /// How the roles connect to it.
    pub connections: Connections,
    /// Whether a superuser has prepared it. Somebody else's cluster may leave open what only one can close.
    pub own_cluster: bool,
}

/// Attacks the database as the application's role would, were every guard in front of it gone.
///
/// # Errors
/// When the database is away; what gets through stands in the tally.
pub async fn database(
    services: &Services,
    ground: &Ground,
    world: &World,
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    database::attack(services, ground, world, tally).await
}
