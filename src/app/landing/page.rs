//! The landing page: what this is, what it does, what it costs, and the way in.

use leptos::prelude::*;

use super::picture::Picture;
use crate::app::{
    context::use_start,
    curl,
    layout::{Brand, PageTitle},
    ui::{ButtonSize, ButtonVariant, CodeBlock, Glyph, Icon, LinkButton},
};

/// The landing page.
#[component]
pub fn LandingPage(
    /// The plans, side by side.
    #[prop(into)]
    plans: ViewFn,
) -> impl IntoView {
    view! {
        <PageTitle text="A multi-tenant SaaS out of your application"/>
        <div class="landing">
            <a class="skip" href="#main" rel="external">"Skip to the page"</a>
            <header class="landing-bar">
                <Brand/>
                <nav aria-label="Account"><Doors/></nav>
            </header>
            <main id="main">
                <Hero/>
                <Features/>
                <section class="band" aria-labelledby="plans">
                    <div class="band-head">
                        <h2 id="plans">"Begin free. Take more room when you need it."</h2>
                        <p class="lead">"A change counts at once, in both directions."</p>
                    </div>
                    {plans.run()}
                </section>
                <Closing/>
            </main>
            <footer class="landing-foot">
                <span>"Tenantry"</span>
                <a href="/api/openapi.json" rel="external">"OpenAPI document"</a>
            </footer>
        </div>
    }
}

/// Is somebody signed in, and where do they go first?
fn first_page() -> Option<&'static str> {
    use_start().with_value(|start| start.session.as_ref().map(|_| start.first_page()))
}

#[component]
fn Doors() -> impl IntoView {
    match first_page() {
        Some(page) => {
            view! { <LinkButton href=page variant=ButtonVariant::Primary>{open_words(page)}</LinkButton> }.into_any()
        }
        None => view! {
            <a class="landing-link" href="/sign-in">"Sign in"</a>
            <LinkButton href="/sign-up" variant=ButtonVariant::Primary>"Create account"</LinkButton>
        }
        .into_any(),
    }
}

/// What the button into the product says.
fn open_words(page: &str) -> &'static str {
    if page == "/dashboard" { "Open dashboard" } else { "Finish set-up" }
}

#[component]
fn Hero() -> impl IntoView {
    let (href, words) = first_page().map_or(("/sign-up", "Start free"), |page| (page, open_words(page)));
    view! {
        <section class="hero">
            <div class="hero-text">
                <h1>"Every customer behind their own door"</h1>
                <p class="lead">
                    "Tenantry puts organizations, isolated data, plans and limits around your product. \
                     One program carries the server, this interface, the workers and the command line."
                </p>
                <div class="hero-actions">
                    <LinkButton href variant=ButtonVariant::Primary size=ButtonSize::Large>{words}</LinkButton>
                    <LinkButton href="#plans" variant=ButtonVariant::Secondary size=ButtonSize::Large>
                        "See the plans"
                    </LinkButton>
                </div>
                <p class="hero-note">"Free to begin with. No card is asked for."</p>
            </div>
            <div class="hero-stage"><Picture/></div>
        </section>
    }
}

/// What the product does, in six rooms.
const FEATURES: [(Glyph, &str, &str); 6] = [
    (
        Glyph::House,
        "Organizations and workspaces",
        "A person belongs to as many as they like and switches in a blink. Every window keeps acting in the one that it \
         shows.",
    ),
    (
        Glyph::Shield,
        "Isolation by the database",
        "Forced row-level security under a role that owns nothing. A query that forgets its tenant finds nothing instead \
         of everything.",
    ),
    (
        Glyph::Gauge,
        "Limits that are exact",
        "Dispatch 500 of 500 passes, 501 does not: under any number of calls at once, and after a crash too.",
    ),
    (
        Glyph::Dispatch,
        "Durable dispatch",
        "A tool is asked, a job runs, what it used is counted. Decision, job and counter are one transaction.",
    ),
    (
        Glyph::People,
        "Roles that explain themselves",
        "Viewer, operator, admin, owner. What one may not do is visible, and says whom to ask.",
    ),
    (
        Glyph::Bolt,
        "One contract",
        "The same words in the interface, the API and the command line; every refusal says why and what to do.",
    ),
];

#[component]
fn Features() -> impl IntoView {
    let features =
        FEATURES.into_iter().map(|(glyph, title, text)| view! { <Feature glyph title text/> }).collect_view();
    view! {
        <section class="band" aria-labelledby="rooms">
            <div class="band-head">
                <h2 id="rooms">"What stands between your features and your customers"</h2>
            </div>
            <div class="features">{features}</div>
        </section>
    }
}

#[component]
fn Feature(glyph: Glyph, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="feature">
            <span class="feature-sign"><Icon glyph/></span>
            <h3>{title}</h3>
            <p>{text}</p>
        </div>
    }
}

#[component]
fn Closing() -> impl IntoView {
    let url = use_start().with_value(|start| start.public_url.clone());
    let code = curl::example(&url, "you@example.com");
    view! {
        <section class="closing" aria-labelledby="closing">
            <div class="closing-sheet">
                <div class="stack">
                    <h2 id="closing">"From an account to the first job in five steps"</h2>
                    <p class="soft">"The wizard makes the organization; the API takes it from there."</p>
                    <div class="row"><Doors/></div>
                </div>
                <CodeBlock title="Shell" code/>
            </div>
        </section>
    }
}
