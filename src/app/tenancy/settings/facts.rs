//! What cannot be changed here: ids, the plan, the workspace's own names.

use leptos::prelude::*;

use crate::app::{
    context::use_tenant,
    ui::{Badge, ButtonSize, ButtonVariant, Card, CopyButton, DefinitionList, Fact, Tone},
};

/// What the organization is.
#[component]
pub fn Organization(id: String, made: String) -> impl IntoView {
    let tenant = use_tenant();
    let plan = move || {
        let plan = tenant.plan();
        view! { <Badge tone=Tone::of_plan(&plan.id)>{plan.name}</Badge> }
    };
    view! {
        <Card title="This organization" note="Its id never changes, whatever it is called.">
            <DefinitionList>
                <Fact name="Id"><Copied text=id what="the organization's id"/></Fact>
                <Fact name="Plan">{plan}</Fact>
                <Fact name="Created">{made}</Fact>
            </DefinitionList>
        </Card>
    }
}

/// What the workspace is.
#[component]
pub fn ThisWorkspace(host: Option<String>) -> impl IntoView {
    let tenant = use_tenant();
    let facts = move || {
        let (here, host) = (tenant.tenant(), host.clone());
        view! {
            <DefinitionList>
                <Fact name="Name">{here.name}</Fact>
                <Fact name="Id"><Copied text=here.id.to_string() what="the workspace's id"/></Fact>
                <Fact name="Address"><Copied text=here.slug what="the workspace's address"/></Fact>
                {host.map(|host| view! {
                    <Fact name="Its own host"><a class="mono break" href=host.clone() rel="external">{host.clone()}</a></Fact>
                })}
            </DefinitionList>
        }
    };
    view! {
        <Card
            title="This workspace"
            note="Requests name it by id or address in the header X-Tenant. Both stay when the organization is called otherwise."
        >
            {facts}
        </Card>
    }
}

/// A text, and the button that copies it.
#[component]
fn Copied(text: String, what: &'static str) -> impl IntoView {
    view! {
        <span class="row" data-gap="2">
            <span class="mono break">{text.clone()}</span>
            <CopyButton text size=ButtonSize::Small variant=ButtonVariant::Ghost>
                "Copy"
                <span class="vh">" "{what}</span>
            </CopyButton>
        </span>
    }
}
