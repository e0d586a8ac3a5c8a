//! Changing an inbound webhook. How it is signed stays: another scheme is another webhook.

use leptos::prelude::*;

use super::{
    api::{ChangeInbound, HookRow},
    fields::{Allowlist, Purpose},
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, Card},
};

/// The form. It belongs to the page, which reads the webhook anew when it is answered.
pub fn form() -> Form {
    Form::of::<ChangeInbound>()
}

/// The form's fields.
#[component]
pub fn Edit(
    /// The webhook as it is.
    hook: HookRow,
    /// What a message may set off.
    tools: Vec<String>,
    /// The form.
    form: Form,
) -> impl IntoView {
    let networks = hook.allowlist.clone();
    view! {
        <Card title="Change it" note="It counts at once.">
            <FormView form>
                <TenantField/>
                <input type="hidden" name="webhook" value=hook.id.clone()/>
                <Purpose form tools hook=Some(hook)/>
                <Allowlist form networks/>
                <div class="actions">
                    <Button pending=form.pending()>"Save"</Button>
                </div>
            </FormView>
        </Card>
    }
}
