//! Server functions of an organization's settings.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::server as verbs;
use crate::app::error::AppError;

/// Settings as their page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsSheet {
    /// The organization's id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The name by which programs and commands call it.
    pub slug: String,
    /// Whose midnight begins its day of API calls.
    pub time_zone: String,
    /// When it was made, in words.
    pub made: String,
    /// The workspace's own host; `None` where workspaces have none.
    pub host: Option<String>,
    /// Time zones to choose from; none where the reader may not choose.
    pub zones: Vec<String>,
}

/// The organization's settings.
#[server(prefix = "/api/rpc", endpoint = "settings/read")]
pub async fn read_settings(#[server(default)] tenant: String) -> Result<SettingsSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::OrganizationRead;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.organization::<OrganizationRead>()?;
    verbs::sheet(&server::services()?, &scope, visitor.place()?).await
}

/// Changes what differs from what the form began with, so that two people who have it open do not undo each other's changes.
#[server(prefix = "/api/rpc", endpoint = "settings/save")]
pub async fn save_settings(
    #[server(default)] tenant: String,
    #[server(default)] name: String,
    #[server(default)] slug: String,
    #[server(default)] time_zone: String,
    #[server(default)] was_name: String,
    #[server(default)] was_slug: String,
    #[server(default)] was_time_zone: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::OrganizationManage, tenancy};

    let scope = server::visitor(&tenant).await?.organization::<OrganizationManage>()?;
    let change = verbs::change([(name, was_name), (slug, was_slug), (time_zone, was_time_zone)]);
    tenancy::change_settings(&server::services()?, &scope, &change).await?;
    server::lead_form_to(verbs::SAVED);
    Ok(())
}
