//! A job's status in a word.

use leptos::prelude::*;
use tenantry_kernel::dispatch::JobStatus;

use crate::app::ui::{Badge, Tone};

/// A job's status.
#[component]
pub fn StatusBadge(
    /// The status.
    status: JobStatus,
) -> impl IntoView {
    let tone = match status {
        JobStatus::Queued => Tone::Neutral,
        JobStatus::Running => Tone::Info,
        JobStatus::Succeeded => Tone::Success,
        JobStatus::Failed => Tone::Danger,
        JobStatus::Canceled => Tone::Warning,
    };
    view! { <Badge tone dot=true>{status.as_str()}</Badge> }
}
