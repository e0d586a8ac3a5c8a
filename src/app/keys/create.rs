//! Making a key.

use leptos::prelude::*;
use tenantry_kernel::key::{Environment, Scope};

use super::{api::CreateKey, words};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Checkbox, Field, Glyph, Select, SelectOption},
};

/// The id of the form's place on the page.
pub const PLACE: &str = "new-key";

/// The id of the form.
pub const FORM: &str = "new-key-form";

/// Scopes that are ticked at first: enough to dispatch and to see what became of it.
const TICKED: [Scope; 2] = [Scope::Read, Scope::Dispatch];

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<CreateKey>()
}

/// The key under which the form happens once. It comes anew with each list, and the form must not: what is being typed would
/// go with it.
#[component]
pub fn Once(
    /// The key.
    once: String,
) -> impl IntoView {
    view! { <input type="hidden" name="once" form=FORM value=once/> }
}

/// The form's fields.
#[component]
pub fn NewKey(
    /// The form.
    form: Form,
) -> impl IntoView {
    view! {
        <Card title="Create a key" note="Its text is shown once, on this page, right after." attr:id=PLACE attr:tabindex="-1">
            <FormView form attr:id=FORM>
                <TenantField/>
                <div class="form-row">
                    <Field
                        name="name"
                        label="Name"
                        required=true
                        maxlength=100_u32
                        autocomplete="off"
                        placeholder="Nightly import"
                        value=form.typed("name").unwrap_or_default()
                        hint="The program that will use it."
                        error=form.error("name")
                    />
                    <Expiry form/>
                    <Environments form/>
                </div>
                <Scopes form/>
                <div class="actions">
                    <Button variant=ButtonVariant::Primary glyph=Glyph::Key pending=form.pending()>"Create key"</Button>
                </div>
            </FormView>
        </Card>
    }
}

#[component]
fn Expiry(form: Form) -> impl IntoView {
    let days = |days: &str| SelectOption::new(days, format!("{days} days"));
    let options = vec![SelectOption::new("", "Never"), days("30"), days("90"), days("365")];
    view! {
        <Select
            name="expires_in_days"
            label="Expires"
            options
            selected=form.typed("expires_in_days").unwrap_or_else(|| "90".to_owned())
            hint="Rotate it before, and nothing stops."
            error=form.error("expires_in_days")
        />
    }
}

#[component]
fn Environments(form: Form) -> impl IntoView {
    let option = |environment: Environment, label: &str| SelectOption::new(environment.as_str(), label);
    let options = vec![option(Environment::Live, "Live"), option(Environment::Test, "Test")];
    view! {
        <Select
            name="environment"
            label="Environment"
            options
            selected=form.typed("environment").unwrap_or_default()
            hint="A word in the key. Both may do the same, and both count."
            error=form.error("environment")
        />
    }
}

#[component]
fn Scopes(form: Form) -> impl IntoView {
    let boxes = Scope::ALL
        .into_iter()
        .enumerate()
        .map(|(at, scope)| {
            let (title, sentence) = words::of_scope(scope);
            let word = scope.as_str();
            // What is wrong with the choice as a whole is told at its first box.
            let error = Signal::derive(move || form.error("scopes").get().filter(|_| at == 0));
            view! {
                <Checkbox
                    name="scopes[]"
                    id=format!("field-scope-{word}")
                    value=word
                    label=title
                    hint=sentence
                    checked=form.chose("scopes[]", word).unwrap_or_else(|| TICKED.contains(&scope))
                    error
                />
            }
        })
        .collect_view();
    view! {
        <fieldset>
            <legend class="choices-legend">"What it may do"</legend>
            <div class="grid" data-columns="3">{boxes}</div>
        </fieldset>
    }
}
