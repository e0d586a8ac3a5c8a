//! Where one goes on when what had the focus has left the page: a row that was removed, a button whose work is done. Browsers
//! then begin again at the top of the document; here the heading of what it stood in gets the focus, so that one goes on
//! from there.

use std::{cell::RefCell, iter::successors, rc::Rc};

use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, HtmlElement},
};

/// Headings that a part of a page has. The title of a question stands over the page and in none of its parts.
const HEADINGS: &str = "h1, h2:not(.dialog-title)";

/// What had the focus last, before what it stands in, from the inside out.
type Trail = Rc<RefCell<Vec<Element>>>;

/// Keeps the reader's place, for as long as the frame of the page is shown.
pub fn keep() {
    Effect::new(|_| {
        let trail = Trail::default();
        let (taken, pressed) = (Rc::clone(&trail), Rc::clone(&trail));
        let listeners = [
            window_event_listener(ev::focusin, move |event| {
                let focused = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                taken.replace(successors(focused, |element| element.parent_element()).collect());
            }),
            // Who presses on nothing leaves the place for good; what takes the focus by the press says so after this.
            window_event_listener(ev::pointerdown, move |_| drop(pressed.take())),
        ];
        on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
        watch::Watch::over_the_page(move || go_on(&trail))
    });
}

/// Leads to the heading with this id once the page shows it.
pub fn focus_heading(id: &'static str) {
    request_animation_frame(move || {
        if let Some(heading) = document().get_element_by_id(id) {
            focus(heading);
        }
    });
}

/// Leads to the nearest heading of what still stands, where what had the focus has gone and nothing else has it.
fn go_on(trail: &Trail) {
    let standing = trail.borrow().iter().position(|element| element.is_connected());
    let Some(standing) = standing.filter(|standing| *standing > 0) else { return };
    if document().active_element().is_none_or(|active| active.tag_name() == "BODY") {
        // Taken, since the heading tells of its focus too.
        let left = trail.take();
        let heading = left[standing..].iter().find_map(|part| part.query_selector(HEADINGS).ok().flatten());
        heading.into_iter().for_each(focus);
    }
}

/// Gives the focus to what is no control.
fn focus(heading: Element) {
    // Browsers refuse an attribute only where its name is none, and the focus to nothing that stands on the page.
    drop(heading.set_attribute("tabindex", "-1"));
    if let Ok(heading) = heading.dyn_into::<HtmlElement>() {
        drop(heading.focus());
    }
}

#[cfg(feature = "hydrate")]
mod watch {
    use leptos::{
        prelude::document,
        web_sys::{
            Node,
            js_sys::{Function, Object, Reflect},
        },
    };
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        type MutationObserver;
        #[wasm_bindgen(constructor)]
        fn new(told: &Function) -> MutationObserver;
        #[wasm_bindgen(method)]
        fn observe(this: &MutationObserver, part: &Node, what: &Object);
        #[wasm_bindgen(method)]
        fn disconnect(this: &MutationObserver);
    }

    /// Tells whenever something comes to the page or leaves it, until it is dropped.
    pub struct Watch {
        observer: MutationObserver,
        _tell: Closure<dyn FnMut()>,
    }

    impl Watch {
        pub fn over_the_page(told: impl FnMut() + 'static) -> Option<Self> {
            let tell = Closure::<dyn FnMut()>::new(told);
            let observer = MutationObserver::new(tell.as_ref().unchecked_ref());
            let what = Object::new();
            for name in ["childList", "subtree"] {
                Reflect::set(&what, &name.into(), &true.into()).ok()?;
            }
            let page = document().body()?;
            observer.observe(&page, &what);
            Some(Self { observer, _tell: tell })
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.observer.disconnect();
        }
    }
}

/// While a page is rendered nothing leaves it.
#[cfg(not(feature = "hydrate"))]
mod watch {
    pub struct Watch;

    impl Watch {
        pub fn over_the_page(_: impl FnMut() + 'static) -> Option<Self> {
            None
        }
    }
}
