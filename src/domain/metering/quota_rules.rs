//! What makes a right override, decided without a database.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    FieldError,
    metering::is_sendable,
    moment,
    operator::SetOverride,
    quota::{EventLimit, Meter, Mode, Override},
    text::Name,
};

use super::sql_quota::Row;

/// Slots are numbered by PostgreSQL's `integer`, everything else is counted by its `bigint`.
fn largest(meter: &str) -> u64 {
    if meter == Meter::Concurrent.as_str() { i32::MAX.unsigned_abs().into() } else { i64::MAX.unsigned_abs() }
}

/// A limit that can be set: the guard's, or one on what events count.
pub(super) trait Wanted {
    /// As it stands in its row.
    fn row(&self) -> Row<'_>;

    /// May it be soft?
    fn may_be_soft(&self) -> bool;

    /// Is there such a meter?
    fn is_meter(&self) -> bool {
        true
    }
}

impl Wanted for Override {
    fn row(&self) -> Row<'_> {
        let Self { meter, limit, mode, cap, expires_at } = *self;
        Row { meter: meter.as_str(), every: None, limit, mode, cap, expires_at }
    }

    fn may_be_soft(&self) -> bool {
        self.meter.may_be_soft()
    }
}

impl Wanted for EventLimit {
    fn row(&self) -> Row<'_> {
        let Self { every, limit, mode, cap, expires_at, .. } = *self;
        Row { meter: &self.meter, every: Some(every), limit, mode, cap, expires_at }
    }

    fn may_be_soft(&self) -> bool {
        true
    }

    fn is_meter(&self) -> bool {
        is_sendable(&self.meter)
    }
}

/// Checks a wish; the answer is the reason as it is kept. Names every field that is out of bounds.
pub(super) fn check<W: Wanted>(wish: &SetOverride<W>, now: DateTime<Utc>) -> Result<Name, Vec<FieldError>> {
    let (wanted, own) = (&wish.wanted, wish.wanted.row());
    let errors = [meter(wanted), limit(&own), mode(&own, wanted.may_be_soft()), cap(&own), end(&own, now)];
    let errors = errors.into_iter().flatten();
    match Name::parse("reason", &wish.reason) {
        Ok(reason) => {
            let errors: Vec<_> = errors.collect();
            if errors.is_empty() { Ok(reason) } else { Err(errors) }
        }
        Err(error) => Err(errors.chain([error]).collect()),
    }
}

fn meter(wanted: &impl Wanted) -> Option<FieldError> {
    let detail = "Name dispatches, concurrent, api_calls, storage_bytes, or a meter that events may name.";
    (!wanted.is_meter()).then(|| FieldError::new("meter", "UNKNOWN", detail))
}

fn limit(own: &Row<'_>) -> Option<FieldError> {
    let largest = largest(own.meter);
    let detail = format!("Use at most {largest}, or unlimited.");
    own.limit.filter(|limit| *limit > largest).map(|_| FieldError::new("limit", "TOO_LARGE", detail))
}

fn mode(own: &Row<'_>, may_be_soft: bool) -> Option<FieldError> {
    let error = |detail: &str| Some(FieldError::new("mode", "NOT_ALLOWED", detail));
    match own.mode {
        Mode::Hard => None,
        _ if !may_be_soft => error("Slots and bytes of files cannot be soft."),
        _ if own.limit.is_none() => error("Nothing is beyond unlimited: leave the mode out, or name a limit."),
        _ => None,
    }
}

fn cap(own: &Row<'_>) -> Option<FieldError> {
    let error = |code: &str, detail: &str| Some(FieldError::new("cap", code, detail));
    match (own.mode, own.cap) {
        (Mode::SoftCapped, None) => {
            error("REQUIRED", "Say how far the limit may be passed, counted from 0 as the limit is.")
        }
        (Mode::SoftCapped, Some(cap)) if own.limit.is_some_and(|limit| cap < limit) => {
            error("TOO_SMALL", "The cap cannot be below the limit.")
        }
        (Mode::SoftCapped, Some(cap)) if cap > largest(own.meter) => error("TOO_LARGE", "The cap is too large."),
        (Mode::Hard | Mode::Soft, Some(_)) => error("NOT_ALLOWED", "Only soft_capped has a cap."),
        _ => None,
    }
}

