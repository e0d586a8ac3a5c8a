//! The end of an account, behind the question that says what it means.

use leptos::prelude::*;

use super::api::DeleteAccount;
use crate::app::{
    accounts::fields::CurrentPassword,
    context::Tabs,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Disclosure},
};

#[component]
pub fn End(owns_alone: Vec<String>) -> impl IntoView {
    let form = Form::of::<DeleteAccount>();
    Tabs::heard().leave_with(form);
    let asks = owns_alone.is_empty();
    view! {
        <Card title="Delete the account" note="You leave every organization, and are signed out everywhere.">
            <p class="soft">
                "Your name and address are removed for good. What you did for organizations stays with them, under nobody's name."
            </p>
            {(!asks).then(|| view! { <OwnsAlone names=owns_alone/> })}
            {asks.then(|| view! {
                <Disclosure summary="Delete it">
                    <FormView form>
                        <CurrentPassword form id="end-password"/>
                        <div class="actions">
                            <Button variant=ButtonVariant::Danger pending=form.pending()>"Delete my account"</Button>
                        </div>
                    </FormView>
                </Disclosure>
            })}
        </Card>
    }
}

/// Why an only owner stays.
#[component]
fn OwnsAlone(names: Vec<String>) -> impl IntoView {
    let rest = match names.len() {
        1 => ". Make another member an owner, or have the organization deleted first.",
        _ => ". Make another member the owner of each, or have them deleted first.",
    };
    let comma = |at: usize| if at == 0 { "" } else { ", " };
    let names = names.into_iter().enumerate().map(|(at, name)| view! { {comma(at)} <bdi>{name}</bdi> }).collect_view();
    view! { <p>"Nobody else owns " {names} {rest}</p> }
}
