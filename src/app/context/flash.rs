//! What a form that was posted without a script brings to the one page that comes next.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;

/// A form that was refused, with what was typed, or answered with what is shown once. Never a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The address of the server function that was called.
    pub form: String,
    /// Why it was refused.
    #[serde(default)]
    pub problem: Option<AppError>,
    /// What was typed, by the fields' names.
    pub fields: Vec<(String, String)>,
    /// What it answered, as a script would have got it.
    #[serde(default)]
    pub answer: Option<String>,
}

impl Flash {
    /// A form that was refused.
    pub fn refused(form: String, problem: impl Into<AppError>, fields: Vec<(String, String)>) -> Self {
        Self { form, problem: Some(problem.into()), fields, answer: None }
    }

    /// A form that was answered.
    pub fn answered(form: String, answer: String) -> Self {
        Self { form, problem: None, fields: Vec::new(), answer: Some(answer) }
    }

    /// What was typed into a field.
    pub fn typed(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    }

    /// Was this value of a field sent?
    pub fn sent(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(field, sent)| field == name && sent == value)
    }
}

/// The page's flash, until the page is left.
#[derive(Clone, Copy)]
pub struct Flashed(StoredValue<Option<Flash>>);

/// Whether the browser's side has taken over the page: the page's own code may come later than the frame's.
#[derive(Clone, Debug, Default)]
pub struct TakenOver(pub ArcRwSignal<bool>);

impl Flashed {
    /// Gives the flash to everything below. In the browser it is gone once the page that it was for is there: a form
    /// that is opened again later is a fresh one.
    pub fn provide(flash: Option<Flash>) {
        let flashed = Self(StoredValue::new(flash));
        provide_context(flashed);
        let taken_over = use_context::<TakenOver>().unwrap_or_default();
        Effect::new(move |_| {
            if taken_over.0.get() {
                flashed.0.set_value(None);
            }
        });
    }

    /// What came back from the form of a server function.
    pub fn of(form: &str) -> Option<Flash> {
        let Self(flash) = use_context()?;
        flash.with_value(|flash| flash.clone().filter(|flash| flash.form == form))
    }
}
