//! Every page, in one list that can be read from top to bottom. It is the one place where slices meet.

use leptos::prelude::*;
use leptos_meta::{Meta, provide_meta_context};
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use super::{
    billing::Ledger,
    context::{Flashed, Start, Tabs, TenantContext},
    landing::LandingPage,
    layout::{PageTitle, Workspace},
    pages,
    problem_view::status,
    ui::{Button, ButtonVariant, EmptyState, Glyph, LinkButton},
};

/// The interface.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let mut start = SharedValue::new(|| use_context::<Start>().unwrap_or_default()).into_inner();
    Flashed::provide(start.flash.take());
    Tabs::provide();
    if let Some(home) = start.session.as_ref().and_then(|session| session.home.clone()) {
        TenantContext::provide(home);
    }
    let unavailable = start.problem.is_some();
    provide_context(StoredValue::new(start));
    view! {
        <Meta name="description" content="Organizations, isolated tenants, plans and exact limits around your product."/>
        {if unavailable { view! { <Unavailable/> }.into_any() } else { view! { <Pages/> }.into_any() }}
    }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| view! { <NotFound/> }>
                <Route path=path!("/") view=|| view! { <LandingPage plans=|| view! { <Ledger/> }/> }/>
                <Route path=path!("/sign-in") view=pages::sign_in()/>
                <Route path=path!("/sign-up") view=pages::sign_up()/>
                <Route path=path!("/forgot-password") view=pages::forgot_password()/>
                <Route path=path!("/reset-password") view=pages::reset_password()/>
                <Route path=path!("/verify-email") view=pages::verify_email()/>
                <Route path=path!("/onboarding/welcome") view=pages::welcome()/>
                <Route path=path!("/onboarding/organization") view=pages::organization()/>
                <Route path=path!("/onboarding/plan") view=pages::plan()/>
                <Route path=path!("/onboarding/integrations") view=pages::integrations()/>
                <Route path=path!("/onboarding/complete") view=pages::complete()/>
                <ParentRoute path=path!("") view=Workspace>
                    <Route path=path!("/dashboard") view=pages::dashboard()/>
                    <Route path=path!("/dispatch") view=pages::dispatch()/>
                    <Route path=path!("/jobs/:id") view=pages::job()/>
                    <Route path=path!("/tools") view=pages::tools()/>
                    <Route path=path!("/tools/:id") view=pages::tool()/>
                    <Route path=path!("/keys") view=pages::keys()/>
                    <Route path=path!("/plans") view=pages::plans()/>
                    <Route path=path!("/usage") view=pages::usage()/>
                    <Route path=path!("/webhooks") view=pages::webhooks()/>
                    <Route path=path!("/webhooks/:id") view=pages::inbound()/>
                    <Route path=path!("/webhooks/endpoints/:id") view=pages::endpoint()/>
                    <Route path=path!("/settings") view=pages::settings()/>
                    <Route path=path!("/account") view=pages::account()/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// An address without a page.
#[component]
fn NotFound() -> impl IntoView {
    status(404);
    view! {
        <PageTitle text="Not found"/>
        <main class="center" id="main">
            <div class="center-box">
                <p class="eyebrow">"404"</p>
                <h1>"There is no such room in this house"</h1>
                <p class="soft">"The address may be mistyped, or what stood here has moved out."</p>
                <LinkButton href="/" variant=ButtonVariant::Primary>"To the entrance"</LinkButton>
            </div>
        </main>
    }
}

/// What the page begins with could not be found out: nothing else can be shown rightly.
#[component]
fn Unavailable() -> impl IntoView {
    view! {
        <PageTitle text="Temporarily unavailable"/>
        <main class="center" id="main">
            <div class="center-box">
                <h1>"We will be right back"</h1>
                <EmptyState
                    glyph=Glyph::Clock
                    title="The service cannot answer right now"
                    text="Nothing is lost. Load this page again in a moment."
                >
                    <form method="get">
                        <Button variant=ButtonVariant::Primary>"Try again"</Button>
                    </form>
                </EmptyState>
            </div>
        </main>
    }
}
