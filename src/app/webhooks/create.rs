//! Making an inbound webhook.

use leptos::prelude::*;
use tenantry_kernel::inbound::Scheme;

use super::{
    api::CreateInbound,
    fields::{Allowlist, Purpose},
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Glyph, Select, SelectOption},
};

/// The id of the form.
pub const FORM: &str = "new-inbound-form";

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<CreateInbound>()
}

/// The form's fields.
#[component]
pub fn NewInbound(
    /// The form.
    form: Form,
    /// What a message may set off.
    tools: Vec<String>,
) -> impl IntoView {
    let option = |scheme: Scheme, label: &str| SelectOption::new(scheme.as_str(), label);
    let options = vec![
        option(Scheme::Standard, "Standard Webhooks, Svix"),
        option(Scheme::Stripe, "Stripe"),
        option(Scheme::HmacSha256, "HMAC-SHA256, as GitHub has it"),
    ];
    view! {
        <Card title="Let a service in" note="Its signing secret is shown once, on this page, right after.">
            <FormView form attr:id=FORM>
                <TenantField/>
                <Purpose form tools hook=None>
                    <Select
                        name="scheme"
                        label="It signs by"
                        options
                        selected=form.typed("scheme").unwrap_or_default()
                        hint="What the service's documents say of its signatures."
                        error=form.error("scheme")
                    />
                </Purpose>
                <Allowlist form/>
                <div class="actions">
                    <Button variant=ButtonVariant::Primary glyph=Glyph::Plus pending=form.pending()>"Create webhook"</Button>
                </div>
            </FormView>
        </Card>
    }
}
