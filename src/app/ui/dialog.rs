//! One question over the page, for what destroys.
//!
//! Without scripts the dialog is a popover of the platform: its opener and its closers name it, Escape closes it and the
//! page stays reachable. With scripts the same elements open it as a modal dialog, which keeps the focus inside.

use leptos::{ev::MouseEvent, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlDialogElement};

use super::{
    button::{Button, ButtonSize, ButtonVariant},
    icon::{Glyph, Icon},
};

/// A question over the page. It is opened by a [`DialogOpener`] with the same id.
#[component]
pub fn Dialog(
    /// Its id, by which it is opened and closed.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    title: String,
    /// What it does, and the form that does it.
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let closes = id.clone();
    view! {
        <dialog class="dialog" id=id popover="auto" aria-labelledby=labelled_by>
            <div class="dialog-head">
                <h2 class="dialog-title" id=title_id>{title}</h2>
                <DialogCloser
                    id=closes
                    variant=ButtonVariant::Ghost
                    size=ButtonSize::Small
                    glyph=Glyph::Close
                    label="Close"
                />
            </div>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
}

/// A button that opens a dialog.
#[component]
pub fn DialogOpener(
    /// The dialog's id.
    #[prop(into)]
    id: String,
    /// How much it asks to be pressed.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// Why it may not be opened, as a sentence with the way out.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let target = id.clone();
    let open = move |event: MouseEvent| {
        event.prevent_default();
        if refusal.with_untracked(Option::is_none)
            && let Some(dialog) = dialog(&target)
            && dialog.show_modal().is_err()
        {
            // It is open already, as a popover, from before the scripts came.
            dialog.set_open(true);
        }
    };
    view! {
        <Button variant size r#type="button" refusal opens=id on_press=open>{children()}</Button>
    }
}

/// A button inside a dialog that closes it and does nothing else.
#[component]
pub fn DialogCloser(
    /// The dialog's id.
    #[prop(into)]
    id: String,
    /// How much it asks to be pressed.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// An icon before the text.
    #[prop(optional, into)]
    glyph: Option<Glyph>,
    /// The name of a button that shows an icon alone.
    #[prop(optional, into)]
    label: Option<String>,
    /// Its text.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let target = id.clone();
    let close = move |_: MouseEvent| {
        if let Some(dialog) = dialog(&target) {
            dialog.close();
        }
    };
    let inside = move || children.map(|children| children()).into_any();
    let square = label.is_some();
    view! {
        <button
            class="button"
            type="button"
            data-variant=variant.word()
            data-size=size.word()
            data-square=square.then_some("")
            popovertarget=id
            popovertargetaction="hide"
            aria-label=label
            on:click=close
        >
            {glyph.map(|glyph| view! { <Icon glyph/> })}
            {inside()}
        </button>
    }
}

/// The dialog of an id, where the page has one.
fn dialog(id: &str) -> Option<HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
