//! The page of webhooks.

use leptos::prelude::*;

use super::endpoints::OutboundSection;
use crate::app::{layout::PageTitle, ui::PageHeader};

/// Webhooks.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    view! {
        <PageTitle text="Webhooks"/>
        <div class="page">
            <PageHeader title="Webhooks" lead="Your systems are told what happens here, by signed messages."/>
            <OutboundSection/>
        </div>
    }
}
