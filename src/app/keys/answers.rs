//! What the page does to keys.

use leptos::prelude::*;

use super::{create, revoke, rotate};
use crate::app::{
    answers::{Asked, Told},
    form::Form,
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

    /// What the page tells of their answers.
    pub fn told(self) -> Told {
        Told::of(vec![
            Asked::on_page(self.create).making().emptying(create::FORM),
            Asked::in_dialog(self.rotate).making(),
            Asked::in_dialog(self.revoke).ending().saying("The key is revoked. Whatever sends it is refused."),
        ])
    }
}
