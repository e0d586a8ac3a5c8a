//! The page of tools: those that there are, the form for another, and the secret of the one that was just made.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use tenantry_kernel::Permission;

use super::{
    api::ListTools,
    create::{self, NewTool},
    list::ToolList,
    words,
};
use crate::app::{
    answers::{Asked, Told},
    call,
    context::{use_tenant, use_tenant_dispatch},
    layout::PageTitle,
    problem_view::{ProblemAlert, ProblemPage},
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{Button, ButtonVariant, Glyph, LinkButton, PageHeader, Rows, Skeleton},
};

/// Tools.
#[component]
pub fn ToolsPage() -> impl IntoView {
    let tenant = use_tenant();
    let (create, dispatch) = (create::form(), use_tenant_dispatch().leading_to_jobs());
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|query| query.get("rows").unwrap_or_default()));
    let made = create.successes();
    let shelf = Reading::<ListTools>::of(move || {
        let wanted = wanted.with(|rows| call::fields(&[("rows", rows)]));
        (format!("{}&{wanted}", tenant.fields()), made.get())
    });
    let rows = Rows::of_page();
    let told =
        Told::of(vec![Asked::on_page(create).making().emptying(create::FORM), Asked::in_dialog(dispatch.form())]);
    let makes = Memo::new(move |_| tenant.can(Permission::ToolManage) && !tenant.suspended());
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Tools"/>
        <div class="page">
            <PageHeader title="Tools" lead="What can be dispatched here: built in, or your own service behind an address.">
                <WayToCreate/>
            </PageHeader>
            <ShownOnce shown=told.shown words=&words::SHOWN/>
            {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answer = shelf.get().await;
                    stage.show(move || match answer {
                        Ok(shelf) => {
                            let (features, once) = (shelf.features.clone(), shelf.once.clone());
                            view! {
                                <ToolList shelf dispatch rows/>
                                <input type="hidden" name="once" form=create::FORM value=once/>
                                {makes.get_untracked().then(|| view! { <NewTool form=create features/> })}
                            }
                            .into_any()
                        }
                        Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

/// The way to the form, or why there is none.
#[component]
fn WayToCreate() -> impl IntoView {
    let refusal = words::refusal();
    move || match refusal.get() {
        Some(why) => {
            view! { <Button r#type="button" glyph=Glyph::Tool refusal=Some(why)>"Add a tool"</Button> }.into_any()
        }
        // The browser follows it, not the router, so that the focus goes along.
        None => {
            let href = format!("#{}", create::PLACE);
            view! { <LinkButton href variant=ButtonVariant::Primary glyph=Glyph::Plus external=true>"Add a tool"</LinkButton> }
                .into_any()
        }
    }
}
