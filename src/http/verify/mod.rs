//! The proof of isolation at the doors: every operation of the API's own document, every server function and every page is
//! tried as nobody, as each role, as a stranger and as a member of two, with another's name in every place that takes one.
//!
//! It walks the router that is served, in the same process and without a socket. The rule: an answer about another's thing
//! equals the answer about one that never was, byte for byte but for the request's id and the date; no answer to a stranger
//! carries a word of the other's; and nothing of the other's has changed.

mod answer;
mod caller;
mod operation;
mod sample;
mod strangers;
mod who;

use axum::Router;
use tenantry_domain::{
    db::DbError,
    ops::verify::{Ground, Tally, VerifyError, World},
};
use tenantry_kernel::metering::BANDWIDTH_BYTES;

pub use operation::{Function, Operation};

use crate::App;

/// The doors of an installation: the router that is served, and what the API's document does not list.
#[derive(Clone)]
pub struct Doors {
    /// What every handler uses; its services are over the world's database.
    pub app: App,
    /// The router with its layers.
    pub router: Router,
    /// The server functions of the pages.
    pub functions: Vec<Function>,
    /// The pages that need somebody, as the router knows them (`/jobs/:id`).
    pub pages: Vec<String>,
}

/// Why the doors could not be tried. It says nothing about isolation.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The world.
    #[error(transparent)]
    World(#[from] VerifyError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A request could not be put together.
    #[error("a request could not be put together: {0}")]
    Request(#[from] axum::http::Error),
    /// An answer broke off.
    #[error("an answer broke off: {0}")]
    Answer(#[from] axum::Error),
}

/// What is another row than before. What its own people's calls have weighed is none: they are asked between, so that what
/// strangers are refused is known to be there, and it is written at any moment.
fn changed(before: &str, after: &str) -> Option<String> {
    let weighed = |line: &&str| !line.contains(BANDWIDTH_BYTES);
    let (mut before, mut after) = (before.lines().filter(weighed), after.lines().filter(weighed));
    loop {
        match (before.next(), after.next()) {
            (None, None) => return None,
            (before, after) if before == after => {}
            changed => return Some(format!("rows have changed: {changed:?}")),
        }
    }
}

/// Tries every door; what gets through stands in the tally.
///
/// # Errors
/// When the database is away.
pub async fn walk(doors: &Doors, ground: &Ground, world: &World, tally: &mut Tally) -> Result<(), WalkError> {
    let mut operations = operation::of_api(tally);
    operations.extend(doors.functions.iter().map(Operation::of_function));
    operations.extend(doors.pages.iter().map(|page| Operation::of_page(page)));
    let before = world.everything_of_the_first(&ground.connections).await?;
    let walk = caller::Walk::new(doors, world);
    strangers::attack(&walk, &operations, tally).await?;
    let after = world.everything_of_the_first(&ground.connections).await?;
    let complaint = changed(&before, &after);
    tally.tried("the database", "everything that strangers have tried", complaint);
    who::attack(&walk, &operations, tally).await
}
