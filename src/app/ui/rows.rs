//! Rows of a list that is read anew while one looks.
//!
//! A row that says the same as before stays as it is, with the question that is open over it and the focus in it. Rendered
//! anew in its place, the question would be asked of whatever row has come to stand there.

use std::hash::Hash;

use leptos::{
    prelude::*,
    tachys::{reactive_graph::OwnedView, view::keyed::keyed},
};

/// The rows of a page's list. They belong to the page, because they outlive the answer that brought them. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Rows(StoredValue<Owner>);

impl Rows {
    /// The rows of a list on the page that is being made.
    pub fn of_page() -> Self {
        Self(StoredValue::new(Owner::new()))
    }

    /// Draws the rows: those that are new, and none of those that stand there already.
    pub fn draw<T: Clone + Eq + Hash + Send + 'static>(
        self,
        items: Vec<T>,
        row: impl Fn(T) -> AnyView + Send + 'static,
    ) -> impl IntoView {
        let draw = move |_, item: T| {
            let owner = self.0.with_value(|page| page.with(Owner::new));
            let view = owner.with(|| row(item));
            (|_: usize| (), OwnedView::new_with_owner(view, owner))
        };
        keyed(items, T::clone, draw)
    }
}
