//! Server functions of the usage page. What they answer is drawn already: a chart of a thousand steps costs the browser one
//! assignment, and not one line of its module.
#![expect(clippy::too_many_arguments, reason = "a server function's arguments are the fields of its call")]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;

/// The page that shows usage over time.
pub const PAGE: &str = "/usage";

/// What the address of the page asks for, as it stands there.
pub const ASKED: [&str; 7] = ["meter", "step", "group_by", "of", "from", "to", "days"];

/// What one meter has counted over time, drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageSheet {
    /// What is shown, in a few words.
    pub title: String,
    /// Of which time, by whose clocks.
    pub span: String,
    /// The chart, as markup; empty where nothing was used.
    pub chart: String,
    /// The parts that were told apart, as markup; empty where none were.
    pub parts: String,
    /// The same in figures, as markup.
    pub table: String,
    /// All of it, in a sentence.
    pub total: String,
    /// The organization's limit on the meter, in a sentence.
    pub limit: Option<String>,
    /// The one group that is shown alone.
    pub alone: Option<String>,
    /// Where all of them are shown.
    pub whole: String,
    /// Where the same lies as a file.
    pub file: String,
    /// What is wrong with what was asked.
    pub faults: Vec<String>,
}

/// A choice of a form: what is sent, and what is shown.
pub type Choice = (String, String);

/// What can be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageChoices {
    /// Every meter.
    pub meters: Vec<Choice>,
    /// The first and the last day that are shown where the address names none: the last thirty.
    pub days: (String, String),
}

/// What the organization's usage page can be asked for.
#[server(prefix = "/api/rpc", endpoint = "usage/choices")]
pub async fn list_usage_choices(
    #[server(default)] tenant: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] days: String,
) -> Result<UsageChoices, AppError> {
    use super::sheet;
    use crate::app::server;
    use tenantry_domain::access::permit::UsageRead;

    let scope = server::visitor(&tenant).await?.organization::<UsageRead>()?;
    sheet::choices(&server::services()?, &scope, &sheet::Asked { from, to, days, ..sheet::Asked::default() }).await
}

/// One meter over time.
#[server(prefix = "/api/rpc", endpoint = "usage/read")]
pub async fn read_usage(
    #[server(default)] tenant: String,
    #[server(default)] meter: String,
    #[server(default)] step: String,
    #[server(default)] group_by: String,
    #[server(default)] of: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] days: String,
) -> Result<UsageSheet, AppError> {
    use super::sheet;
    use crate::app::server;
    use tenantry_domain::access::permit::{KeyRead, UsageRead};

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.organization::<UsageRead>()?;
    let asked = sheet::Asked { meter, step, group_by, of, from, to, days };
    let place = sheet::Place { tenant: visitor.place()?.tenant, sees_keys: visitor.tenant::<KeyRead>().is_ok() };
    sheet::read(&server::services()?, &scope, place, &asked).await
}
