//! The onboarding wizard's steps: which there are, and which one a draft has come to.

use serde::{Deserialize, Serialize};

/// A step of the wizard, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// What this is.
    Welcome,
    /// What the organization is called.
    Organization,
    /// Which plan.
    Plan,
    /// Which services are connected; may be skipped.
    Integrations,
    /// What was made, and the way in.
    Complete,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 5] = [Self::Welcome, Self::Organization, Self::Plan, Self::Integrations, Self::Complete];

    /// The word in its address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Organization => "organization",
            Self::Plan => "plan",
            Self::Integrations => "integrations",
            Self::Complete => "complete",
        }
    }

    /// The address of its page.
    #[must_use]
    pub fn path(self) -> String {
        format!("/onboarding/{}", self.as_str())
    }

    /// What it is called on the page.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Welcome => "Welcome",
            Self::Organization => "Organization",
            Self::Plan => "Plan",
            Self::Integrations => "Integrations",
            Self::Complete => "Complete",
        }
    }
}

/// What has been answered so far. It lives in the database, so closing the browser loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The welcome was read.
    #[serde(default)]
    pub welcomed: bool,
    /// The organization's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The address that was asked for; one is suggested from the name otherwise.
    #[serde(default)]
    pub slug: Option<String>,
    /// The plan's id.
    #[serde(default)]
    pub plan: Option<String>,
    /// The services that are to be connected, by their ids. `None` until the step was answered or skipped.
    #[serde(default)]
    pub integrations: Option<Vec<String>>,
    /// Where a service takes jobs that is to be connected as a tool.
    #[serde(default)]
    pub address: Option<String>,
}

impl Draft {
    /// The first step that is not answered yet.
    #[must_use]
    pub fn next_step(&self) -> Step {
        if !self.welcomed {
            Step::Welcome
        } else if self.name.is_none() {
            Step::Organization
        } else if self.plan.is_none() {
            Step::Plan
        } else if self.integrations.is_none() {
            Step::Integrations
        } else {
            Step::Complete
        }
    }

    /// May this step be shown? Steps that were answered may be answered again; later ones need the earlier ones.
    #[must_use]
    pub fn may_show(&self, step: Step) -> bool {
        step <= self.next_step()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_resumes_at_the_first_open_step() {
        let mut draft = Draft::default();
        assert_eq!(draft.next_step(), Step::Welcome);
        draft.welcomed = true;
        assert_eq!(draft.next_step(), Step::Organization);
        draft.name = Some("Acme".into());
        draft.plan = Some("free".into());
        assert_eq!(draft.next_step(), Step::Integrations);
        assert!(draft.may_show(Step::Organization) && !draft.may_show(Step::Complete));
        draft.integrations = Some(vec![]);
        assert_eq!(draft.next_step(), Step::Complete);
    }
}
