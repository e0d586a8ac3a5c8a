//! The shape of what is on its way, so that nothing jumps when it comes.

use leptos::prelude::*;

/// Grey lines, or a block, in the place of what is loading.
#[component]
pub fn Skeleton(
    /// How many lines.
    #[prop(default = 3)]
    lines: usize,
    /// One block instead of lines: a chart, a card.
    #[prop(optional)]
    block: bool,
    /// What is loading, for assistive technology.
    #[prop(default = "Loading".to_owned(), into)]
    label: String,
) -> impl IntoView {
    let count = if block { 1 } else { lines };
    let shapes = (0..count).map(|_| view! { <span class="skeleton-line"></span> }).collect_view();
    view! {
        <div class="skeleton" role="status" aria-label=label data-shape=block.then_some("block")>
            {shapes}
        </div>
    }
}
