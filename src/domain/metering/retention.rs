//! How long events are kept: as long as the plan says, and then they go and their sums stay.
//!
//! Whatever is removed cannot be brought back, so no clock is trusted with all of it: however far it has run ahead, one
//! look takes a month of days at most, and one partition.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use tenantry_kernel::OrganizationId;
use uuid::Uuid;

use super::sql_retention;
use crate::{
    Services,
    access::counting_scope,
    billing,
    db::{DbError, OrgTx},
};

/// Organizations of one look-up.
const AT_ONCE: i32 = 500;
/// Events that one transaction removes: others of the organization wait for it.
const CHUNK: i64 = 5_000;
/// Days of events that one look removes at most.
const STEP: u64 = 31;

/// Days that each version of a plan keeps events.
struct Kept(HashMap<String, Vec<(i32, u64)>>);

impl Kept {
    /// Of a version without a row of its own: as the one before it. A plan that says nothing keeps as the one that keeps
    /// longest.
    fn days(&self, plan: &str, version: i32) -> u64 {
        let versions = self.0.get(plan).map(Vec::as_slice).unwrap_or_default();
        let own = versions.iter().filter(|(known, _)| *known <= version).max_by_key(|(known, _)| *known);
        own.map_or_else(|| self.longest(), |(_, days)| *days)
    }

    fn longest(&self) -> u64 {
        self.0.values().flatten().map(|(_, days)| *days).max().unwrap_or(u64::from(u16::MAX))
    }
}

/// Removes what no plan keeps any more. Answers how many events and how many partitions went.
pub(super) async fn once(services: &Services) -> Result<(u64, i32), DbError> {
    let kept = Kept(sql_retention::days(&mut *services.db.platform().await?).await?);
    let (mut after, mut removed, mut least) = (Uuid::nil(), 0, None::<NaiveDate>);
    loop {
        let found = sql_retention::organizations_after(&mut *services.db.platform().await?, after, AT_ONCE).await?;
        let Some(last) = found.last() else { break };
        after = *last;
        for organization in found {
            let of = of_organization(services, &kept, organization.into()).await?;
            removed += of.removed;
            least = least.into_iter().chain(of.from).min();
        }
    }
    let mut connection = services.db.platform().await?;
    let today = sql_retention::today(&mut connection).await?;
    let longest = today.checked_sub_days(Days::new(kept.longest())).unwrap_or(NaiveDate::MIN);
    // A partition is everybody's: it stays for as long as anybody's sums would be made anew out of it.
    let before = least.map_or(longest, |least| least.min(longest));
    let dropped = sql_retention::drop_partition(&mut connection, before).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "A partition of usage events could not be dropped; it is tried again tomorrow.");
        0
    });
    Ok((removed, dropped))
}

struct OfOrganization {
    /// The first day that it keeps; `None` where it has never sent an event.
    from: Option<NaiveDate>,
    removed: u64,
}

/// Moves the first day that an organization keeps, and removes what is older, in transactions that are short each.
async fn of_organization(
    services: &Services,
    kept: &Kept,
    organization: OrganizationId,
) -> Result<OfOrganization, DbError> {
    let scope = counting_scope(organization);
    let mut of = OfOrganization { from: None, removed: 0 };
    loop {
        let mut tx = OrgTx::open(&services.db, &scope).await?;
        let Some(gate) = sql_retention::lock_gate(&mut tx).await? else { return Ok(of) };
        let (held, now) = billing::held(&mut tx).await?;
        let target = first_day(now, kept.days(&held.plan, held.version));
        let from = moved(gate.kept_from, gate.since, target);
        if gate.kept_from != Some(from) {
            sql_retention::move_to(&mut tx, from).await?;
        }
        let removed = sql_retention::remove(&mut tx, from, CHUNK).await?;
        tx.commit().await?;
        of = OfOrganization { from: Some(from), removed: of.removed + removed };
        if removed < CHUNK.unsigned_abs() {
            return Ok(of);
        }
    }
}

fn first_day(now: DateTime<Utc>, days: u64) -> NaiveDate {
    now.date_naive().checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// The first day that is kept from now on: never an earlier one than before, and at most a step later. `since` is the first
/// day of which there can be events.
fn moved(before: Option<NaiveDate>, since: NaiveDate, target: NaiveDate) -> NaiveDate {
    let before = before.unwrap_or(since.min(target));
    let most = before.checked_add_days(Days::new(STEP)).unwrap_or(before);
    target.clamp(before, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn what_is_kept_begins_a_step_later_at_most_and_never_earlier() {
        let (since, before) = (day("2026-01-01"), Some(day("2026-06-01")));
        assert_eq!(moved(before, since, day("2026-06-02")), day("2026-06-02"));
        assert_eq!(moved(before, since, day("2031-01-01")), day("2026-07-02"), "a clock that ran ahead");
        assert_eq!(
            moved(before, since, day("2020-01-01")),
            day("2026-06-01"),
            "a clock that was set back, or a larger plan"
        );
        assert_eq!(moved(None, since, day("2025-11-01")), day("2025-11-01"));
        assert_eq!(moved(None, since, day("2026-09-01")), day("2026-02-01"));
    }

    #[test]
    fn days_go_back_over_leap_days() {
        let now = "2028-06-08T00:00:00Z".parse().expect("a moment");
        assert_eq!((first_day(now, 100), first_day(now, 366)), (day("2028-02-29"), day("2027-06-08")));
    }

    #[test]
    fn a_version_keeps_as_the_one_before_it() {
        let kept =
            Kept(HashMap::from([("pro".to_owned(), vec![(1, 400), (3, 500)]), ("free".to_owned(), vec![(1, 100)])]));
        assert_eq!([1, 2, 3, 9].map(|version| kept.days("pro", version)), [400, 400, 500, 500]);
        assert_eq!(kept.days("custom", 1), 500, "what nothing is said of is kept longest");
    }
}
