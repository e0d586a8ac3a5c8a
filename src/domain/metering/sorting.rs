//! Which events of a batch may be new: those whose time and meter are admissible, the first of those that say the same.
//! Pure, so that one test can hold what a crowd of requests is told.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    KeyId, UserId,
    metering::{AHEAD, EventFault, InvalidEvent, MOST_METERS, OLDEST},
    plan::Held,
};

use super::events::Event;

/// Whose use it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct By {
    pub user: Option<UserId>,
    pub key: Option<KeyId>,
}

/// The events of a request, with their places in it.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub by: By,
    pub events: Vec<(usize, Event)>,
    pub invalid: Vec<InvalidEvent>,
}

/// An event that may be new.
#[derive(Clone, Debug)]
pub(super) struct NewEvent<'a> {
    pub by: By,
    /// Its place in its request.
    pub index: usize,
    pub event: &'a Event,
    pub occurred_at: DateTime<Utc>,
    /// Where the billing period starts in which it counts.
    pub period_start: DateTime<Utc>,
}

/// What is known of a request before the database says which of its events it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// Its places among the events that may be new.
    pub new: std::ops::Range<usize>,
    /// Those that stand before in the same batch: their places in the request, and the place of what they repeat among the
    /// events that may be new.
    pub repeated: Vec<(usize, usize)>,
    pub invalid: Vec<InvalidEvent>,
}

/// Sorts the requests of a batch one after the other.
pub(super) struct Sorting<'a> {
    now: DateTime<Utc>,
    held: &'a Held,
    /// Meters that the organization has made, these events' own among them.
    meters: HashSet<String>,
    /// With their places among the events that may be new.
    seen: HashMap<(&'a str, &'a str), usize>,
    pub new: Vec<NewEvent<'a>>,
}

impl<'a> Sorting<'a> {
    pub fn new(now: DateTime<Utc>, held: &'a Held, meters: HashSet<String>) -> Self {
        Self { now, held, meters, seen: HashMap::new(), new: Vec::new() }
    }

    /// Sorts one request.
    pub fn sort(&mut self, request: &'a Request) -> Sorted {
        let first = self.new.len();
        let mut sorted = Sorted { invalid: request.invalid.clone(), ..Sorted::default() };
        for (index, event) in &request.events {
            let occurred_at = match self.admissible(event) {
                Ok(occurred_at) => occurred_at,
                Err(code) => {
                    sorted.invalid.push(InvalidEvent { index: *index, code });
                    continue;
                }
            };
            if let Some(place) = self.seen.get(&(event.source.as_str(), event.id.as_str())) {
                sorted.repeated.push((*index, *place));
                continue;
            }
            self.seen.insert((&event.source, &event.id), self.new.len());
            if !self.meters.contains(&event.meter) {
                self.meters.insert(event.meter.clone());
            }
            let period_start = self.held.period(occurred_at).start;
            self.new.push(NewEvent { by: request.by, index: *index, event, occurred_at, period_start });
        }
        sorted.invalid.sort_by_key(|invalid| invalid.index);
        sorted.new = first..self.new.len();
        sorted
    }

    /// Moves an event to another time: the one of the event that it corrects.
    pub fn move_to(&mut self, place: usize, time: DateTime<Utc>) {
        if let Some(new) = self.new.get_mut(place) {
            new.occurred_at = time;
            new.period_start = self.held.period(time).start;
        }
    }

    /// When it happened. What is said twice is refused before it is a repeat, so that both are told the same.
    fn admissible(&self, event: &Event) -> Result<DateTime<Utc>, EventFault> {
        let time = event.time.unwrap_or(self.now);
        match () {
            () if time < self.now - OLDEST => Err(EventFault::TooOld),
            () if time > self.now + AHEAD => Err(EventFault::TooFarAhead),
            () if self.meters.len() >= MOST_METERS && !self.meters.contains(&event.meter) => {
                Err(EventFault::TooManyMeters)
            }
            () => Ok(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;
    use tenantry_kernel::quota::Terms;

    use super::*;
    use crate::metering::events;

    fn now() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().expect("a moment")
    }

    fn held() -> Held {
        Held { plan: "free".into(), version: 1, anchor: None, expires_at: None, terms: Terms::default() }
    }

    fn event(id: &str, meter: &str, time: Option<DateTime<Utc>>) -> Event {
        let event = json!({"specversion": "1.0", "id": id, "source": "/s", "type": meter, "time": time});
        events::read(event).expect("right")
    }

    fn request(events: Vec<Event>) -> Request {
        Request { by: By::default(), events: events.into_iter().enumerate().collect(), invalid: vec![] }
    }

    #[test]
    fn the_edges_of_the_time_are_within() {
        let at = |time| Some(time);
        let one = TimeDelta::microseconds(1);
        let request = request(vec![
            event("1", "m", at(now() - OLDEST)),
            event("2", "m", at(now() - OLDEST - one)),
            event("3", "m", at(now() + AHEAD)),
            event("4", "m", at(now() + AHEAD + one)),
            event("5", "m", None),
        ]);
        let held = held();
        let mut sorting = Sorting::new(now(), &held, HashSet::new());
        let sorted = sorting.sort(&request);
        let faults: Vec<_> = sorted.invalid.iter().map(|invalid| (invalid.index, invalid.code)).collect();
        assert_eq!(faults, [(1, EventFault::TooOld), (3, EventFault::TooFarAhead)]);
        let times: Vec<_> = sorting.new.iter().map(|new| new.occurred_at - now()).collect();
        assert_eq!(times, [-OLDEST, AHEAD, TimeDelta::zero()]);
        // The oldest one belongs to an earlier month than the others.
        let periods: Vec<_> = sorting.new.iter().map(|new| new.period_start.date_naive().to_string()).collect();
        assert_eq!(periods, ["2026-10-01", "2026-11-01", "2026-11-01"]);
    }

    #[test]
    fn a_repeat_within_a_batch_is_one_whoever_sends_it() {
        let (first, second) = (
            request(vec![event("1", "m", None), event("1", "m", None), event("2", "m", None)]),
            request(vec![event("2", "other", None), event("3", "m", None)]),
        );
        let held = held();
        let mut sorting = Sorting::new(now(), &held, HashSet::new());
        assert_eq!(sorting.sort(&first), Sorted { new: 0..2, repeated: vec![(1, 0)], invalid: vec![] });
        assert_eq!(sorting.sort(&second), Sorted { new: 2..3, repeated: vec![(0, 1)], invalid: vec![] });
    }

    #[test]
    fn no_more_meters_are_made_than_there_may_be() {
        let known = (0..MOST_METERS - 1).map(|number| format!("m{number}")).collect();
        let request = request(vec![event("1", "new", None), event("2", "newer", None), event("3", "m0", None)]);
        let held = held();
        let mut sorting = Sorting::new(now(), &held, known);
        let sorted = sorting.sort(&request);
        assert_eq!(sorted.invalid, [InvalidEvent { index: 1, code: EventFault::TooManyMeters }]);
        assert_eq!(sorted.new, 0..2);
    }
}
