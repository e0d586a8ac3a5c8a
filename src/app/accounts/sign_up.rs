//! The page on which one becomes somebody.

use leptos::prelude::*;

use super::{
    api::SignUp,
    door,
    fields::{EmailField, NewPassword},
    wanted,
};
use crate::app::{
    form::{Form, FormView},
    layout::{AuthFrame, PageTitle},
    ui::{Button, ButtonVariant, Field},
};

/// Sign-up.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let form = Form::of::<SignUp>();
    let wanted = wanted();
    let other = door("/sign-in", wanted);
    view! {
        <PageTitle text="Create an account"/>
        <AuthFrame
            title="Create an account"
            lead="Your organization follows in five short steps."
            foot=move || view! { "You have an account? " <a href=move || other.get()>"Sign in"</a> }
        >
            <FormView form>
                <input type="hidden" name="next" value=move || wanted.get()/>
                <Field
                    name="name"
                    label="Your name"
                    autocomplete="name"
                    required=true
                    maxlength=100_u32
                    value=form.typed("name").unwrap_or_default()
                    error=form.error("name")
                />
                <EmailField form/>
                <NewPassword form/>
                <Button variant=ButtonVariant::Primary wide=true pending=form.pending()>"Create account"</Button>
            </FormView>
        </AuthFrame>
    }
}
