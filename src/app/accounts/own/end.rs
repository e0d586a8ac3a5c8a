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
    let refusal = (!owns_alone.is_empty()).then(|| {
        let names = owns_alone.join(", ");
        format!("Nobody else owns {names}. Make another member an owner, or have the organization deleted first.")
    });
    let asks = refusal.is_none();
    view! {
        <Card title="Delete the account" note="You leave every organization, and are signed out everywhere.">
            <p class="soft">
                "Your name and address are removed for good. What you did for organizations stays with them, under nobody's name."
            </p>
            {refusal.map(|text| view! { <p>{text}</p> })}
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
