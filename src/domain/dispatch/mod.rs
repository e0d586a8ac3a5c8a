//! Dispatch: a member asks a tool to do something; the guards decide, a job runs durably, the use is counted.
//!
//! Decision, job, counter, event and stored answer are one transaction, under the lock of the organization's gate: no two
//! decisions see the same last unit, in one process or in many. What a tenant's requests bring at the same moment shares one
//! such transaction, which decides them one after the other.

mod admission;
mod answers;
mod attempt;
mod batch;
mod builtin;
mod complete;
mod ends;
mod error;
mod floor;
mod jobs;
pub(crate) mod lanes;
mod rules;
mod run;
mod runs;
mod spent;
mod sql;
mod sql_admit;
mod sql_ends;
mod sql_jobs;
mod sql_work;
mod tools;
mod verdict;
pub mod worker;

pub use admission::{check, dispatch, may_dispatch};
pub use complete::complete;
pub use error::DispatchError;
pub use floor::Floor;
pub use jobs::{cancel, job, jobs};
pub use rules::ToolRef;
pub use tenantry_kernel::requests::DispatchRequest;
pub use tools::{
    ToolError, change_tool, create_tool, find_tool, may_change_tool, remove_tool, rotate_tool, tool, tools,
};
