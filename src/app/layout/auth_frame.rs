//! The frame of sign-in and sign-up: the form on one side, what it leads to on the other.

use leptos::prelude::*;

use crate::app::ui::{FloorPlan, Mark};

/// The product's mark and name, as the way to the front page.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <a class="auth-brand" href="/">
            <Mark/>
            <span>"Tenantry"</span>
        </a>
    }
}

/// The form on one side, the house on the other.
#[component]
pub fn AuthFrame(
    /// The title of the form.
    #[prop(into)]
    title: String,
    /// What it leads to.
    #[prop(into)]
    lead: String,
    /// The way to the other door.
    #[prop(into)]
    foot: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="auth">
            <aside class="auth-aside" aria-label="About Tenantry">
                <Brand/>
                <FloorPlan/>
                <div class="auth-said">
                    <h2>"One house. Every tenant behind their own door."</h2>
                    <p>"Organizations, isolated data, plans and limits that are exact, around whatever your product does."</p>
                </div>
            </aside>
            <main class="auth-main" id="main">
                <div class="auth-box">
                    <Brand/>
                    <div class="auth-head">
                        <h1>{title}</h1>
                        <p class="soft">{lead}</p>
                    </div>
                    {children()}
                    <p class="auth-foot">{foot.run()}</p>
                </div>
            </main>
        </div>
    }
}
