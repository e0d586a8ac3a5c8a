//! What stands at the edge of the window, over the page and not in it, so that nothing moves when it comes or goes: that the
//! page stands still, that another tab went elsewhere, and short news.

use leptos::prelude::*;

use super::load_anew;
use crate::app::{
    context::{Connection, Elsewhere, Standstill, Tabs, use_tenant},
    ui::{Button, ButtonSize, ButtonVariant, Notice, ToastRegion, Toasts, Tone, isolated},
};

/// The edge of the window.
#[component]
pub fn Notices(
    /// Short news.
    toasts: Toasts,
    /// How the page hears of changes.
    connection: Connection,
) -> impl IntoView {
    let (tenant, tabs) = (use_tenant(), Tabs::heard());
    let why = Memo::new(move |_| connection.standstill());
    let elsewhere = Memo::new(move |_| tabs.elsewhere(tenant.id()));
    view! {
        <div class="edge">
            // In the page from the start, as the other region: only what changes in a known one is read.
            <div class="notices" role="status">
                {move || elsewhere.get().map(|there| view! { <WentElsewhere there tabs toasts/> })}
                {move || why.get().map(|why| view! { <StandsStill why connection/> })}
            </div>
            <ToastRegion toasts/>
        </div>
    }
}

/// Why the page stands still, and what helps.
#[component]
fn StandsStill(why: Standstill, connection: Connection) -> impl IntoView {
    let (tone, text) = match why {
        Standstill::Offline => (
            Tone::Warning,
            "This device is offline. What you see was read before; what you type stays, to be sent when you are back.",
        ),
        Standstill::Silent => (
            Tone::Warning,
            "The service does not answer. What you see was read before, and what you type stays; it is tried again.",
        ),
        Standstill::Ended => (Tone::Danger, "You are signed out, or belong here no more."),
    };
    let act = move |text, press: fn(Connection)| {
        view! {
            <Button r#type="button" size=ButtonSize::Small on_press=move |_| press(connection)>{text}</Button>
        }
    };
    // Without a network there is nothing to try: the browser says when it is back.
    let help = match why {
        Standstill::Offline => None,
        Standstill::Silent => Some(act("Try now", Connection::try_now)),
        Standstill::Ended => Some(act("Load the page anew", |_| load_anew())),
    };
    view! { <Notice tone text>{help}</Notice> }
}

/// Another tab went to another organization: this one follows only if it is asked to.
#[component]
fn WentElsewhere(there: Elsewhere, tabs: Tabs, toasts: Toasts) -> impl IntoView {
    let tenant = use_tenant();
    let Elsewhere { tenant: id, organization } = there;
    let here = tenant.organization().name;
    let [there, here] = [&organization, &here].map(|name| isolated(name));
    let text = format!("You switched to {there} in another tab. This one still shows {here}.");
    let follow = move |_| {
        tabs.stay();
        tenant.go(id, move |error| toasts.tell(Tone::Danger, error.problem().detail.clone()));
    };
    view! {
        <Notice tone=Tone::Info text>
            <Button r#type="button" size=ButtonSize::Small variant=ButtonVariant::Primary on_press=follow>
                <bdi class="notice-name">{format!("Go to {organization}")}</bdi>
            </Button>
            <Button r#type="button" size=ButtonSize::Small on_press=move |_| tabs.stay()>"Stay here"</Button>
        </Notice>
    }
}
