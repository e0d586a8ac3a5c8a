//! Server functions of tools.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::server as verbs;
use crate::app::{error::AppError, shown_once::Shown};

/// The page that lists tools.
pub const PAGE: &str = "/tools";

/// Tools that the page shows at first, and that each "show more" adds.
pub const ROWS: u32 = 50;

/// The workspace's tools, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// Those that the page shows.
    pub tools: Vec<ToolRow>,
    /// There are others.
    pub more: bool,
    /// The features that plans know.
    pub features: Vec<FeatureChoice>,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// A tool as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolRow {
    /// Its id.
    pub id: String,
    /// What a dispatch calls it.
    pub name: String,
    /// Where its jobs are sent; `None` for a part of Tenantry.
    pub url: Option<String>,
    /// The feature that a plan must grant.
    pub feature: Option<String>,
    /// The smallest plan that grants it, by name.
    pub plan: Option<String>,
    /// Seconds that a run may take.
    pub timeout_seconds: i32,
    /// When it was made, in words.
    pub made: String,
    /// The payload of a test call, as JSON; `None` where any would do something.
    pub trial: Option<String>,
}

/// A feature that a plan may grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureChoice {
    /// Its name.
    pub name: String,
    /// The plans that name it: `Pro`.
    pub plans: String,
}

/// A tool with what its page needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSheet {
    /// The tool.
    pub tool: ToolRow,
    /// The features that plans know.
    pub features: Vec<FeatureChoice>,
    /// A receiver that checks the signature; empty for a part of Tenantry.
    pub example: String,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// The workspace's tools.
#[server(prefix = "/api/rpc", endpoint = "tools/list")]
pub async fn list_tools(#[server(default)] tenant: String, #[server(default)] rows: String) -> Result<Shelf, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::ToolRead;

    let scope = server::visitor(&tenant).await?.tenant::<ToolRead>()?;
    verbs::shelf(&server::services()?, &scope, verbs::rows(&rows)).await
}

/// A tool.
#[server(prefix = "/api/rpc", endpoint = "tools/tool")]
pub async fn read_tool(
    #[server(default)] tenant: String,
    #[server(default)] tool: String,
) -> Result<ToolSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::ToolRead;

    let scope = server::visitor(&tenant).await?.tenant::<ToolRead>()?;
    verbs::sheet(&server::services()?, &scope, verbs::tool_id(&tool)?).await
}

/// Makes a tool that lives elsewhere. Its secret is in this answer and nowhere else.
#[server(prefix = "/api/rpc", endpoint = "tools/create")]
pub async fn create_tool(
    #[server(default)] tenant: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] feature: String,
    #[server(default)] timeout_seconds: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::ToolManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<ToolManage>()?;
    let wish = verbs::wish(name, &url, feature, &timeout_seconds);
    let shown = verbs::create(&server::services()?, &scope, &wish, once.as_deref()).await?;
    server::show_form_at(PAGE, CreateTool::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Changes a tool to what its page's form says. A tool that lives `elsewhere` has a name and an address among the fields.
#[server(prefix = "/api/rpc", endpoint = "tools/change")]
pub async fn change_tool(
    #[server(default)] tenant: String,
    #[server(default)] tool: String,
    #[server(default)] elsewhere: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] feature: String,
    #[server(default)] timeout_seconds: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::ToolManage;

    let scope = server::visitor(&tenant).await?.tenant::<ToolManage>()?;
    let place = (!elsewhere.is_empty()).then_some((name, url));
    let change = verbs::change(place, feature, &timeout_seconds);
    verbs::alter(&server::services()?, &scope, verbs::tool_id(&tool)?, &change).await
}

/// Gives a tool another secret; for a day its jobs are signed with both.
#[server(prefix = "/api/rpc", endpoint = "tools/rotate")]
pub async fn rotate_tool(
    #[server(default)] tenant: String,
    #[server(default)] tool: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::ToolManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<ToolManage>()?;
    let shown = verbs::rotate(&server::services()?, &scope, verbs::tool_id(&tool)?, once.as_deref()).await?;
    server::show_form_at(&shown.page, RotateTool::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Deletes a tool. What its jobs have brought stays.
#[server(prefix = "/api/rpc", endpoint = "tools/remove")]
pub async fn remove_tool(#[server(default)] tenant: String, #[server(default)] tool: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::ToolManage, dispatch};

    let scope = server::visitor(&tenant).await?.tenant::<ToolManage>()?;
    dispatch::remove_tool(&server::services()?, &scope, verbs::tool_id(&tool)?).await?;
    server::lead_form_to(PAGE);
    Ok(())
}
