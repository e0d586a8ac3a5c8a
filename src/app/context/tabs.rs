//! What the tabs of one browser tell each other: that one has gone to another organization, and that nobody is signed in any
//! more. Each tab keeps the place that it shows, so where another one went is only said; whoever signs out leaves everywhere.

use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast as _, closure::Closure},
    web_sys::{BroadcastChannel, MessageEvent},
};
use tenantry_kernel::TenantId;

use super::start::Home;
use crate::app::{form::Form, layout};

/// What the tabs of an origin speak over.
const CHANNEL: &str = "tenantry";

/// What is said when nobody is signed in any more; no place is called so.
const NOBODY: &str = "nobody";

/// Where a tab has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The tenant that it shows now.
    pub tenant: TenantId,
    /// What the organization is called.
    pub organization: String,
}

impl Elsewhere {
    fn text(&self) -> String {
        format!("{} {}", self.tenant, self.organization)
    }

    /// What a newer release says otherwise is not for this one.
    fn read(text: &str) -> Option<Self> {
        let (tenant, organization) = text.split_once(' ')?;
        Some(Self { tenant: tenant.parse().ok()?, organization: organization.to_owned() })
    }
}

/// The other tabs. Cheap to copy; its answers are reactive.
#[derive(Clone, Copy)]
pub struct Tabs {
    /// This page is one of who is signed in.
    wanted: RwSignal<bool>,
    saying: RwSignal<Option<String>>,
    elsewhere: RwSignal<Option<Elsewhere>>,
}

impl Tabs {
    /// Gives the other tabs to everything below.
    pub fn provide() {
        let tabs = Self { wanted: RwSignal::new(false), saying: RwSignal::new(None), elsewhere: RwSignal::new(None) };
        provide_context(tabs);
        Effect::new(move |channel: Option<Option<Channel>>| {
            let channel = channel.flatten().or_else(|| tabs.wanted.get().then(|| Channel::open(tabs)).flatten());
            tabs.saying.track();
            if let Some((channel, said)) = channel.as_ref().zip(tabs.saying.write_untracked().take()) {
                channel.tell(&said);
            }
            channel
        });
    }

    /// The other tabs, heard from now on.
    ///
    /// # Panics
    /// Outside the interface.
    pub fn heard() -> Self {
        let tabs: Self = expect_context();
        Effect::new(move |_| tabs.wanted.set(true));
        tabs
    }

    /// Where another tab has gone to from a place that this one still shows. Reactive.
    pub fn elsewhere(self, here: TenantId) -> Option<Elsewhere> {
        self.elsewhere.get().filter(|there| there.tenant != here)
    }

    /// The reader knows it.
    pub fn stay(self) {
        self.elsewhere.set(None);
    }

    /// This tab has gone to a place.
    pub fn went(self, home: &Home) {
        let (tenant, organization) = (home.context.tenant.id, home.context.organization.name.clone());
        self.saying.set(Some(Elsewhere { tenant, organization }.text()));
        self.stay();
    }

    /// Whoever is signed out, or gone, by this form is so in every tab.
    pub fn leave_with(self, form: Form) {
        Effect::new(move |_| {
            if form.is_done() {
                self.saying.set(Some(NOBODY.to_owned()));
            }
        });
    }

    fn hear(self, event: &MessageEvent) {
        let text = event.data().as_string().unwrap_or_default();
        if text == NOBODY {
            // The server leads to the sign-in, and from there back here.
            layout::load_anew();
        } else if let Some(there) = Elsewhere::read(&text) {
            self.elsewhere.set(Some(there));
        }
    }
}

/// The way to the other tabs and from them. It hears nothing of what it says itself.
struct Channel {
    channel: BroadcastChannel,
    _hear: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// `None` where the browser knows none: then tabs know nothing of each other.
    fn open(tabs: Tabs) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| tabs.hear(&event));
        channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        Some(Self { channel, _hear: hear })
    }

    fn tell(&self, text: &str) {
        // It refuses only what cannot be copied, and a text can.
        drop(self.channel.post_message(&text.into()));
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_said_whatever_it_is_called() {
        for organization in ["Harbour Works", "nobody", " ", "شركة النور", "{\"a\": 1}"] {
            let tenant = "ten_00000000000000000000000000".parse().expect("an id");
            let there = Elsewhere { tenant, organization: organization.into() };
            assert_ne!(there.text(), NOBODY);
            assert_eq!(Elsewhere::read(&there.text()), Some(there));
        }
        for text in ["", NOBODY, "ten_1 Harbour Works", "null"] {
            assert_eq!(Elsewhere::read(text), None, "{text}");
        }
    }
}
