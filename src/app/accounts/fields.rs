//! The fields that the forms of accounts share, so that browsers and password managers know each for what it is.

use leptos::prelude::*;

use crate::app::{form::Form, ui::Field};

/// An address.
#[component]
pub fn EmailField(
    /// The form that it stands in.
    form: Form,
    /// What it asks for.
    #[prop(default = "E-mail")]
    label: &'static str,
    /// Its id, where a page has several.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    view! {
        <Field
            name="email"
            label
            id=id.map_or_else(|| "field-email".to_owned(), str::to_owned)
            r#type="email"
            autocomplete="username"
            required=true
            maxlength=254_u32
            value=form.typed("email").unwrap_or_default()
            error=form.error("email")
        />
    }
}

/// A password that is chosen.
#[component]
pub fn NewPassword(
    /// The form that it stands in.
    form: Form,
    /// What it asks for.
    #[prop(default = "Password")]
    label: &'static str,
) -> impl IntoView {
    view! {
        <Field
            name="password"
            label
            r#type="password"
            autocomplete="new-password"
            required=true
            minlength=10_u32
            maxlength=128_u32
            hint="At least 10 characters. A few words are easy to remember."
            error=form.error("password")
        />
    }
}

/// The password that somebody has, typed once more.
#[component]
pub fn CurrentPassword(
    /// The form that it stands in.
    form: Form,
    /// Its id: a page has several.
    id: &'static str,
) -> impl IntoView {
    view! {
        <Field
            name="current_password"
            label="Current password"
            id=id
            r#type="password"
            autocomplete="current-password"
            required=true
            maxlength=128_u32
            error=form.error("current_password")
        />
    }
}
