//! A page whose code is fetched when it is first shown.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use leptos::{ev::Custom, prelude::*, web_sys::Event};
use leptos_router::ChooseView;
use wasm_split_helpers::SplitLoaderError;

use super::{
    layout,
    ui::{ButtonVariant, EmptyState, Glyph, LinkButton},
};

/// A page, once its files are there.
pub type Page = Result<AnyView, SplitLoaderError>;

/// Makes something that comes.
type Coming<T> = fn() -> Pin<Box<dyn Future<Output = T>>>;

/// A view of a route: the page when its files have come, on the server at once.
#[derive(Clone, Copy)]
pub struct Fetched {
    /// Which part of the browser's module it is in.
    pub part: &'static str,
    /// Fetches that part.
    pub fetch: Coming<Result<(), SplitLoaderError>>,
    /// Makes the page; at once where the part is there.
    pub page: Coming<Page>,
}

/// The parts that a page which is being rendered needs, so that its document can ask for them at once.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Arc<Mutex<Vec<&'static str>>>);

impl Wanted {
    /// What was wanted so far.
    #[cfg(feature = "ssr")]
    pub fn parts(&self) -> Vec<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, part: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }
}

impl ChooseView for Fetched {
    async fn choose(self) -> AnyView {
        if let Some(wanted) = use_context::<Wanted>() {
            wanted.note(self.part);
        }
        match (self.page)().await {
            Ok(page) => page,
            Err(_) => without_its_code(),
        }
    }

    /// The router waits for this before it shows the page, or takes over the one that stands there.
    async fn preload(&self) {
        let taking_over = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
        if (self.fetch)().await.is_err() && taking_over {
            // The page stays as the server rendered it.
            std::future::pending::<()>().await;
        }
    }
}

/// What is shown when the file cannot be had: the network is away, or the server is a newer one that has other files. The
/// server's own page works without any, so the way on is to load that.
fn without_its_code() -> AnyView {
    let address = layout::here();
    let again = address.clone();
    Effect::new(move |_| {
        let address = again.clone();
        let back = window_event_listener(Custom::<Event>::new("online"), move |_| layout::load(&address));
        on_cleanup(move || back.remove());
    });
    view! {
        <div class="page">
            <EmptyState
                glyph=Glyph::Clock
                title="This page could not be loaded"
                text="The network may be away, or there is a newer version. It is loaded again by itself once the network is back."
            >
                <LinkButton href=address external=true variant=ButtonVariant::Primary>"Load it again"</LinkButton>
            </EmptyState>
        </div>
    }
    .into_any()
}
