//! What a stream of events tells. The numbers and the place come as [`crate::usage::UsageView`] and
//! [`crate::tenancy::TenantContextView`], as they are read elsewhere.

use serde::{Deserialize, Serialize};

use crate::{JobId, TenantId, dispatch::JobStatus, quota::Warning, tenancy::TenantView};

/// A job that was made or has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobChange {
    /// The job's id.
    pub id: JobId,
    /// The workspace that it runs in.
    pub tenant: TenantId,
    /// The tool's name.
    pub tool: String,
    /// What the tool is asked to do.
    pub action: String,
    /// Where it is in its life now.
    pub status: JobStatus,
}

/// The event `job`: everything that changed since the one before, the newest change first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobEvent {
    /// The newest change.
    pub job: JobChange,
    /// The others, 99 at most.
    pub further: Vec<JobChange>,
    /// Still others have changed: whoever shows jobs reads them anew.
    pub more: bool,
}

/// The event `warning`: a mark of a limit was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WarningEvent {
    /// The warning.
    pub warning: Warning,
}

/// The event `tenant`: the workspace has another name, address or status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantEvent {
    /// The workspace as it is now.
    pub tenant: TenantView,
}
