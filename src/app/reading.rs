//! What a page shows of a server function's answer.

use std::{marker::PhantomData, sync::Arc};

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use super::{
    call::{self, Callable, Fields},
    error::AppError,
};

/// What a server function answers, read while the page is rendered and anew when its source changes. Cheap to copy.
pub struct Reading<S> {
    text: Resource<Result<String, AppError>>,
    function: PhantomData<fn() -> S>,
}

impl<S> Clone for Reading<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Reading<S> {}

impl<S: Callable + 'static> Reading<S> {
    /// Reads with these fields, and anew when they change or the beat does.
    pub fn of(source: impl Fn() -> (Fields, u32) + Send + Sync + 'static) -> Self {
        Self { text: call::reading::<S>(source), function: PhantomData }
    }

    /// Reads once.
    pub fn once() -> Self {
        Self::of(|| (Fields::new(), 0))
    }

    /// The answer, when it is there.
    ///
    /// # Errors
    /// What the function refused.
    pub async fn get(self) -> Result<S::Output, AppError> {
        // Between the moment that this was asked for and now the part of the page that asked may have been left: what is
        // read anew by itself comes at any moment. Nobody waits for the answer then.
        if self.text.is_disposed() {
            std::future::pending::<()>().await;
        }
        call::value(&self.text.await?)
    }

    /// Shows each answer in the place of the one before, and until the first one comes what holds its place. One piece of code
    /// for all that is shown so.
    pub fn shown(
        self,
        waits: impl Into<ViewFn>,
        show: impl Fn(Result<S::Output, AppError>) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        shown(self.text, waits.into(), Arc::new(move |text| show(text.and_then(|text| call::value(&text)))))
    }
}

/// Makes a view of an answer's text.
type Show = Arc<dyn Fn(Result<String, AppError>) -> AnyView + Send + Sync>;

fn shown(text: Resource<Result<String, AppError>>, waits: ViewFn, show: Show) -> AnyView {
    let stage = Stage::of_page();
    let answered = move || {
        let show = Arc::clone(&show);
        Suspend::new(async move {
            // A part of the page that was left waits for nothing.
            if text.is_disposed() {
                std::future::pending::<()>().await;
            }
            let answer = text.await;
            stage.show(move || show(answer))
        })
    };
    view! { <Transition fallback=move || waits.run()>{answered}</Transition> }.into_any()
}

/// Where an answer is shown that is read anew while one looks. The framework disposes of what a suspended view is made of
/// before the next one stands in its place; what belongs to a stage lasts until then, so that whatever else changes in that
/// moment finds it. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Stage(StoredValue<Owner>);

impl Stage {
    /// A place on the page that is being made.
    pub fn of_page() -> Self {
        Self(StoredValue::new(Owner::new()))
    }

    /// Makes a view that lasts until the next one stands in its place.
    pub fn show(self, make: impl FnOnce() -> AnyView) -> OwnedView<AnyView> {
        let owner = self.0.with_value(|page| page.with(Owner::new));
        let view = owner.with(make);
        OwnedView::new_with_owner(view, owner)
    }
}
