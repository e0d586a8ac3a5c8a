//! The page that asks who one is.

use leptos::prelude::*;

use super::{api::SignIn, door, fields::EmailField, named, wanted};
use crate::app::{
    form::{Form, FormView},
    layout::{AuthFrame, PageTitle},
    ui::{Alert, Button, ButtonVariant, Field, Tone},
};

/// Sign-in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = Form::of::<SignIn>();
    let wanted = wanted();
    let other = door("/sign-up", wanted);
    let done = named("done");
    // What a form of ours has just done; an address that somebody made up says nothing that would harm.
    let said = move || match done.get().as_str() {
        "reset" => Some("Your password is changed. Sign in with it."),
        "verified" => Some("Your address is confirmed. Sign in."),
        "deleted" => Some("Your account is deleted."),
        _ => None,
    };
    // Who is signed in comes here to do what asks for a proof of late.
    let again = !named("again").with_untracked(String::is_empty);
    let lead = if again { "Confirm that it is you, and go on where you were." } else { "Welcome back." };
    view! {
        <PageTitle text="Sign in"/>
        <AuthFrame
            title="Sign in"
            lead
            foot=move || {
                view! {
                    "New here? "
                    <a href=move || other.get()>"Create an account"</a>
                    ". "
                    <a href="/forgot-password">"Forgotten your password?"</a>
                }
            }
        >
            {move || said().map(|text| view! { <Alert tone=Tone::Success>{text}</Alert> })}
            <FormView form>
                <input type="hidden" name="next" value=move || wanted.get()/>
                <EmailField form/>
                <Field
                    name="password"
                    label="Password"
                    r#type="password"
                    autocomplete="current-password"
                    required=true
                    maxlength=128_u32
                    error=form.error("password")
                />
                <Button variant=ButtonVariant::Primary wide=true pending=form.pending()>"Sign in"</Button>
            </FormView>
        </AuthFrame>
    }
}
