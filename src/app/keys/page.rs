//! The page of API keys: those that there are, the form for another, and the text of the one that was just made.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use tenantry_kernel::{Code, Permission, Problem};

use super::{
    answers::Forms,
    api::ListKeys,
    create::{self, NewKey},
    list::KeyList,
    words,
};
use crate::app::{
    call,
    context::use_tenant,
    layout::PageTitle,
    problem_view::{ProblemAlert, ProblemPage, status},
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{Button, ButtonVariant, EmptyState, Glyph, LinkButton, PageHeader, Rows, Skeleton},
};

/// API keys.
#[component]
pub fn KeysPage() -> impl IntoView {
    let tenant = use_tenant();
    let forms = Forms::of_page();
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|query| query.get("rows").unwrap_or_default()));
    let changes = forms.changes();
    let ring = Reading::<ListKeys>::of(move || {
        let wanted = wanted.with(|rows| call::fields(&[("rows", rows)]));
        (format!("{}&{wanted}", tenant.fields()), changes.get())
    });
    let rows = Rows::of_page();
    let told = forms.told();
    let sees = Memo::new(move |_| tenant.can(Permission::KeyRead));
    let makes = Memo::new(move |_| tenant.can(Permission::KeyManage) && !tenant.suspended());
    let stage = Stage::of_page();
    view! {
        <PageTitle text="API keys"/>
        <div class="page">
            {move || sees.get().then(|| view! { <Head/> })}
            <ShownOnce shown=told.shown words=&words::SHOWN/>
            {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answer = ring.get().await;
                    stage.show(move || match answer {
                        Ok(ring) => view! { <KeyList ring forms rows/> }.into_any(),
                        Err(error) => view! { <Refused problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
            {move || makes.get().then(|| view! { <NewKey form=forms.create/> })}
        </div>
    }
}

#[component]
fn Head() -> impl IntoView {
    view! {
        <PageHeader
            title="API keys"
            lead="With a key a program acts in this workspace. It opens what its scopes say and nothing else."
        >
            <WayToCreate/>
        </PageHeader>
    }
}

/// Why the reader may not change keys. Reactive.
pub fn refusal() -> Signal<Option<String>> {
    let tenant = use_tenant();
    Signal::derive(move || tenant.lacks(Permission::KeyManage, "Managing keys"))
}

/// The way to the form, or why there is none.
#[component]
fn WayToCreate() -> impl IntoView {
    let refusal = refusal();
    move || match refusal.get() {
        Some(why) => {
            view! { <Button r#type="button" glyph=Glyph::Key refusal=Some(why)>"Create a key"</Button> }.into_any()
        }
        // The browser follows it, not the router, so that the focus goes along.
        None => {
            let href = format!("#{}", create::PLACE);
            view! { <LinkButton href variant=ButtonVariant::Primary glyph=Glyph::Plus external=true>"Create a key"</LinkButton> }
                .into_any()
        }
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

/// For who may not see keys: why, and who can change it.
#[component]
fn NotYours() -> impl IntoView {
    let tenant = use_tenant();
    status(403);
    let text = format!(
        "Your role here is {}. Seeing keys needs operator, making them admin. Ask an admin of the organization.",
        tenant.standing()
    );
    view! {
        <EmptyState glyph=Glyph::Lock title="Keys are not for your role" text whole=true>
            <LinkButton href="/dashboard" variant=ButtonVariant::Secondary>"To the dashboard"</LinkButton>
        </EmptyState>
    }
}
