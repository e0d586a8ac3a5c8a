//! Dispatch: a member asks a tool to do something; the guards decide, a job runs durably, the use is counted.
//!
//! Decision, job, counter, event and stored answer are one transaction, under the lock of the organization's gate: no two
//! decisions see the same last unit, in one process or in many.

mod admission;
mod builtin;
mod error;
mod floor;
mod jobs;
mod rules;
mod sql;
mod sql_jobs;
mod sql_work;
mod tools;
pub mod worker;

pub use admission::{check, dispatch, may_dispatch};
pub use error::DispatchError;
pub use floor::Floor;
pub use jobs::{cancel, job, jobs};
pub use rules::ToolRef;
pub use tenantry_kernel::requests::DispatchRequest;
pub use tools::{tool, tools};
