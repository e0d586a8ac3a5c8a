//! Things that unfold. Both are the platform's `<details>`, so that they work without scripts; with them a menu also
//! closes when one leaves it, presses Escape or has chosen.

use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent},
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, Node},
};

use super::icon::{Glyph, Icon};

/// A button with a panel under it. What stands in the panel are links and buttons, reached with Tab: a
/// [`MenuList`] of [`MenuLink`]s and forms, a search field, anything.
#[component]
pub fn Menu(
    /// What stands in the button.
    #[prop(into)]
    trigger: ViewFn,
    /// What the ear is told after what stands in the button: what it is for, or whose it is.
    #[prop(optional, into)]
    label: Option<String>,
    /// The panel ends where the button ends, instead of starting where it starts.
    #[prop(optional)]
    align_end: bool,
    /// Shows the two chevrons of a choice.
    #[prop(optional)]
    chooses: bool,
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    let leave = move |event: FocusEvent| {
        let into = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        let stays = details.get_untracked().is_some_and(|details| details.contains(into.as_ref()));
        if !stays {
            close();
        }
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && details.get_untracked().is_some_and(|details| details.open()) {
            event.stop_propagation();
            close();
            focus_summary(details);
        }
    };
    let chosen = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| matches!(target.closest(".menu-item"), Ok(Some(_)))) {
            close();
        }
    };
    view! {
        <details
            class="menu"
            node_ref=details
            data-align=align_end.then_some("end")
            on:focusout=leave
            on:keydown=escape
        >
            <summary class="menu-button">
                {trigger.run()}
                {label.map(|label| view! { <span class="vh">{label}</span> })}
                {chooses.then(|| view! { <Icon glyph=Glyph::Choose/> })}
            </summary>
            // Focusable by pointer: a click between two items must not count as leaving.
            <div class="menu-panel" tabindex="-1" on:click=chosen>
                {children()}
            </div>
        </details>
    }
}

/// Back to the button, so that the place is not lost.
fn focus_summary(details: NodeRef<html::Details>) {
    let summary = details.get_untracked().and_then(|details| details.query_selector("summary").ok().flatten());
    if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<leptos::web_sys::HtmlElement>().ok()) {
        // A summary that left the page meanwhile has nothing to focus; nobody is waiting for it.
        drop(summary.focus());
    }
}

/// A group of a menu's items, with a title where one is given.
#[component]
pub fn MenuList(
    /// The group's title.
    #[prop(optional, into)]
    label: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        {label.map(|label| view! { <p class="menu-label">{label}</p> })}
        <ul class="menu-list" role="list">{children()}</ul>
    }
}

/// A link in a menu, with its list item.
#[component]
pub fn MenuLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// An icon before the text.
    #[prop(optional)]
    glyph: Option<Glyph>,
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <a class="menu-item" href=href>
                {glyph.map(|glyph| view! { <Icon glyph/> })}
                <span class="grow">{children()}</span>
            </a>
        </li>
    }
}

/// A button in a menu, with its list item. It submits the form in which it stands, or calls `on_press`.
#[component]
pub fn MenuButton(
    /// The name under which its value is sent.
    #[prop(optional, into)]
    name: Option<String>,
    /// The value that is sent when it was this button.
    #[prop(optional, into)]
    value: Option<String>,
    /// It stands for what holds now: the current organization.
    #[prop(optional, into)]
    current: Signal<bool>,
    /// An icon before the text.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Is called when it is pressed; without it the button submits.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <button
                class="menu-item"
                type=if on_press.is_some() { "button" } else { "submit" }
                name=name
                value=value
                aria-current=move || current.get().then_some("true")
                on:click=move |_| {
                    if let Some(on_press) = on_press {
                        on_press.run(());
                    }
                }
            >
                {glyph.map(|glyph| view! { <Icon glyph/> })}
                <span class="grow row" data-gap="2">{children()}</span>
                {move || current.get().then(|| view! { <Icon glyph=Glyph::Check/> })}
            </button>
        </li>
    }
}
