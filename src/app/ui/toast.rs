//! Short news at the edge of the window, for what was done by script and changed nothing on the page.
//!
//! A toast stays until it is closed or three newer ones have come: news that goes by itself is missed by who reads slowly.

use leptos::prelude::*;

use super::{
    alert::glyph_of,
    button::{Button, ButtonSize, ButtonVariant},
    icon::{Glyph, Icon},
    tone::Tone,
};

/// How many toasts are shown at once.
const MOST: usize = 3;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
struct News {
    number: u64,
    tone: Tone,
    text: String,
}

/// The news that are shown. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<News>>,
    told: StoredValue<u64>,
}

impl Toasts {
    /// Makes the place where news come together and gives it to everything below. Once, in the shell.
    pub fn provide() -> Self {
        let toasts = Self { shown: RwSignal::new(Vec::new()), told: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }

    /// The place where news come together; `None` outside the shell.
    #[must_use]
    pub fn get() -> Option<Self> {
        use_context()
    }

    /// Shows a piece of news.
    pub fn tell(self, tone: Tone, text: impl Into<String>) {
        let number = self.told.get_value();
        self.told.set_value(number.wrapping_add(1));
        self.shown.update(|shown| {
            shown.push(News { number, tone, text: text.into() });
            let surplus = shown.len().saturating_sub(MOST);
            shown.drain(..surplus);
        });
    }

    fn close(self, number: u64) {
        self.shown.update(|shown| shown.retain(|news| news.number != number));
    }
}

/// Where news are shown. It is in the page from the start, because assistive technology reads only what changes in a
/// region that it knows.
#[component]
pub fn ToastRegion(
    /// The news.
    toasts: Toasts,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|news| news.number let:news>
                <Toast tone=news.tone text=news.text on_close=move |()| toasts.close(news.number)/>
            </For>
        </div>
    }
}

/// One piece of news.
#[component]
pub fn Toast(
    /// What it means.
    tone: Tone,
    /// What it says.
    #[prop(into)]
    text: String,
    /// Is called when it is closed.
    #[prop(into)]
    on_close: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="toast" data-tone=tone.word()>
            <Icon glyph=glyph_of(tone)/>
            <span class="break">{text}</span>
            <Button
                variant=ButtonVariant::Ghost
                size=ButtonSize::Small
                r#type="button"
                glyph=Glyph::Close
                label="Dismiss"
                on:click=move |_| on_close.run(())
            />
        </div>
    }
}
