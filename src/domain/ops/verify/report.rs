//! What was tried, and what got through.

use std::time::Duration;

use serde::Serialize;

/// An attack that got through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The table, constraint, function, route or server function.
    pub place: String,
    /// What was tried there.
    pub attack: String,
    /// What came of it, and what should have.
    pub outcome: String,
}

/// Attacks of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// How many were tried.
    pub tried: u64,
    /// How many of them got through.
    pub leaks: u64,
}

/// The answer of a verification.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many attacks were tried.
    pub tried: u64,
    /// How many of them got through; 0 on an installation that keeps its tenants apart.
    pub leaks: u64,
    /// How long it took.
    pub seconds: f64,
    /// The same by kind, in the order in which they were tried.
    pub groups: Vec<Group>,
    /// Those that got through.
    pub findings: Vec<Finding>,
    /// What could not be tried here, and why.
    pub untried: Vec<String>,
}

/// Counts attacks while they are tried.
#[derive(Debug, Default)]
pub struct Tally {
    groups: Vec<Group>,
    findings: Vec<Finding>,
    untried: Vec<String>,
}

impl Tally {
    /// Begins a kind of attacks; those that follow belong to it.
    pub fn begin(&mut self, name: &str) {
        self.log_last();
        self.groups.push(Group { name: name.to_owned(), tried: 0, leaks: 0 });
    }

    /// Progress, a kind at a time.
    fn log_last(&self) {
        if let Some(done) = self.groups.last() {
            tracing::info!(tried = done.tried, leaks = done.leaks, "Tried {}.", done.name);
        }
    }

    /// Notes an attack; `outcome` says what it reached, where it reached anything.
    pub fn tried(&mut self, place: &str, attack: &str, outcome: Option<String>) {
        if self.groups.is_empty() {
            self.begin("attacks");
        }
        let Some(group) = self.groups.last_mut() else { return };
        group.tried += 1;
        if let Some(outcome) = outcome {
            group.leaks += 1;
            self.findings.push(Finding { place: place.to_owned(), attack: attack.to_owned(), outcome });
        }
    }

    /// Notes what cannot be tried here, in a sentence that says why.
    pub fn untried(&mut self, sentence: &str) {
        self.untried.push(sentence.to_owned());
    }

    /// What got through so far.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The report, after so long.
    #[must_use]
    pub fn report(self, took: Duration) -> Report {
        self.log_last();
        let sum = |count: fn(&Group) -> u64| self.groups.iter().map(count).sum();
        Report {
            tried: sum(|group| group.tried),
            leaks: sum(|group| group.leaks),
            seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
            groups: self.groups,
            findings: self.findings,
            untried: self.untried,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_adds_up_what_was_tried_and_what_got_through() {
        let mut tally = Tally::default();
        tally.begin("reading");
        tally.tried("org.jobs", "without a tenant", None);
        tally.tried("org.jobs", "as another", Some("2 rows instead of none".into()));
        tally.begin("writing");
        tally.tried("org.jobs", "moving a row", None);
        let report = tally.report(Duration::from_millis(1500));
        assert_eq!((report.tried, report.leaks, report.seconds), (3, 1, 1.5));
        assert_eq!(report.groups[0], Group { name: "reading".into(), tried: 2, leaks: 1 });
        assert_eq!(report.findings[0].place, "org.jobs");
    }
}
