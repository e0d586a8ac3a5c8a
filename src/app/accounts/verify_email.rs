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
    let waits = Memo::new(move |_| token.with(String::is_empty));
    let confirm = move || {
        view! {
            <FormView form>
                <input type="hidden" name="token" value=move || token.get()/>
                <Button variant=ButtonVariant::Primary wide=true pending=form.pending()>"Confirm the address"</Button>
            </FormView>
        }
    };
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
            lead="One click, and your account is ready."
            foot=|| view! { "You have done so already? " <a href="/sign-in">"Sign in"</a> }
        >
            {move || if waits.get() { look().into_any() } else { confirm().into_any() }}
        </AuthFrame>
    }
}
