//! Outbound webhooks on their page: the endpoints that there are, the form for another, and the secret of the one that was
//! just made.

use leptos::prelude::*;
use tenantry_kernel::Permission;

use super::{
    api::ListEndpoints,
    create::{self, NewEndpoint},
    list::EndpointList,
    words,
};
use crate::app::{
    answers::{Asked, Told},
    context::use_tenant,
    problem_view::{ProblemAlert, ProblemPage},
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{Rows, Skeleton},
};

/// The section.
#[component]
pub fn OutboundSection() -> impl IntoView {
    let tenant = use_tenant();
    let create = create::form();
    let made = create.successes();
    let endpoints = Reading::<ListEndpoints>::of(move || (tenant.fields(), made.get()));
    let rows = Rows::of_page();
    let told = Told::of(vec![Asked::on_page(create).making().alone().emptying(create::FORM)]);
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
                    Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                })
            })}
        </Transition>
        {move || makes.get().then(|| view! { <NewEndpoint form=create/> })}
    }
}
