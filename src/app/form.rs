//! Forms that work with and without scripts: with one, the error comes back into the page; without, it comes back as a
//! flash with what was typed. A form that is written with this does not know the difference.

use leptos::{
    ev::SubmitEvent,
    form::form_data_from_event,
    html,
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{HtmlElement, UrlSearchParams},
};
use serde::de::DeserializeOwned;
use tenantry_kernel::Problem;

use super::{
    call::{self, Callable, Fields},
    context::{Flash, Flashed},
    error::AppError,
    problem_view::ProblemAlert,
};

/// A form of a server function. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Form {
    path: &'static str,
    action: Action<Fields, Result<String, AppError>>,
    flash: StoredValue<Option<Flash>>,
    problem: Memo<Option<Problem>>,
}

impl Form {
    /// A form of a server function.
    pub fn of<S: Callable + 'static>() -> Self {
        Self::at(S::PATH, call::action::<S>())
    }

    fn at(path: &'static str, action: Action<Fields, Result<String, AppError>>) -> Self {
        let flash = Flashed::of(path);
        let from_flash = flash.as_ref().and_then(|flash| flash.problem.clone()).map(AppError::into_problem);
        let value = action.value();
        let problem = Memo::new(move |_| {
            value.with(|value| match value {
                None => from_flash.clone(),
                Some(Ok(_)) => None,
                Some(Err(error)) => Some(error.problem().clone()),
            })
        });
        Self { path, action, flash: StoredValue::new(flash), problem }
    }

    /// Sends fields without anybody pressing the button.
    pub fn send(self, fields: Fields) {
        self.action.dispatch(fields);
    }

    /// Is it under way?
    pub fn pending(self) -> Signal<bool> {
        let pending = self.action.pending();
        Signal::derive(move || pending.get())
    }

    /// How often it was answered: a source for what is read anew then.
    pub fn answers(self) -> u32 {
        u32::try_from(self.action.version().get()).unwrap_or(u32::MAX)
    }

    /// Grows with every good answer and with no other: a refusal leaves the page as it is, with what was typed.
    pub fn successes(self) -> Memo<u32> {
        Memo::new(move |before: Option<&u32>| {
            before.copied().unwrap_or_default() + u32::from(self.answers() > 0 && self.is_done())
        })
    }

    /// Was it answered, and well, the last time?
    pub fn is_done(self) -> bool {
        self.action.value().with(|value| matches!(value, Some(Ok(_))))
    }

    /// The last answer, where it was a good one.
    pub fn done<T: DeserializeOwned>(self) -> Option<T> {
        self.action.value().with(|value| match value {
            Some(Ok(text)) => call::value(text).ok(),
            Some(Err(_)) => None,
            None => self.flash.with_value(|flash| {
                let answer = flash.as_ref().and_then(|flash| flash.answer.as_ref());
                answer.and_then(|answer| call::value(answer).ok())
            }),
        })
    }

    /// What was typed into a field before the page came back, if it did.
    pub fn typed(self, name: &str) -> Option<String> {
        self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.typed(name)))
    }

    /// Was this choice of several made before the page came back? `None` where it did not come back.
    pub fn chose(self, name: &str, value: &str) -> Option<bool> {
        self.flash.with_value(|flash| {
            let refused = flash.as_ref().filter(|flash| flash.problem.is_some());
            refused.map(|flash| flash.sent(name, value))
        })
    }

    /// What is wrong with a field.
    pub fn error(self, name: &'static str) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| problem.as_ref().and_then(|problem| problem.field(name).map(str::to_owned)))
        })
    }

    /// Why it was refused.
    pub fn problem(self) -> Memo<Option<Problem>> {
        self.problem
    }

    /// Takes what the browser would have sent. While an answer is awaited nothing is sent, however it was asked for: by a
    /// second press, or by Enter in a field.
    fn submitted(self, event: &SubmitEvent) {
        if self.action.pending().get_untracked() {
            event.prevent_default();
            return;
        }
        let Ok(data) = form_data_from_event(event) else { return };
        let Ok(fields) = UrlSearchParams::new_with_str_sequence_sequence(&data) else { return };
        event.prevent_default();
        self.send(String::from(fields.to_string()));
    }
}

/// The form itself: its fields, under what is wrong with it as a whole. After a refusal the first field that is wrong
/// gets the focus.
#[component]
pub fn FormView(
    /// The form.
    form: Form,
    /// Its class.
    #[prop(default = "form")]
    class: &'static str,
    /// What is wrong with it as a whole is told elsewhere: the form goes away with its dialog.
    #[prop(optional)]
    told_elsewhere: bool,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    let whole =
        Signal::derive(move || form.problem.get().filter(|problem| !told_elsewhere && problem.errors.is_empty()));
    focus_first_error(node, form);
    view! {
        <form class=class method="post" action=form.path node_ref=node on:submit=move |event| form.submitted(&event)>
            {move || whole.get().map(|problem| view! { <ProblemAlert problem/> })}
            {children()}
        </form>
    }
}

/// Leads to the first field that is wrong, once the page shows it.
fn focus_first_error(node: NodeRef<html::Form>, form: Form) {
    Effect::new(move |_| {
        if form.problem.with(Option::is_none) {
            return;
        }
        let Some(node) = node.get_untracked() else { return };
        request_animation_frame(move || {
            let field = node.query_selector("[aria-invalid=true]").ok().flatten();
            if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
                // A field that has left the page meanwhile needs no focus.
                drop(field.focus());
            }
        });
    });
}
