//! An event, written once for all who hear it.

use std::sync::Arc;

use serde::Serialize;
use tenantry_kernel::{
    live::{JobEvent, TenantEvent, WarningEvent},
    tenancy::TenantContextView,
    usage::UsageView,
};

/// An event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is about: a word without line breaks.
    pub name: &'static str,
    /// JSON, in one line.
    pub data: Arc<str>,
}

impl Event {
    pub(super) fn new(name: &'static str, data: &impl Serialize) -> Self {
        // Views are made of texts and numbers, which always have a form in JSON.
        Self { name, data: serde_json::to_string(data).unwrap_or_default().into() }
    }

    pub(super) fn usage(usage: &UsageView) -> Self {
        Self::new("usage", usage)
    }

    pub(super) fn job(jobs: &JobEvent) -> Self {
        Self::new("job", jobs)
    }

    pub(super) fn warning(warning: &WarningEvent) -> Self {
        Self::new("warning", warning)
    }

    pub(super) fn membership(context: &TenantContextView) -> Self {
        Self::new("membership", context)
    }

    pub(super) fn tenant(tenant: &TenantEvent) -> Self {
        Self::new("tenant", tenant)
    }

    /// Some events were not told: whoever hears it reads anew.
    pub(super) fn reset() -> Self {
        Self { name: "reset", data: "{}".into() }
    }
}
