//! What follows the answers of a page's forms: the question is closed, the form is empty again, what was made is shown once,
//! and what leaves no trace on the page is told at its edge.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{HtmlDialogElement, HtmlFormElement},
};
use tenantry_kernel::{Problem, TenantId};

use super::{
    call,
    context::{Flashed, use_tenant},
    form::Form,
    shown_once::{MADE_ELSEWHERE, Shown},
    ui::{Toasts, Tone},
};

/// A form of the page, and what its answers mean there.
#[derive(Clone, Copy)]
pub struct Asked {
    form: Form,
    makes: bool,
    ends: bool,
    for_others: bool,
    stands: bool,
    empties: Option<&'static str>,
    done: Option<&'static str>,
}

impl Asked {
    /// A form in a dialog, which is gone when it is answered: why it was refused is told on the page.
    pub const fn in_dialog(form: Form) -> Self {
        Self { form, makes: false, ends: false, for_others: true, stands: false, empties: None, done: None }
    }

    /// A form that stands on the page and tells itself why it was refused.
    pub const fn on_page(form: Form) -> Self {
        Self { stands: true, ..Self::in_dialog(form) }
    }

    /// Its good answer is a text that is shown once.
    pub const fn making(self) -> Self {
        Self { makes: true, ..self }
    }

    /// Its good answer is the id of what it has ended: what was shown of that opens nothing any more.
    pub const fn ending(self) -> Self {
        Self { ends: true, ..self }
    }

    /// What another page's form has made is shown by another part of the page.
    pub const fn alone(self) -> Self {
        Self { for_others: false, ..self }
    }

    /// After a good answer the form with this id is empty again.
    pub const fn emptying(self, id: &'static str) -> Self {
        Self { empties: Some(id), ..self }
    }

    /// After a good answer this is told.
    pub const fn saying(self, text: &'static str) -> Self {
        Self { done: Some(text), ..self }
    }

    fn made(self) -> Option<Shown> {
        if self.makes { self.form.done() } else { None }
    }

    fn ended(self) -> Option<String> {
        if self.ends { self.form.done() } else { None }
    }

    fn problem(self) -> Option<Problem> {
        self.form.problem().get().filter(|_| !self.stands)
    }
}

/// What the page tells of the last answer.
#[derive(Clone, Copy)]
pub struct Told {
    /// What was made last.
    pub shown: RwSignal<Option<Shown>>,
    /// Why what was asked in a dialog was not done.
    pub problem: RwSignal<Option<Problem>>,
}

impl Told {
    /// What came back from a form without a script, and from now on what each answer brings. Elsewhere nothing is told of
    /// here.
    pub fn of(asked: Vec<Asked>) -> Self {
        let told = untrack(|| Self {
            shown: RwSignal::new(asked.iter().find_map(|one| one.made()).or_else(|| made_elsewhere(&asked))),
            problem: RwSignal::new(asked.iter().find_map(|one| one.problem())),
        });
        told.follow(asked);
        told
    }

    fn follow(self, asked: Vec<Asked>) {
        let (tenant, toasts) = (use_tenant(), Toasts::get());
        Effect::new(move |before: Option<(TenantId, Vec<u32>)>| {
            let now = (tenant.id(), asked.iter().map(|one| one.form.answers()).collect::<Vec<_>>());
            let Some((there, before)) = before.filter(|before| *before != now) else { return now };
            close_dialogs();
            if there != now.0 {
                self.shown.set(None);
            }
            let answered: Vec<Asked> =
                asked.iter().enumerate().filter(|(at, _)| before[*at] != now.1[*at]).map(|(_, one)| *one).collect();
            self.problem.set(answered.iter().find_map(|one| one.problem()));
            for one in answered.into_iter().filter(|one| one.form.is_done()) {
                self.show(one.made());
                one.ended().into_iter().for_each(|id| self.forget(&id));
                one.empties.into_iter().for_each(empty_form);
                if let (Some(toasts), Some(text)) = (toasts, one.done) {
                    toasts.tell(Tone::Success, text);
                }
            }
            now
        });
    }

    /// What has ended is shown no longer.
    fn forget(self, id: &str) {
        self.shown.maybe_update(|shown| shown.take_if(|shown| shown.id == id).is_some());
    }

    /// A repeat that brings no text never takes the place of the answer that did.
    fn show(self, made: Option<Shown>) {
        let known = self.shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.id.clone()));
        let other = |made: &Shown| made.secret.is_some() || known.as_ref() != Some(&made.id);
        if made.as_ref().is_some_and(other) {
            self.shown.set(made);
        }
    }
}

/// What another page's form has made for this one to show.
fn made_elsewhere(asked: &[Asked]) -> Option<Shown> {
    if asked.iter().any(|one| !one.for_others) {
        return None;
    }
    call::value(&Flashed::of(MADE_ELSEWHERE)?.answer?).ok()
}

fn close_dialogs() {
    let Ok(open) = document().query_selector_all("dialog[open]") else { return };
    for at in 0..open.length() {
        if let Some(dialog) = open.get(at).and_then(|node| node.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
    }
}

/// Lets the form with this id show what its fields begin with.
pub fn empty_form(id: &str) {
    if let Some(form) = document().get_element_by_id(id).and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        form.reset();
    }
}
