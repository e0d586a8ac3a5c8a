//! The workspace: navigation at the side or at the bottom, the organization at the top, the page in the middle.

use leptos::{html, prelude::*};
use leptos_router::{components::Outlet, hooks::use_location};

use super::{
    Brand, LoadAnew, account_menu::AccountMenu, kept_focus, notices::Notices, palette::Palette, rail::Rail,
    switcher::OrganizationSwitcher,
};
use crate::app::{
    context::{Connection, TenantContext, use_session, use_tenant},
    ui::{Alert, Toasts, Tone},
};

/// The frame of every page that belongs to a tenant.
#[component]
pub fn Workspace() -> impl IntoView {
    match use_context::<TenantContext>() {
        Some(_) => view! { <Shell/> }.into_any(),
        None => view! { <Alone/> }.into_any(),
    }
}

/// Who belongs to no organization has an account all the same; from every other page the server leads them away before it
/// renders.
#[component]
fn Alone() -> impl IntoView {
    let path = use_location().pathname;
    let is_theirs = Memo::new(move |_| path.get() == "/account" && use_session().is_some());
    move || {
        if !is_theirs.get() {
            return view! { <LoadAnew/> }.into_any();
        }
        view! {
            <div class="wizard">
                <header class="wizard-bar split">
                    <Brand/>
                    <AccountMenu/>
                </header>
                <main class="wizard-main" id="main">
                    <Outlet/>
                </main>
            </div>
        }
        .into_any()
    }
}

#[component]
fn Shell() -> impl IntoView {
    let tenant = use_tenant();
    let toasts = Toasts::provide();
    let main = NodeRef::<html::Main>::new();
    focus_page_after_navigation(main);
    kept_focus::keep();
    let connection = Connection::follow(tenant);
    view! {
        <div class="shell">
            // The browser follows it, not the router, which would scroll and leave the focus behind.
            <a class="skip" href="#main" rel="external">"Skip to the page"</a>
            <header class="topbar">
                <div class="topbar-start">
                    <OrganizationSwitcher/>
                </div>
                <div class="topbar-end">
                    <Palette/>
                    <AccountMenu/>
                </div>
            </header>
            <Rail/>
            <main class="content" id="main" tabindex="-1" node_ref=main>
                {move || tenant.suspended().then(|| view! { <Suspended/> })}
                <Outlet/>
            </main>
            <Notices toasts connection/>
        </div>
    }
}

#[component]
fn Suspended() -> impl IntoView {
    view! {
        <div class="page">
            <Alert tone=Tone::Warning title="This workspace is suspended">
                "Its jobs and tools are closed until an admin of the organization lifts the suspension."
            </Alert>
        </div>
    }
}

/// After a link was followed the reader continues at the new page, not at the link that is gone.
fn focus_page_after_navigation(main: NodeRef<html::Main>) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now)
            && let Some(main) = main.get_untracked()
        {
            // A page that is being left has nothing to focus.
            drop(main.focus());
        }
        now
    });
}
