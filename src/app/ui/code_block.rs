//! Code and data, as they are.

use leptos::prelude::*;

/// A piece of code. It scrolls, so it can be focused and scrolled by keyboard.
#[component]
pub fn CodeBlock(
    /// The code.
    #[prop(into)]
    code: Signal<String>,
    /// What it is; also its name for assistive technology.
    #[prop(into)]
    title: String,
    /// Hides the title from the eye.
    #[prop(optional)]
    title_hidden: bool,
    /// Breaks long lines instead of scrolling.
    #[prop(optional)]
    wrap: bool,
) -> impl IntoView {
    view! {
        <div class="code" data-wrap=wrap.then_some("")>
            {(!title_hidden).then(|| view! { <p class="code-title" aria-hidden="true">{title.clone()}</p> })}
            <pre class="code-text" tabindex="0" role="region" aria-label=title.clone()>
                <code>{move || code.get()}</code>
            </pre>
        </div>
    }
}
