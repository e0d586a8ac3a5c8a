//! Whose a limit is: a refusal by an organization's own speaks of no plan, since another would change nothing.

use chrono::{DateTime, Utc};

use crate::quota::{Meter, Terms};

/// Which of the guards' limits are an organization's own, so that no other plan would change them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnLimits {
    /// The period's dispatches.
    pub dispatches: bool,
    /// The jobs at once.
    pub concurrent: bool,
    /// The day's API calls.
    pub api_calls: bool,
}

impl Terms {
    /// Which of the guards' limits are the organization's own at a moment.
    #[must_use]
    pub fn own(&self, now: DateTime<Utc>) -> OwnLimits {
        OwnLimits {
            dispatches: self.of(Meter::Dispatches, now).is_some(),
            concurrent: self.of(Meter::Concurrent, now).is_some(),
            api_calls: self.of(Meter::ApiCalls, now).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::{Mode, Override};

    #[test]
    fn a_limit_is_the_organizations_own_until_its_override_ends() {
        let at = |text: &str| text.parse().expect("a moment");
        let end = "2026-03-01T00:00:00Z";
        let own = |meter, expires_at| Override { meter, limit: None, mode: Mode::Hard, cap: None, expires_at };
        let overrides = vec![own(Meter::Dispatches, Some(at(end))), own(Meter::Concurrent, None)];
        let terms = Terms { overrides, ..Terms::default() };
        let both = OwnLimits { dispatches: true, concurrent: true, api_calls: false };
        assert_eq!(terms.own(at("2026-02-28T23:59:59.999999Z")), both);
        assert_eq!(terms.own(at(end)), OwnLimits { dispatches: false, ..both });
        assert_eq!(Terms::default().own(at(end)), OwnLimits::default());
    }
}