fn end(own: &Row<'_>, now: DateTime<Utc>) -> Option<FieldError> {
    let end = own.expires_at?;
    if let Err(error) = moment::parse("expires_at", end) {
        return Some(error);
    }
    (end <= now).then(|| FieldError::new("expires_at", "IN_THE_PAST", "Name a moment that is to come."))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn fields(meter: Meter, limit: Option<u64>, mode: Mode, cap: Option<u64>) -> Vec<String> {
        let now = DateTime::UNIX_EPOCH;
        let wanted = Override { meter, limit, mode, cap, expires_at: Some(now + TimeDelta::seconds(1)) };
        let wish = SetOverride { wanted, reason: " a trial ".into() };
        match check(&wish, now) {
            Ok(reason) => vec![reason.to_string()],
            Err(errors) => errors.into_iter().map(|error| error.field).collect(),
        }
    }

    #[test]
    fn an_override_is_right_or_names_what_is_not() {
        let right = ["a trial"];
        assert_eq!(fields(Meter::Dispatches, Some(0), Mode::Hard, None), right);
        assert_eq!(fields(Meter::Concurrent, None, Mode::Hard, None), right);
        assert_eq!(fields(Meter::ApiCalls, Some(10), Mode::Soft, None), right);
        assert_eq!(fields(Meter::Dispatches, Some(10), Mode::SoftCapped, Some(10)), right);
        assert_eq!(fields(Meter::Dispatches, Some(10), Mode::SoftCapped, Some(9)), ["cap"]);
        assert_eq!(fields(Meter::Dispatches, Some(10), Mode::SoftCapped, None), ["cap"]);
        assert_eq!(fields(Meter::Dispatches, Some(10), Mode::Soft, Some(12)), ["cap"]);
        assert_eq!(fields(Meter::Dispatches, None, Mode::Soft, None), ["mode"]);
        assert_eq!(fields(Meter::Concurrent, Some(1), Mode::Soft, None), ["mode"]);
        assert_eq!(fields(Meter::Concurrent, Some(1 << 31), Mode::Hard, None), ["limit"]);
        assert_eq!(fields(Meter::Dispatches, Some(u64::MAX), Mode::Hard, Some(1)), ["limit", "cap"]);
    }

    #[test]
    fn a_limit_on_events_is_on_what_events_may_name() {
        let fields = |meter: &str, mode, limit| {
            let meter = meter.to_owned();
            let wanted = EventLimit { meter, every: Default::default(), limit, mode, cap: None, expires_at: None };
            let checked = check(&SetOverride { wanted, reason: "a trial".into() }, DateTime::UNIX_EPOCH);
            checked.err().unwrap_or_default().into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert!(fields("images/rendered", Mode::Soft, Some(5)).is_empty());
        assert!(fields("tokens", Mode::Hard, None).is_empty());
        for wrong in ["two words", "", "compute_ms", "dispatches"] {
            assert_eq!(fields(wrong, Mode::Hard, Some(5)), ["meter"], "{wrong}");
        }
        assert_eq!(fields("images", Mode::Soft, None), ["mode"]);
        assert_eq!(fields("images", Mode::SoftCapped, Some(5)), ["cap"]);
    }

    #[test]
    fn an_end_is_to_come_and_a_reason_is_there() {
        let wanted = Override {
            meter: Meter::Dispatches,
            limit: None,
            mode: Mode::Hard,
            cap: None,
            expires_at: Some(DateTime::UNIX_EPOCH),
        };
        let errors = check(&SetOverride { wanted, reason: String::new() }, DateTime::UNIX_EPOCH).expect_err("refused");
        let named: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
        assert_eq!(named, [("expires_at", "IN_THE_PAST"), ("reason", "REQUIRED")]);
    }
}
