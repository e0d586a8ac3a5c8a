//! What came back from a form that was posted without a script, for the one page that shows it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tenantry_kernel::Problem;

/// A refused form: which one, why, and what was typed. Never a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The address of the server function that refused it.
    pub form: String,
    /// Why.
    pub problem: Problem,
    /// What was typed, by the fields' names.
    pub fields: Vec<(String, String)>,
}

impl Flash {
    /// What was typed into a field.
    pub fn typed(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    }
}

/// The page's flash, until the page is left.
#[derive(Clone, Copy)]
pub struct Flashed(StoredValue<Option<Flash>>);

impl Flashed {
    /// Gives the flash to everything below. In the browser it is gone once the page that it was for is there: a form
    /// that is opened again later is a fresh one.
    pub fn provide(flash: Option<Flash>) {
        let flashed = Self(StoredValue::new(flash));
        provide_context(flashed);
        Effect::new(move |_| flashed.0.set_value(None));
    }

    /// What came back from the form of a server function.
    pub fn of(form: &str) -> Option<Flash> {
        let Self(flash) = use_context()?;
        flash.with_value(|flash| flash.clone().filter(|flash| flash.form == form))
    }
}
