//! The stream of events itself: opened, heard, closed.

use leptos::{
    wasm_bindgen::{JsCast as _, closure::Closure},
    web_sys::{Event, EventSource, MessageEvent},
};
use tenantry_kernel::live::{TenantEvent, WarningEvent};

use super::{live::Connection, tenant::TenantContext};
use crate::app::{
    call, meter_words,
    ui::{Toasts, Tone},
};

/// Everything that a stream may say, and what the browser says of the stream itself.
const EVENTS: [&str; 8] = ["open", "error", "usage", "membership", "tenant", "job", "warning", "reset"];

/// A stream that is open, or opening. It is closed when it is dropped.
pub(super) struct Stream {
    source: EventSource,
    hear: Closure<dyn FnMut(Event)>,
}

impl Stream {
    /// Opens one; `None` where the browser knows no streams. Then the page is as it was loaded.
    pub fn open(tenant: &str, mut hearer: Hearer) -> Option<Self> {
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
pub(super) struct Hearer {
    pub tenant: TenantContext,
    pub connection: Connection,
    pub toasts: Option<Toasts>,
    /// There was a stream before this one, so something may have been missed.
    pub was_open: bool,
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
        if let Some(toasts) = self.toasts {
            let what = meter_words::units(&warning.meter);
            toasts.tell(Tone::Warning, format!("{} % of the {what} are used.", warning.percent));
        }
    }
}
