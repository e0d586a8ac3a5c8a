//! Judging the new events of a batch by the organization's limits, in its transaction and under its gate: what is read here
//! is what is so when it commits.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    metering::Quantity,
    plan::Held,
    quota::{Every, warnings_due},
};

use super::{
    limits::{Ledger, Name, Window, any_limited},
    sorting::NewEvent,
    sql_limits::{self, Moment, Placed, Recorded},
    sql_warnings,
};
use crate::db::{DbError, TenantTx};

/// What limits have said to a batch.
#[derive(Default)]
pub(super) struct Judged {
    /// Places of the events that would pass a limit.
    pub refused: HashSet<usize>,
    /// What limited periods of now hold with the batch.
    used: HashMap<Window, Quantity>,
}

/// Judges each event that is not recorded yet, in its turn. Where nothing is limited it asks nothing.
pub(super) async fn judge(
    tx: &mut TenantTx,
    held: &Held,
    now: DateTime<Utc>,
    events: &[NewEvent<'_>],
    recorded: &HashSet<usize>,
    corrected: bool,
) -> Result<Judged, DbError> {
    let mut judged = Judged::default();
    if !any_limited(&held.terms, events, now) {
        return Ok(judged);
    }
    let corrected = corrected || events.iter().any(|new| new.event.corrects.is_some());
    let others = if corrected { sql_limits::touched(tx, events).await? } else { Vec::new() };
    let limit = |meter: &str| held.terms.of_events(meter, now);
    let every = |meter: &str| limit(meter).map(|limit| limit.every);
    let of_batch = events.iter().map(|new| moment(&new.event.meter, new.occurred_at, new.period_start, every));
    let of_others = others.iter().map(|other| moment(&other.meter, other.occurred_at, other.period_start, every));
    let moments: Vec<Option<Moment<'_>>> = of_batch.chain(of_others).collect();
    let current = held.period(now).start;
    let placed = sql_limits::placed(tx, &moments, current).await?;
    let window = |place: usize| placed.get(&place).map(|placed: &Placed| &placed.window);
    let mut ledger = ledger(&others, |place| window(events.len() + place).cloned());
    ledger.used = placed.values().map(|placed| (placed.window.clone(), placed.used)).collect();
    for (place, new) in events.iter().enumerate().filter(|(place, _)| !recorded.contains(place)) {
        if !ledger.admit(new, window(place), limit(&new.event.meter)) {
            judged.refused.insert(place);
        }
    }
    let is_now: HashSet<&Window> =
        placed.values().filter(|placed| placed.is_now).map(|placed| &placed.window).collect();
    judged.used = ledger.used.into_iter().filter(|(window, _)| is_now.contains(window)).collect();
    Ok(judged)
}

fn moment<'a>(
    meter: &'a str,
    occurred_at: DateTime<Utc>,
    period_start: DateTime<Utc>,
    every: impl Fn(&str) -> Option<Every>,
) -> Option<Moment<'a>> {
    every(meter).map(|every| Moment { meter, every, occurred_at, period_start })
}

/// What is recorded already of the events that the batch names.
fn ledger(others: &[Recorded], window: impl Fn(usize) -> Option<Window>) -> Ledger {
    let mut ledger = Ledger::default();
    for (place, other) in others.iter().enumerate() {
        let name: Name = (other.source.clone(), other.event_id.clone());
        if other.counts {
            ledger.counting.insert(name.clone(), (other.value, window(place)));
        }
        if let Some(target) = &other.corrects {
            let corrections = ledger.corrections.entry((other.source.clone(), target.clone())).or_default();
            corrections.latest = corrections.latest.take().max(Some((other.occurred_at, other.event_id.clone())));
            corrections.events.push(name);
        }
    }
    ledger
}

/// Notes the warnings that are due with the batch.
pub(super) async fn warn(tx: &mut TenantTx, judged: &Judged, held: &Held, now: DateTime<Utc>) -> Result<(), DbError> {
    for ((meter, start), used) in &judged.used {
        let limit = held.terms.of_events(meter, now).and_then(|limit| limit.limit);
        let used = u64::try_from(used.floor()).unwrap_or_default();
        sql_warnings::note(tx, meter, *start, limit, &warnings_due(limit, used)).await?;
    }
    Ok(())
}
