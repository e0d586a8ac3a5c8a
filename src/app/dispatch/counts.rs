//! How many jobs run, wait, and have failed lately, for the dashboard. The server draws it; this places what it drew.

use leptos::prelude::*;

use super::api::CountJobs;
use crate::app::{context::use_tenant, reading::Reading, ui::Skeleton};

/// The counts, which are read anew whenever a job changes. Where they cannot be read the list of jobs says why.
#[component]
pub fn Counts() -> impl IntoView {
    let tenant = use_tenant();
    let counts = Reading::<CountJobs>::of(move || tenant.moving());
    counts.shown(
        || view! { <Skeleton lines=3/> },
        |counts| view! { <div inner_html=counts.unwrap_or_default()></div> }.into_any(),
    )
}
