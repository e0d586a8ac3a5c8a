//! What keeps an open page current without a reload: one stream of events a tab. A tab that nobody looks at has none, since
//! a browser has six connections a host; one that comes back, or finds the network again, reads anew.

use std::time::Duration;

use leptos::{ev::Custom, prelude::*, web_sys::Event};

use super::{
    hearing::{Hearer, Stream},
    tenant::TenantContext,
};
use crate::app::ui::Toasts;

/// How long a stream that has broken off is left alone: as long again after each failure, up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// From so many failures on the page asks why: one is a server that was started anew.
const WORTH_ASKING: u32 = 2;

/// What the window is told when the page is about to load another.
const LEAVES: &str = "tenantry-leaves";

/// Closes the page's stream, since another page is about to be loaded. Until that has come, which may take a while, whoever
/// was just signed out would be told so by the stream, and ask why.
pub fn close_stream() {
    if let Ok(event) = Event::new(LEAVES) {
        // Nobody refuses it.
        drop(window().dispatch_event(&event));
    }
}

/// Why nothing on the page moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standstill {
    /// The browser has no network.
    Offline,
    /// There is a network, and nobody answers.
    Silent,
    /// Whoever looks may not look any more.
    Ended,
}

impl Standstill {
    /// What a refusal of the page's own place says about it.
    const fn of(status: u16) -> Self {
        match status {
            401 | 403 | 404 => Self::Ended,
            _ => Self::Silent,
        }
    }
}

/// How the page hears of changes. Cheap to copy; its answers are reactive.
#[derive(Clone, Copy)]
pub struct Connection {
    hidden: RwSignal<bool>,
    offline: RwSignal<bool>,
    /// How often in a row a stream has broken off or was refused.
    failures: StoredValue<u32>,
    /// Counts what begins a stream anew.
    tries: RwSignal<u32>,
    /// Why nothing can be read.
    why: RwSignal<Option<Standstill>>,
}

impl Connection {
    /// Follows what changes in the tenant of the page, for as long as the workspace is shown.
    pub fn follow(tenant: TenantContext) -> Self {
        let connection = Self {
            hidden: RwSignal::new(false),
            offline: RwSignal::new(false),
            failures: StoredValue::new(0),
            tries: RwSignal::new(0),
            why: RwSignal::new(None),
        };
        let toasts = Toasts::get();
        Effect::new(move |_| connection.watch_the_window());
        Effect::new(move |before: Option<Option<Stream>>| {
            let was_open = before.is_some();
            // The one before is closed first: a tab has one.
            drop(before);
            connection.tries.track();
            let (key, wanted) = (tenant.key(), !connection.hidden.get() && !connection.offline.get());
            let hearer = Hearer { tenant, connection, toasts, was_open };
            wanted.then(|| Stream::open(&key, hearer)).flatten()
        });
        connection
    }

    /// Does the page stand still, and why? Reactive.
    pub fn standstill(self) -> Option<Standstill> {
        if self.offline.get() { Some(Standstill::Offline) } else { self.why.get() }
    }

    /// Tries at once, and not only after the next wait.
    pub fn try_now(self) {
        self.tries.update(|tries| *tries = tries.wrapping_add(1));
    }

    fn watch_the_window(self) {
        let look = move || {
            self.offline.set(!window().navigator().on_line());
            self.hidden.set(document().hidden());
        };
        look();
        let event = Custom::<Event>::new;
        let handles = [
            window_event_listener(event("visibilitychange"), move |_| look()),
            // A page that is left keeps no stream, whose end would be an alarm and which it could not be kept with for the way
            // back; from there it comes as it was left.
            window_event_listener(event("pagehide"), move |_| self.hidden.set(true)),
            window_event_listener(event(LEAVES), move |_| self.hidden.set(true)),
            window_event_listener(event("pageshow"), move |_| look()),
            window_event_listener(event("offline"), move |_| self.offline.set(true)),
            window_event_listener(event("online"), move |_| self.offline.set(false)),
        ];
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    }

    /// A stream has broken off at a moment of the page's clock, in milliseconds: another is tried later, unless the page is
    /// left before. The moment's fraction differs from page to page, so that not all come back at once.
    pub(super) fn lost(self, tenant: TenantContext, moment: f64) {
        let Some(failures) = self.failures.try_get_value() else { return };
        let failures = failures.saturating_add(1);
        self.failures.set_value(failures);
        let wait = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(5)).min(LONGEST_WAIT);
        let again = move || {
            // Whoever came back meanwhile, or left, needs no other try.
            if self.failures.try_get_value().is_some_and(|failures| failures > 0) {
                self.try_now();
            }
        };
        set_timeout(again, wait + Duration::from_secs_f64((moment % 997.0) / 1_000.0));
        if failures >= WORTH_ASKING && window().navigator().on_line() {
            // Where streams do not come through at all, this keeps the page current. What cannot be read stays as it was.
            tenant.ask(move |answer| {
                let why = answer.err().map(|error| Standstill::of(error.problem().status));
                self.why.set(why);
                if why.is_none() {
                    tenant.stir();
                }
            });
        }
    }

    /// A stream is open.
    pub(super) fn found(self) {
        self.failures.set_value(0);
        self.why.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::Standstill;

    #[test]
    fn whoever_is_only_too_fast_is_not_said_to_be_signed_out() {
        for (status, why) in [
            (401, Standstill::Ended),
            (403, Standstill::Ended),
            (404, Standstill::Ended),
            (429, Standstill::Silent),
            (500, Standstill::Silent),
            (503, Standstill::Silent),
        ] {
            assert_eq!(Standstill::of(status), why, "{status}");
        }
    }
}
