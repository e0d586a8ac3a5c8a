//! Trying a tool: a dispatch like any other, with a small payload, that leads to its job.

use leptos::prelude::*;

use super::api::ToolRow;
use crate::app::{
    call,
    context::{TenantDispatch, TenantField},
    form::FormView,
    ui::{Button, ButtonSize, ButtonVariant, LinkButton},
};

/// What a test call asks the tool to do.
const ACTION: &str = "test";

/// The button of a test call. It waits for a slot rather than be refused.
#[component]
pub fn Trial(
    /// The tool.
    tool: ToolRow,
    /// Dispatching from the page.
    dispatch: TenantDispatch,
    /// The key under which it happens once.
    once: String,
    /// How much it asks to be pressed.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
) -> impl IntoView {
    let ToolRow { id, name, feature, trial, .. } = tool;
    let Some(payload) = trial else {
        let href = format!("/dispatch?{}", call::fields(&[("tool", &name)]));
        return view! { <LinkButton href variant size>"Dispatch"</LinkButton> }.into_any();
    };
    let form = dispatch.form();
    let tool = name.clone();
    let refusal = Signal::derive(move || dispatch.refusal_of(&tool, feature.as_deref()));
    // A test call waits where every slot is taken.
    let refusal = Signal::derive(move || refusal.get().filter(|refusal| !refusal.passes).map(|refusal| refusal.why));
    view! {
        <FormView form told_elsewhere=true>
            <TenantField/>
            <input type="hidden" name="tool" value=name/>
            <input type="hidden" name="action" value=ACTION/>
            <input type="hidden" name="payload" value=payload/>
            <input type="hidden" name="when_full" value="queue"/>
            <input type="hidden" name="once" value=format!("{once}-test-{id}")/>
            <Button variant size pending=form.pending() refusal>"Test call"</Button>
        </FormView>
    }
    .into_any()
}
