//! The page that a link for another password leads to. Opening it changes nothing: mail programs open links by themselves.

use leptos::prelude::*;

use super::{api::ResetPassword, fields::NewPassword, named};
use crate::app::{
    form::{Form, FormView},
    layout::{AuthFrame, PageTitle},
    ui::{Button, ButtonVariant},
};

/// Choosing another password.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let form = Form::of::<ResetPassword>();
    let token = named("token");
    view! {
        <PageTitle text="New password"/>
        <AuthFrame
            title="Choose a new password"
            lead="You are signed out everywhere, and sign in with it."
            foot=|| view! { "The link is too old? " <a href="/forgot-password">"Ask for a new one"</a> }
        >
            <FormView form>
                <input type="hidden" name="token" value=move || token.get()/>
                <NewPassword form label="New password"/>
                <Button variant=ButtonVariant::Primary wide=true pending=form.pending()>"Set the password"</Button>
            </FormView>
        </AuthFrame>
    }
}
