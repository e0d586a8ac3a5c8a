//! Limits on what events count, decided without a database: each event in its turn, against what its period holds then.
//!
//! What an event adds to a sum is its quantity, less what it stands for: which events count is a function of those that are
//! recorded (see [`super::sql_corrections`]), and this follows the same rule.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    metering::Quantity,
    quota::{EventLimit, Terms},
};

use super::sorting::NewEvent;

/// Source and id of an event.
pub(super) type Name = (String, String);

/// A period of a meter: the meter, and where it starts.
pub(super) type Window = (String, DateTime<Utc>);

/// What an event adds, and to which period; `None` where its meter has no limit.
pub(super) type Part = (Quantity, Option<Window>);

/// The corrections of one event.
#[derive(Clone, Debug, Default)]
pub(super) struct Corrections {
    /// The latest of them, by its time and then by its id.
    pub latest: Option<(DateTime<Utc>, String)>,
    /// All of them.
    pub events: Vec<Name>,
}

/// What is known of an organization's limited meters while a batch is decided.
#[derive(Default)]
pub(super) struct Ledger {
    /// What each period holds.
    pub used: HashMap<Window, Quantity>,
    /// Events that count, of those that the batch may take out.
    pub counting: HashMap<Name, Part>,
    /// What corrects an event that the batch names.
    pub corrections: HashMap<Name, Corrections>,
}

impl Ledger {
    /// May the event be recorded? Then what it adds is added. `window` is its period where its meter has a limit.
    pub fn admit(&mut self, new: &NewEvent<'_>, window: Option<&Window>, limit: Option<&EventLimit>) -> bool {
        let event = new.event;
        let own: Name = (event.source.clone(), event.id.clone());
        let target = event.corrects.as_ref().map(|id| (event.source.clone(), id.clone()));
        let rank = (new.occurred_at, event.id.clone());
        let others = target.as_ref().and_then(|target| self.corrections.get(target));
        let wins = others.and_then(|others| others.latest.as_ref()).is_none_or(|latest| rank > *latest);
        let taken = if wins { self.taken_by(target.as_ref()) } else { Vec::new() };
        let counts = wins && !self.corrections.contains_key(&own);
        let adds = if counts { event.value } else { Quantity::default() };
        if !self.has_room(window, limit, adds, &taken) {
            return false;
        }
        for name in &taken {
            if let Some((quantity, window)) = self.counting.remove(name) {
                self.add(window.as_ref(), Quantity::default() - quantity);
            }
        }
        self.add(window, adds);
        if let Some(target) = target {
            let corrections = self.corrections.entry(target).or_default();
            corrections.events.push(own.clone());
            corrections.latest = corrections.latest.take().max(Some(rank));
        }
        if counts {
            self.counting.insert(own, (event.value, window.cloned()));
        }
        true
    }

    /// What counts no more where the latest correction of an event is another one: the event itself, or the one before.
    fn taken_by(&self, target: Option<&Name>) -> Vec<Name> {
        let Some(target) = target else { return Vec::new() };
        let others = self.corrections.get(target).map(|others| others.events.as_slice()).unwrap_or_default();
        others.iter().chain([target]).filter(|name| self.counting.contains_key(*name)).cloned().collect()
    }

    /// Does what is added stay within the limit? What lowers a sum always does.
    fn has_room(&self, window: Option<&Window>, limit: Option<&EventLimit>, adds: Quantity, taken: &[Name]) -> bool {
        let Some((window, limit)) = window.zip(limit) else { return true };
        let Some(most) = limit.beyond().most(limit.limit) else { return true };
        let parts = taken.iter().filter_map(|name| self.counting.get(name));
        let less: Quantity = parts.filter(|(_, of)| of.as_ref() == Some(window)).map(|(quantity, _)| *quantity).sum();
        let more = adds - less;
        let used = self.used.get(window).copied().unwrap_or_default();
        more <= Quantity::default() || used + more <= Quantity::of_limit(most)
    }

    fn add(&mut self, window: Option<&Window>, quantity: Quantity) {
        if let Some(window) = window {
            let used = self.used.entry(window.clone()).or_default();
            *used = *used + quantity;
        }
    }
}

