//! The parts of the shell's navigation that know something: a link, whether it leads to where one is; the sheet of a
//! narrow window, that it was chosen from.

use leptos::{
    ev::MouseEvent,
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};
use leptos_router::components::A;

use super::icon::{Glyph, Icon};

/// A link of the navigation, with its list item. Needs a router around it.
#[component]
pub fn NavLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// Its icon.
    glyph: Glyph,
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <A href=href attr:class="rail-link">
                <Icon glyph/>
                <span class="truncate">{children()}</span>
            </A>
        </li>
    }
}

/// The rest of the navigation: a part of the sidebar, and in a narrow window a sheet that a "More" button unfolds. It
/// opens and closes without scripts; with them it also closes when a link in it was followed, because then the page
/// stays.
#[component]
pub fn NavSheet(
    /// Its id, unique in the page.
    #[prop(default = "rail-sheet".to_owned(), into)]
    id: String,
    /// The button's text.
    #[prop(default = "More".to_owned(), into)]
    more: String,
    children: Children,
) -> impl IntoView {
    let sheet = NodeRef::<html::Div>::new();
    let chosen = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let on_link = target.is_some_and(|target| matches!(target.closest("a"), Ok(Some(_))));
        if let Some(sheet) = sheet.get_untracked().filter(|_| on_link) {
            // In a wide window it is no open popover, and there is nothing to hide.
            drop(HtmlElement::from(sheet).hide_popover());
        }
    };
    view! {
        <button class="rail-more" type="button" popovertarget=id.clone()>
            <Icon glyph=Glyph::More/>
            <span class="truncate">{more}</span>
        </button>
        <div class="rail-sheet" id=id popover="auto" node_ref=sheet on:click=chosen>
            {children()}
        </div>
    }
}
