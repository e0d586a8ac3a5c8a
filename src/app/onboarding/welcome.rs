//! The first step: what this is.

use leptos::prelude::*;
use tenantry_kernel::onboarding::Step;

use super::{
    api::{BeginOnboarding, WizardView},
    wizard::{Wizard, WizardFoot},
};
use crate::app::{
    context::use_session,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Glyph, Icon, LinkButton},
};

/// Welcome.
#[component]
pub fn WelcomePage() -> impl IntoView {
    let session = use_session();
    let at_home = session.as_ref().is_some_and(|session| session.home.is_some());
    let first_name = session.and_then(|session| session.user.name.split_whitespace().next().map(str::to_owned));
    let title = match first_name {
        Some(name) if !at_home => format!("Welcome, {name}"),
        _ => "A new organization".to_owned(),
    };
    view! {
        <Wizard
            step=Step::Welcome
            title
            lead="An organization holds your people, one plan and the workspace where your data lives, apart from everybody else's."
            body
        />
    }
}

fn body(_: WizardView) -> AnyView {
    let form = Form::of::<BeginOnboarding>();
    let at_home = use_session().is_some_and(|session| session.home.is_some());
    view! {
        <FormView form>
            <ul class="welcome-list" role="list">
                <Point glyph=Glyph::House title="Give it a name" text="And, if you like, an address of its own."/>
                <Point glyph=Glyph::Layers title="Choose a plan" text="Free is enough to begin with. A change counts at once."/>
                <Point glyph=Glyph::Dispatch title="Connect a first service" text="A program with a key, a tool, or an inbound webhook."/>
            </ul>
            <p class="quiet">"What you answer is kept. You may close the browser and go on another day."</p>
            <WizardFoot>
                <Button variant=ButtonVariant::Primary pending=form.pending()>"Begin"</Button>
                {at_home.then(|| view! {
                    <LinkButton href="/dashboard" variant=ButtonVariant::Ghost>"Not now"</LinkButton>
                })}
            </WizardFoot>
        </FormView>
    }
    .into_any()
}

#[component]
fn Point(glyph: Glyph, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <li>
            <Icon glyph/>
            <div>
                <h2>{title}</h2>
                <p>{text}</p>
            </div>
        </li>
    }
}