/// Does any event of the batch name a limited meter?
pub(super) fn any_limited(terms: &Terms, events: &[NewEvent<'_>], now: DateTime<Utc>) -> bool {
    !terms.meters.is_empty() && events.iter().any(|new| terms.of_events(&new.event.meter, now).is_some())
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::quota::Mode;

    use super::*;
    use crate::metering::{events::Event, sorting::By};

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute)
    }

    fn event(id: &str, value: &str, corrects: Option<&str>) -> Event {
        Event {
            source: "/s".into(),
            id: id.into(),
            meter: "m".into(),
            value: value.parse().expect("a quantity"),
            time: None,
            tool: String::new(),
            subject: None,
            attributes: None,
            corrects: corrects.map(str::to_owned),
        }
    }

    struct Scene {
        ledger: Ledger,
        limit: EventLimit,
        minute: i64,
    }

    impl Scene {
        fn new(limit: u64, mode: Mode, cap: Option<u64>) -> Self {
            let limit = EventLimit {
                meter: "m".into(),
                every: Default::default(),
                limit: Some(limit),
                mode,
                cap,
                expires_at: None,
            };
            Self { ledger: Ledger::default(), limit, minute: 0 }
        }

        fn admits(&mut self, id: &str, value: &str, corrects: Option<&str>) -> bool {
            self.minute += 1;
            let event = event(id, value, corrects);
            let new = NewEvent {
                by: By::default(),
                index: 0,
                event: &event,
                occurred_at: at(self.minute),
                period_start: at(0),
            };
            self.ledger.admit(&new, Some(&("m".into(), at(0))), Some(&self.limit))
        }

        fn used(&self) -> String {
            self.ledger.used.values().copied().sum::<Quantity>().to_string()
        }
    }

    #[test]
    fn what_reaches_the_limit_passes_and_what_passes_it_does_not() {
        let mut scene = Scene::new(2, Mode::Hard, None);
        assert!(scene.admits("1", "1.5", None));
        assert!(!scene.admits("2", "0.500000001", None), "a billionth too much");
        assert!(scene.admits("3", "0.5", None), "what is smaller and comes after it passes");
        assert!(!scene.admits("4", "0.000000001", None));
        assert!(scene.admits("5", "0", None), "nothing passes always");
        assert_eq!(scene.used(), "2");
        assert!(!Scene::new(0, Mode::Hard, None).admits("1", "1", None), "0 forbids");
    }

    #[test]
    fn a_soft_limit_refuses_nothing_and_a_capped_one_from_its_cap_on() {
        assert!(Scene::new(1, Mode::Soft, None).admits("1", "999", None));
        let mut capped = Scene::new(1, Mode::SoftCapped, Some(3));
        assert!(capped.admits("1", "3", None) && !capped.admits("2", "1", None));
    }

    #[test]
    fn a_correction_adds_what_it_says_less_what_it_stands_for() {
        let mut scene = Scene::new(10, Mode::Hard, None);
        assert!(scene.admits("1", "8", None));
        assert!(!scene.admits("2", "11", Some("1")), "more than the limit all the same");
        assert!(scene.admits("3", "10", Some("1")));
        assert!(!scene.admits("4", "1", None));
        assert!(scene.admits("5", "4", Some("1")), "a later one of the same event counts instead");
        assert_eq!(scene.used(), "4");
        assert!(scene.admits("6", "6", None));
        assert!(scene.admits("7", "0", Some("5")), "a correction may be corrected");
        assert_eq!(scene.used(), "6");
    }

    #[test]
    fn what_was_corrected_before_it_came_adds_nothing() {
        let mut scene = Scene::new(10, Mode::Hard, None);
        assert!(scene.admits("2", "7", Some("1")));
        assert!(scene.admits("1", "9", None), "it does not count");
        assert_eq!(scene.used(), "7");
        assert!(scene.admits("4", "1", Some("2")), "a correction of a correction takes it out once");
        assert!(scene.admits("5", "2", Some("1")));
        assert_eq!(scene.used(), "3");
        // An earlier correction that comes late counts no more either.
        scene.minute = -9;
        assert!(scene.admits("0", "9", Some("1")));
        assert_eq!(scene.used(), "3");
    }

    #[test]
    fn what_lowers_a_sum_passes_above_a_limit_that_was_lowered() {
        let mut scene = Scene::new(10, Mode::Hard, None);
        assert!(scene.admits("1", "10", None));
        scene.limit.limit = Some(5);
        assert!(!scene.admits("2", "1", None));
        assert!(scene.admits("3", "9", Some("1")), "still above, and less than before");
        assert!(!scene.admits("4", "9.5", Some("1")));
    }
}
