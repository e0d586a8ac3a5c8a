//! Dispatch: a member asks a tool to do something; the guards decide, a job runs durably, the use is counted.
//!
//! Decision, job, counter, event and stored answer are one transaction, under the lock of the organization's gate: no two
//! decisions see the same last unit, in one process or in many. What a tenant's requests bring at the same moment shares one
//! such transaction, which decides them one after the other.

mod admission;
mod answers;
mod arrival;
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
mod sql_compensation;
mod sql_ends;
mod sql_jobs;
mod sql_work;
mod tools;
mod verdict;
pub mod worker;

pub use admission::{check, dispatch, may_dispatch};
pub(crate) use arrival::{Run, arrive};
pub use complete::complete;
pub use error::DispatchError;
pub use floor::Floor;
pub use jobs::{cancel, count_jobs, job, jobs, jobs_with};
pub use rules::ToolRef;
pub use tenantry_kernel::requests::DispatchRequest;
pub use tools::{
    ToolError, change_tool, check_tool, create_tool, find_tool, may_change_tool, remove_tool, rotate_tool, tool, tools,
};

use tenantry_kernel::ToolId;

use crate::db::{DbError, OrganizationBound, TenantTx};

/// Takes the organization's lock, for what must be counted with nobody beside.
pub(crate) async fn line_up(tx: &mut impl OrganizationBound) -> Result<(), DbError> {
    sql::lock_gate(tx).await
}

/// The id of a tool that is named; `None` where the tenant has none of that name or id.
pub(crate) async fn tool_id(tx: &mut TenantTx, tool: &ToolRef) -> Result<Option<ToolId>, DbError> {
    Ok(sql::find_tools(tx, &[tool]).await?.pop().map(|tool| tool.id))
}
