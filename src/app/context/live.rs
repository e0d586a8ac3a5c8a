//! What keeps an open page current without a reload: one stream of events a tab. A tab that nobody looks at has none, since
//! a browser has six connections a host; one that comes back, or finds the network again, reads anew.

use std::time::Duration;

use leptos::{
    ev::{self, Custom},
    prelude::*,
    wasm_bindgen::{JsCast as _, closure::Closure},
    web_sys::{Event, EventSource, MessageEvent},
};
use tenantry_kernel::{
    live::{TenantEvent, WarningEvent},
    quota::Meter,
};

use super::tenant::TenantContext;
use crate::app::{
    call,
    ui::{Toasts, Tone},
};

/// Everything that a stream may say, and what the browser says of the stream itself.
const EVENTS: [&str; 8] = ["open", "error", "usage", "membership", "tenant", "job", "warning", "reset"];

/// How long a stream that has broken off is left alone: as long again after each failure, up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// From so many failures on the page asks why: one is a server that was started anew.
const WORTH_ASKING: u32 = 2;

const OFFLINE: &str = "This device is offline. What you see was read before.";
const NO_ANSWER: &str = "The service does not answer. What you see was read before; it is tried again.";
const ENDED: &str = "You are signed out, or belong here no more. Load the page anew to go on.";

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
    why: RwSignal<Option<&'static str>>,
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
    pub fn standstill(self) -> Option<&'static str> {
        if self.offline.get() { Some(OFFLINE) } else { self.why.get() }
    }

    fn watch_the_window(self) {
        self.offline.set(!window().navigator().on_line());
        self.hidden.set(document().hidden());
        let hidden = Custom::<Event>::new("visibilitychange");
        let handles = [
            window_event_listener(hidden, move |_| self.hidden.set(document().hidden())),
            window_event_listener(ev::offline, move |_| self.offline.set(true)),
            window_event_listener(ev::online, move |_| self.offline.set(false)),
        ];
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    }

    /// A stream has broken off at a moment of the page's clock, in milliseconds: another is tried later, unless the page is
    /// left before. The moment's fraction differs from page to page, so that not all come back at once.
    fn lost(self, tenant: TenantContext, moment: f64) {
        let Some(failures) = self.failures.try_get_value() else { return };
        let failures = failures.saturating_add(1);
        self.failures.set_value(failures);
        let wait = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(5)).min(LONGEST_WAIT);
        let again = move || {
            // Whoever came back meanwhile, or left, needs no other try.
            if self.failures.try_get_value().is_some_and(|failures| failures > 0) {
                self.tries.update(|tries| *tries = tries.wrapping_add(1));
            }
        };
        set_timeout(again, wait + Duration::from_secs_f64((moment % 997.0) / 1_000.0));
        if failures >= WORTH_ASKING && window().navigator().on_line() {
            // Where streams do not come through at all, this keeps the page current.
            tenant.ask(move |answer| {
                self.why.set(match answer {
                    Ok(()) => None,
                    Err(error) if error.problem().status < 500 => Some(ENDED),
                    Err(_) => Some(NO_ANSWER),
                });
                tenant.stir();
            });
        }
    }

    /// A stream is open.
    fn found(self) {
        self.failures.set_value(0);
        self.why.set(None);
    }
}

/// A stream that is open, or opening. It is closed when it is dropped.
struct Stream {
    source: EventSource,
    hear: Closure<dyn FnMut(Event)>,
}

impl Stream {
    /// Opens one; `None` where the browser knows no streams. Then the page is as it was loaded.
    fn open(tenant: &str, mut hearer: Hearer) -> Option<Self> {
        let address = format!("/api/v1/events?{}", call::fields(&[("tenant", tenant)]));
        let source = EventSource::new(&address).ok()?;
        let own = source.clone();
        let hear = Closure::<dyn FnMut(Event)>::new(move |event: Event| hearer.hear(&own, &event));
        for name in EVENTS {
            source.add_event_listener_with_callback(name, hear.as_ref().unchecked_ref()).ok()?;
        }
        Some(Self { source, hear })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
        for name in EVENTS {
            // What was never added is not removed either.
            drop(self.source.remove_event_listener_with_callback(name, self.hear.as_ref().unchecked_ref()));
        }
    }
}

/// What is done about events.
#[derive(Clone, Copy)]
struct Hearer {
    tenant: TenantContext,
    connection: Connection,
    toasts: Option<Toasts>,
    /// There was a stream before this one, so something may have been missed.
    was_open: bool,
}

impl Hearer {
    fn hear(&mut self, source: &EventSource, event: &Event) {
        let tenant = self.tenant;
        let data = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()).unwrap_or_default();
        match event.type_().as_str() {
            "open" => {
                self.connection.found();
                if self.was_open {
                    tenant.stir();
                }
            }
            "error" => {
                // The browser's own way to come back knows no patience, and none after a refusal.
                source.close();
                self.connection.lost(tenant, event.time_stamp());
            }
            "usage" => {
                let moved = call::value(&data).is_ok_and(|usage| tenant.told_usage(usage));
                // What changed between the page's reading and this stream's beginning shows in the numbers.
                if !std::mem::replace(&mut self.was_open, true) && moved {
                    tenant.stir();
                }
            }
            "membership" => drop(call::value(&data).map(|context| tenant.told_context(context))),
            "tenant" => drop(call::value(&data).map(|TenantEvent { tenant: now }| tenant.told_tenant(now))),
            "job" => drop(tenant.stir()),
            "warning" => drop(call::value(&data).map(|event| self.warn(&event))),
            _ => tenant.beat(),
        }
    }

    fn warn(self, WarningEvent { warning }: &WarningEvent) {
        let what = match warning.meter {
            Meter::Dispatches => "dispatches of this period",
            Meter::ApiCalls => "API calls of today",
            Meter::Concurrent | Meter::StorageBytes => return,
        };
        if let Some(toasts) = self.toasts {
            toasts.tell(Tone::Warning, format!("{} % of the {what} are used.", warning.percent));
        }
    }
}
