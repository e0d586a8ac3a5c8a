//! The page for who has forgotten their password. It says the same for every address.

use leptos::prelude::*;

use super::{api::ForgotPassword, fields::EmailField, named};
use crate::app::{
    form::{Form, FormView},
    layout::{AuthFrame, PageTitle},
    ui::{Alert, Button, ButtonVariant, Tone},
};

/// Asking for a link to another password.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let form = Form::of::<ForgotPassword>();
    let sent = named("sent");
    let told = move || {
        (!sent.get().is_empty()).then(|| {
            view! {
                <Alert tone=Tone::Success title="Look into your mailbox">
                    "If there is an account with this address, a link to a new password is on its way. It works for 30 minutes."
                </Alert>
            }
        })
    };
    view! {
        <PageTitle text="Forgotten password"/>
        <AuthFrame
            title="Forgotten your password?"
            lead="We send you a link to choose a new one."
            foot=|| view! { "You remember it? " <a href="/sign-in">"Sign in"</a> }
        >
            {told}
            <FormView form>
                <EmailField form/>
                <Button variant=ButtonVariant::Primary wide=true pending=form.pending()>"Send the link"</Button>
            </FormView>
        </AuthFrame>
    }
}
