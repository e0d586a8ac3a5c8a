//! Outbound webhooks on their page: the endpoints that there are, the form for another, and the secret of the one that was
//! just made.

use leptos::prelude::*;
use tenantry_kernel::{Code, Permission, Problem};

use super::{
    api::ListEndpoints,
    create::{self, NewEndpoint},
    list::EndpointList,
    words,
};
use crate::app::{
    answers::{Asked, Told},
    context::use_tenant,
    problem_view::{ProblemAlert, ProblemPage, status},
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{ButtonVariant, EmptyState, Glyph, LinkButton, Rows, Skeleton},
};

/// The section.
#[component]
pub fn OutboundSection() -> impl IntoView {
    let tenant = use_tenant();
    let create = create::form();
    let made = create.successes();
    let endpoints = Reading::<ListEndpoints>::of(move || (tenant.fields(), made.get()));
    let rows = Rows::of_page();
    let told = Told::of(vec![Asked::on_page(create).making().emptying(create::FORM)]);
    let makes = Memo::new(move |_| tenant.can(Permission::WebhookManage) && !tenant.suspended());
    let stage = Stage::of_page();
    view! {
        <ShownOnce shown=told.shown words=&words::SHOWN/>
        {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
        <Transition fallback=|| view! { <Skeleton block=true/> }>
            {move || Suspend::new(async move {
                let answer = endpoints.get().await;
                stage.show(move || match answer {
                    Ok(endpoints) => {
                        let once = endpoints.once.clone();
                        view! {
                            <EndpointList endpoints rows/>
                            <input type="hidden" name="once" form=create::FORM value=once/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Refused problem=error.into_problem()/> }.into_any(),
                })
            })}
        </Transition>
        {move || makes.get().then(|| view! { <NewEndpoint form=create/> })}
    }
}

/// In the place of the list: why it is not shown.
#[component]
fn Refused(problem: Problem) -> impl IntoView {
    match problem.code {
        Code::Forbidden => view! { <NotYours/> }.into_any(),
        _ => view! { <ProblemPage problem/> }.into_any(),
    }
}

/// For who may not see endpoints: why, and who can change it.
#[component]
fn NotYours() -> impl IntoView {
    let tenant = use_tenant();
    status(403);
    let text = format!(
        "Your role here is {}. Seeing and managing webhooks needs operator. Ask an admin of the organization.",
        tenant.standing()
    );
    view! {
        <EmptyState glyph=Glyph::Lock title="Webhooks are not for your role" text>
            <LinkButton href="/dashboard" variant=ButtonVariant::Secondary>"To the dashboard"</LinkButton>
        </EmptyState>
    }
}
