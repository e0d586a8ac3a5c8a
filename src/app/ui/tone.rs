//! The few tones in which things are said. A tone is a meaning; the tokens give it its colours.

use serde::{Deserialize, Serialize};

/// What a badge, an alert or a toast means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// The product itself, or what is chosen.
    Brand,
    /// What is finest: the highest plan.
    Brass,
    /// It went well.
    Success,
    /// It will go wrong if nobody acts.
    Warning,
    /// It went wrong, or destroys.
    Danger,
    /// Worth knowing.
    Info,
}

impl Tone {
    /// The word that the style sheets know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Brand => "brand",
            Self::Brass => "brass",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
            Self::Info => "info",
        }
    }

    /// The tone in which a plan is named: the entry plan is neutral, the one above it has the brand's colour, the
    /// highest is brass. A plan that an installation made up is neutral.
    #[must_use]
    pub fn of_plan(plan: &str) -> Self {
        match plan {
            "pro" => Self::Brand,
            "empire" => Self::Brass,
            _ => Self::Neutral,
        }
    }
}
