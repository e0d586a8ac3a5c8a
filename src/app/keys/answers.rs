//! What the page does to keys, and what follows an answer.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{HtmlDialogElement, HtmlFormElement},
};
use tenantry_kernel::{Problem, TenantId};

use super::{api::ShownKey, create, revoke, rotate};
use crate::app::{
    context::use_tenant,
    form::Form,
    ui::{Toasts, Tone},
};

/// What is done to keys.
#[derive(Clone, Copy)]
pub struct Forms {
    /// Make one.
    pub create: Form,
    /// Replace one.
    pub rotate: Form,
    /// End one.
    pub revoke: Form,
}

impl Forms {
    /// The page's own: a row goes with its list, and what it asked for must outlive it.
    pub fn of_page() -> Self {
        Self { create: create::form(), rotate: rotate::form(), revoke: revoke::form() }
    }

    /// Grows whenever the list may be another: a key was made, or whatever was said of one that is in it. A new key that
    /// is refused changes nothing, and what was typed for it stays.
    pub fn changes(self) -> Signal<u32> {
        let made = self.create.successes();
        Signal::derive(move || made.get() + self.rotate.answers() + self.revoke.answers())
    }
}

/// What the page tells of the last answer.
#[derive(Clone, Copy)]
pub struct Told {
    /// The key that was made last.
    pub shown: RwSignal<Option<ShownKey>>,
    /// Why a key was not replaced or revoked; the form for a new one tells its own.
    pub problem: RwSignal<Option<Problem>>,
}

impl Told {
    /// What came back from a form without a script.
    pub fn at_first(forms: Forms) -> Self {
        untrack(|| Self {
            shown: RwSignal::new(forms.create.done().or_else(|| forms.rotate.done())),
            problem: RwSignal::new(forms.rotate.problem().get().or_else(|| forms.revoke.problem().get())),
        })
    }

    /// A repeat that brings no text never takes the place of the answer that did.
    fn show(self, made: Option<ShownKey>) {
        let known = self.shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.id.clone()));
        if made.as_ref().is_some_and(|made| known.as_ref() != Some(&made.id)) {
            self.shown.set(made);
        }
    }
}

/// After an answer: the question is closed, the form is empty again, a key that was made is shown, and who revoked one is
/// told that it is done. Elsewhere nothing is told of here.
pub fn follow(forms: Forms, told: Told) {
    let (tenant, toasts) = (use_tenant(), Toasts::get());
    Effect::new(move |before: Option<(TenantId, [u32; 3])>| {
        let now = (tenant.id(), [forms.create, forms.rotate, forms.revoke].map(Form::answers));
        let Some((there, before)) = before.filter(|before| *before != now) else { return now };
        close_dialogs();
        let [created, rotated, revoked] = [0, 1, 2].map(|at| now.1[at] != before[at]);
        if there != now.0 {
            told.shown.set(None);
        }
        if created {
            told.show(forms.create.done());
        }
        if rotated {
            told.show(forms.rotate.done());
        }
        if created && forms.create.is_done() {
            empty_form();
        }
        if revoked
            && forms.revoke.is_done()
            && let Some(toasts) = toasts
        {
            toasts.tell(Tone::Success, "The key is revoked. Whatever sends it is refused.");
        }
        let answered = if rotated { forms.rotate } else { forms.revoke };
        told.problem.set(answered.problem().get().filter(|_| rotated || revoked));
        now
    });
}

fn close_dialogs() {
    let Ok(open) = document().query_selector_all("dialog[open]") else { return };
    for at in 0..open.length() {
        if let Some(dialog) = open.get(at).and_then(|node| node.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
    }
}

fn empty_form() {
    if let Some(form) =
        document().get_element_by_id(create::FORM).and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
    {
        form.reset();
    }
}
