//! What the tabs of one browser tell each other: that one has gone to another organization, and that nobody is signed in any
//! more. Each tab keeps the place that it shows, so where another one went is only said; whoever signs out leaves everywhere.

use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast as _, closure::Closure},
    web_sys::{BroadcastChannel, MessageEvent},
};
use serde::{Deserialize, Serialize};
use tenantry_kernel::TenantId;

use crate::app::{call, form::Form, layout};

/// What the tabs of an origin speak over.
const CHANNEL: &str = "tenantry";

/// Where a tab has gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The tenant that it shows now.
    pub tenant: TenantId,
    /// What the organization is called.
    pub organization: String,
}

/// What is said is where a tab has gone, or nothing: then nobody is signed in.
type Said = Option<Elsewhere>;

/// The other tabs. Cheap to copy; its answers are reactive.
#[derive(Clone, Copy)]
pub struct Tabs {
    /// This page is one of who is signed in.
    wanted: RwSignal<bool>,
    saying: RwSignal<Option<Said>>,
    elsewhere: RwSignal<Said>,
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
    pub fn elsewhere(self, here: TenantId) -> Said {
        self.elsewhere.get().filter(|there| there.tenant != here)
    }

    /// The reader knows it.
    pub fn stay(self) {
        self.elsewhere.set(None);
    }

    /// This tab has gone there.
    pub fn went(self, there: Elsewhere) {
        self.saying.set(Some(Some(there)));
        self.stay();
    }

    /// Whoever is signed out, or gone, by this form is so in every tab.
    pub fn leave_with(self, form: Form) {
        Effect::new(move |_| {
            if form.is_done() {
                self.saying.set(Some(None));
            }
        });
    }

    fn hear(self, event: &MessageEvent) {
        let text = event.data().as_string().unwrap_or_default();
        match call::value::<Said>(&text) {
            // The server leads to the sign-in, and from there back here.
            Ok(None) => layout::load_anew(),
            Ok(there) => self.elsewhere.set(there),
            // What a newer release says is not for this one.
            Err(_) => {}
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

    fn tell(&self, said: &Said) {
        if let Ok(text) = serde_json::to_string(said) {
            // It refuses only what cannot be copied, and a text can.
            drop(self.channel.post_message(&text.into()));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}
