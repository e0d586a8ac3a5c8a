//! The page of webhooks: a section for each direction.

use leptos::prelude::*;
use tenantry_kernel::{Code, Permission, Problem};

use super::{endpoints::OutboundSection, inbound::Inbound};
use crate::app::{
    context::use_tenant,
    layout::PageTitle,
    problem_view::{ProblemPage, status},
    ui::{ButtonVariant, EmptyState, Glyph, LinkButton, PageHeader},
};

/// Webhooks.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    // Who may see neither is told so once.
    let tenant = use_tenant();
    let manages = Memo::new(move |_| tenant.can(Permission::WebhookManage));
    view! {
        <PageTitle text="Webhooks"/>
        <div class="page">
            <PageHeader
                title="Webhooks"
                lead="Signed messages between this workspace and services elsewhere."
            />
            <Inbound/>
            {move || manages.get().then(|| view! {
                <section class="section" aria-label="Outbound"><OutboundSection/></section>
            })}
        </div>
    }
}

/// In the place of a section: why it is not shown.
#[component]
pub fn Refused(
    /// Why.
    problem: Problem,
    /// There is nothing else on the page.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    match problem.code {
        Code::Forbidden => view! { <NotYours/> }.into_any(),
        _ => view! { <ProblemPage problem whole/> }.into_any(),
    }
}

/// For who may not look after webhooks: why, and who can change it.
#[component]
fn NotYours() -> impl IntoView {
    let tenant = use_tenant();
    status(403);
    let text = format!(
        "Your role here is {}. Looking after webhooks needs operator. Ask an admin of the organization.",
        tenant.standing()
    );
    view! {
        <EmptyState glyph=Glyph::Lock title="Webhooks are not for your role" text>
            <LinkButton href="/dashboard" variant=ButtonVariant::Secondary>"To the dashboard"</LinkButton>
        </EmptyState>
    }
}
