//! What is asked before something is done that cannot be taken back, or ends what others use: a button, the question that it
//! opens, and the form that does it.

use leptos::prelude::*;

use super::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonSize, ButtonVariant, Card, Dialog, DialogCloser, DialogOpener},
};

/// Something about which one can be asked.
pub struct Subject {
    /// The field of the form that names it.
    pub field: &'static str,
    /// Its id.
    pub id: String,
    /// The key under which it happens once, for what must not happen twice.
    pub once: Option<String>,
}

/// The words of a question's three buttons.
#[derive(Clone, Copy)]
pub struct Choices {
    /// Opens the question.
    pub ask: &'static str,
    /// Does it.
    pub act: &'static str,
    /// Leaves all as it is.
    pub keep: &'static str,
}

/// The button that asks, and the question behind it. What the form is answered, the page tells.
#[component]
pub fn Question(
    /// The dialog's id.
    #[prop(into)]
    id: String,
    /// The question.
    title: String,
    /// What it is about.
    subject: Subject,
    /// What the buttons say.
    choices: Choices,
    /// Does something end by it?
    #[prop(optional)]
    destroys: bool,
    /// How large the button is that asks.
    #[prop(optional)]
    size: ButtonSize,
    /// Why the reader may not.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    /// The form.
    form: Form,
    /// What it means, and what else is to be chosen.
    children: Children,
) -> impl IntoView {
    let variant = if destroys { ButtonVariant::Danger } else { ButtonVariant::Primary };
    let Subject { field, id: subject, once } = subject;
    view! {
        <DialogOpener id=id.clone() size refusal>{choices.ask}</DialogOpener>
        <Dialog id=id.clone() title>
            <FormView form told_elsewhere=true>
                <TenantField/>
                <input type="hidden" name=field value=subject/>
                {once.map(|once| view! { <input type="hidden" name="once" value=once/> })}
                {children()}
                <div class="actions">
                    <Button variant pending=form.pending()>{choices.act}</Button>
                    <DialogCloser id variant=ButtonVariant::Ghost>{choices.keep}</DialogCloser>
                </div>
            </FormView>
        </Dialog>
    }
}

/// The card at the foot of a sheet in which its thing is deleted.
#[component]
pub fn Deletion(
    /// What is deleted.
    subject: Subject,
    /// What it is called.
    name: String,
    /// The button that asks and the one that does it: `Delete the tool`.
    act: &'static str,
    /// What stays of it.
    note: &'static str,
    /// Why the reader may not.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    /// The form.
    form: Form,
    /// What ends by it.
    children: Children,
) -> impl IntoView {
    view! {
        <Card title="Delete it" note>
            <div class="actions">
                <Question
                    id="delete"
                    title=format!("Delete {name}?")
                    subject
                    choices=Choices { ask: act, act, keep: "Keep it" }
                    destroys=true
                    refusal
                    form
                >
                    {children()}
                </Question>
            </div>
        </Card>
    }
}
