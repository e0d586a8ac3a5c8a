//! The page of API keys: those that there are, the form for another, and the text of the one that was just made.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{HtmlDialogElement, HtmlFormElement},
};
use leptos_router::hooks::use_query_map;
use tenantry_kernel::Permission;

use super::{
    api::{KeyRing, ListKeys, ShownKey},
    create::{self, NewKey},
    list::KeyList,
    revoke, rotate,
    shown::ShownOnce,
};
use crate::app::{
    call,
    context::use_tenant,
    form::Form,
    layout::PageTitle,
    problem_view::{ProblemAlert, ProblemPage, status},
    reading::Reading,
    ui::{Button, ButtonVariant, EmptyState, Glyph, LinkButton, PageHeader, Skeleton, Toasts, Tone},
};

/// What is done to keys.
#[derive(Clone, Copy)]
pub struct Forms {
    /// Make one.
    pub create: Form,
    /// Replace one.
    pub rotate: Form,
    /// End one.
    pub revoke: Form,
}

/// API keys.
#[component]
pub fn KeysPage() -> impl IntoView {
    let tenant = use_tenant();
    // Another workspace has other keys, and nothing that was shown of this one stays.
    let here = Memo::new(move |_| (tenant.id(), tenant.can(Permission::KeyRead)));
    view! {
        <PageTitle text="API keys"/>
        <div class="page">
            {move || match here.get() {
                (_, true) => view! { <Keys/> }.into_any(),
                (_, false) => view! { <NotYours/> }.into_any(),
            }}
        </div>
    }
}

/// Why the reader may not change keys. Reactive.
pub fn refusal() -> Signal<Option<String>> {
    let tenant = use_tenant();
    Signal::derive(move || {
        (!tenant.can(Permission::KeyManage))
            .then(|| format!("Your role here is {}. Managing keys needs admin: ask one of them.", tenant.standing()))
    })
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

#[component]
fn Keys() -> impl IntoView {
    let tenant = use_tenant();
    let forms = Forms { create: create::form(), rotate: rotate::form(), revoke: revoke::form() };
    let answers = move || forms.create.answers() + forms.rotate.answers() + forms.revoke.answers();
    let query = use_query_map();
    let rows = Memo::new(move |_| query.with(|query| query.get("rows").unwrap_or_default()));
    let ring = Reading::<ListKeys>::of(move || {
        let rows = rows.with(|rows| call::fields(&[("rows", rows)]));
        (format!("{}&{rows}", tenant.fields()), answers())
    });
    let shown = made_last(forms);
    tidy_up(forms, answers);
    view! {
        <PageHeader
            title="API keys"
            lead="With a key a program acts in this workspace. It opens what its scopes say and nothing else."
        >
            <WayToCreate/>
        </PageHeader>
        <ShownOnce shown/>
        {move || forms.rotate.problem().get().map(|problem| view! { <ProblemAlert problem/> })}
        {move || forms.revoke.problem().get().map(|problem| view! { <ProblemAlert problem/> })}
        <Transition fallback=|| view! { <Skeleton block=true/> }>
            {move || Suspend::new(async move {
                match ring.get().await {
                    Ok(ring) => view! { <Ring ring forms/> }.into_any(),
                    Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Ring(ring: KeyRing, forms: Forms) -> impl IntoView {
    let tenant = use_tenant();
    let manages = Memo::new(move |_| tenant.can(Permission::KeyManage));
    let once = ring.once.clone();
    view! {
        <KeyList ring forms/>
        {move || manages.get().then(|| view! { <NewKey form=forms.create once=once.clone()/> })}
    }
}

/// The key that was made last, by whichever form. A repeat that brings no text never takes the place of one that did.
fn made_last(forms: Forms) -> RwSignal<Option<ShownKey>> {
    let shown = RwSignal::new(forms.create.done::<ShownKey>().or_else(|| forms.rotate.done()));
    for form in [forms.create, forms.rotate] {
        Effect::new(move |before: Option<u32>| {
            let answers = form.answers();
            let made = form.done::<ShownKey>().filter(|_| before.is_some_and(|before| before != answers));
            if let Some(made) = made {
                shown.update(|shown| {
                    let repeat = shown.as_ref().is_some_and(|shown| shown.key.id == made.key.id);
                    if !repeat {
                        *shown = Some(made);
                    }
                });
            }
            answers
        });
    }
    shown
}

/// After an answer: the question is closed, the form is empty again, and who revoked is told that it is done.
fn tidy_up(forms: Forms, answers: impl Fn() -> u32 + 'static) {
    let toasts = Toasts::get();
    Effect::new(move |before: Option<u32>| {
        let now = answers();
        if before.is_some_and(|before| before != now) {
            close_dialogs();
        }
        now
    });
    Effect::new(move |before: Option<u32>| {
        let now = forms.create.answers();
        if before.is_some_and(|before| before != now) && forms.create.is_done() {
            empty_form();
        }
        now
    });
    Effect::new(move |before: Option<u32>| {
        let now = forms.revoke.answers();
        if before.is_some_and(|before| before != now)
            && forms.revoke.is_done()
            && let Some(toasts) = toasts
        {
            toasts.tell(Tone::Success, "The key is revoked. Whatever sends it is refused.");
        }
        now
    });
}

fn close_dialogs() {
    let Ok(open) = document().query_selector_all("dialog[open]") else { return };
    for at in 0..open.length() {
        if let Some(dialog) = open.get(at).and_then(|node| node.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
    }
}

fn empty_form() {
    let form = document().query_selector(&format!("#{} form", create::PLACE)).ok().flatten();
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        form.reset();
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
