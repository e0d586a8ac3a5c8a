//! Plans: what they grant, side by side, and the change from one to another.

pub mod api;
mod ledger;
mod page;

pub use ledger::Ledger;
pub use page::PlansPage;
