//! The keyboard of the organization switcher.

use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, HtmlElement, HtmlInputElement, Node},
};

/// The parts that the keyboard works on.
#[derive(Clone, Copy)]
pub struct Keys {
    /// What unfolds.
    pub details: NodeRef<html::Details>,
    /// Where one searches.
    pub search: NodeRef<html::Input>,
}

impl Keys {
    /// Is it unfolded?
    pub fn is_open(self) -> bool {
        self.details.get_untracked().is_some_and(|details| details.open())
    }

    /// Does somebody type or walk in what is unfolded?
    pub fn is_inside(self) -> bool {
        let focused =
            self.details.get_untracked().map(|details| details.query_selector(".menu-panel :focus").ok().flatten());
        focused.flatten().is_some()
    }

    /// Folds it.
    pub fn close(self) {
        if let Some(details) = self.details.get_untracked() {
            details.set_open(false);
        }
    }

    /// Folds it; who was inside goes on at its button.
    pub fn leave(self) {
        let inside = self.is_inside();
        self.close();
        if inside {
            self.focus_button();
        }
    }

    /// Folds it when the focus has gone elsewhere.
    pub fn left(self, event: &FocusEvent) {
        let into = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        if !self.details.get_untracked().is_some_and(|details| details.contains(into.as_ref())) {
            self.close();
        }
    }

    /// Does what a key asks for.
    pub fn pressed(self, event: &KeyboardEvent) {
        let typing = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>());
        let key = event.key();
        match key.as_str() {
            "ArrowDown" | "ArrowUp" if !self.is_open() => {
                event.prevent_default();
                if let Some(details) = self.details.get_untracked() {
                    details.set_open(true);
                }
            }
            _ if !self.is_open() => {}
            "Escape" => {
                event.prevent_default();
                self.leave();
            }
            "ArrowDown" => self.step(event, |at, count| at.map_or(0, |at| (at + 1).min(count - 1))),
            "ArrowUp" => self.step_up(event),
            "Home" if !typing => self.step(event, |_, _| 0),
            "End" if !typing => self.step(event, |_, count| count - 1),
            _ if !typing && is_letter(event, &key) => focus_search(self.search),
            _ => {}
        }
    }

    /// What can be chosen, in order.
    fn items(self) -> Vec<HtmlElement> {
        let Some(details) = self.details.get_untracked() else { return Vec::new() };
        let Ok(found) = details.query_selector_all(".menu-item") else { return Vec::new() };
        (0..found.length()).filter_map(|place| found.item(place)?.dyn_into().ok()).collect()
    }

    fn step(self, event: &KeyboardEvent, to: impl Fn(Option<usize>, usize) -> usize) {
        event.prevent_default();
        let items = self.items();
        if items.is_empty() {
            return;
        }
        let here = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let at = items.iter().position(|item| Some(AsRef::<Element>::as_ref(item)) == here.as_ref());
        if let Some(item) = items.get(to(at, items.len())) {
            focus(item);
        }
    }

    /// From the first one up is the search.
    fn step_up(self, event: &KeyboardEvent) {
        let here = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let first = self.items().into_iter().next();
        if first.is_some() && first == here {
            event.prevent_default();
            focus_search(self.search);
        } else {
            self.step(event, |at, count| at.map_or(count - 1, |at| at.saturating_sub(1)));
        }
    }

    fn focus_button(self) {
        let button = self.details.get_untracked().and_then(|details| details.query_selector("summary").ok().flatten());
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            focus(&button);
        }
    }
}

/// Leads to the search, with what stands in it marked.
pub fn focus_search(search: NodeRef<html::Input>) {
    if let Some(search) = search.get_untracked() {
        focus(&search);
        search.select();
    }
}

/// A key that writes a letter. The space bar presses the button that has the focus.
fn is_letter(event: &KeyboardEvent, key: &str) -> bool {
    key.chars().count() == 1 && key != " " && !event.ctrl_key() && !event.meta_key() && !event.alt_key()
}

fn focus(element: &HtmlElement) {
    // What has left the page meanwhile needs no focus.
    drop(element.focus());
}
