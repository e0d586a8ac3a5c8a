//! The page that a link for proving an address leads to, and, without a token, the page that says that there is mail. Opening
//! it changes nothing: mail programs open links by themselves.

use leptos::prelude::*;

use super::{api::VerifyEmail, named};
use crate::app::{
    form::{Form, FormView},
    layout::{AuthFrame, PageTitle},
    ui::{Alert, Button, ButtonVariant, Tone},
};

/// Proving an address.
#[component]
pub fn VerifyEmailPage() -> impl IntoView {
    let form = Form::of::<VerifyEmail>();
    let token = named("token");
    let done = named("done");
    // What a link has just done.
    let said = move || match done.get().as_str() {
        "half" => Some("This address has agreed. Open the link in the other mailbox, too."),
        "whole" => Some("Your account has its new address. Sign in with it from now on."),
        _ => None,
    };
    let waits = Memo::new(move |_| token.with(String::is_empty));
    let confirm = move || {
        view! {
            <FormView form>
                <input type="hidden" name="token" value=move || token.get()/>
                <Button variant=ButtonVariant::Primary wide=true pending=form.pending()>"Confirm the address"</Button>
            </FormView>
        }
    };
    let agreed = |text| view! { <Alert tone=Tone::Success>{text}</Alert> };
    let look = || {
        view! {
            <Alert tone=Tone::Info title="Look into your mailbox">
                "We have sent a mail to your address. Open its link to go on; it works for 24 hours."
            </Alert>
        }
    };
    view! {
        <PageTitle text="Confirm your address"/>
        <AuthFrame
            title="Confirm your address"
            lead="One click, and it counts as yours."
            foot=|| view! { "You have done so already? " <a href="/sign-in">"Sign in"</a> }
        >
            {move || match said() {
                Some(text) => agreed(text).into_any(),
                None if waits.get() => look().into_any(),
                None => confirm().into_any(),
            }}
        </AuthFrame>
    }
}
