//! Server functions of inbound webhooks.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::server as verbs;
use crate::app::{error::AppError, shown_once::Shown};

/// The page of webhooks.
pub const PAGE: &str = "/webhooks";

/// Receipts that a page shows at first, and that each "show more" adds.
pub const ROWS: u32 = 25;

/// The workspace's inbound webhooks, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookList {
    /// The newest hundred.
    pub hooks: Vec<HookRow>,
    /// There are others.
    pub more: bool,
    /// What a message may set off.
    pub tools: Vec<String>,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// An inbound webhook as pages show it. The server writes what can be written there as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HookRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where messages are sent.
    pub url: String,
    /// How they are signed.
    pub scheme: String,
    /// Networks that may send, one a line.
    pub allowlist: String,
    /// The tool that a message sets off.
    pub tool: Option<String>,
    /// Who may send, what it sets off and when it was made, in a line.
    pub terms: String,
}

/// An inbound webhook with what its page needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookSheet {
    /// The webhook.
    pub hook: HookRow,
    /// What a message may set off.
    pub tools: Vec<String>,
    /// A command that sends a message, without the secret.
    pub example: String,
    /// What has come, newest first.
    pub receipts: Vec<ReceiptRow>,
    /// There is more.
    pub more: bool,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// What has come: a message, or all of an hour that met the same rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReceiptRow {
    /// Its id.
    pub id: String,
    /// What became of it: the word on its badge.
    pub outcome: String,
    /// It was turned away.
    pub refused: bool,
    /// What it is: the message's type, or the rule that it met.
    pub title: String,
    /// When, from where and how large, in a line.
    pub note: String,
    /// The job that it became.
    pub job: Option<String>,
    /// The beginning of its body.
    pub body: Option<String>,
}

/// The workspace's inbound webhooks.
#[server(prefix = "/api/rpc", endpoint = "webhooks/list-inbound")]
pub async fn list_inbound(#[server(default)] tenant: String) -> Result<HookList, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<WebhookManage>()?;
    verbs::list(&server::services()?, &scope, &visitor.tenant()?).await
}

/// An inbound webhook and what has come by it.
#[server(prefix = "/api/rpc", endpoint = "webhooks/inbound")]
pub async fn read_inbound(
    #[server(default)] tenant: String,
    #[server(default)] webhook: String,
    #[server(default)] rows: String,
) -> Result<HookSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let visitor = server::visitor(&tenant).await?;
    let (scope, tools) = (visitor.tenant::<WebhookManage>()?, visitor.tenant()?);
    verbs::sheet(&server::services()?, &scope, &tools, verbs::hook_id(&webhook)?, verbs::rows(&rows)).await
}

/// Makes an inbound webhook. Its secret is in this answer and nowhere else.
#[server(prefix = "/api/rpc", endpoint = "webhooks/create-inbound")]
pub async fn create_inbound(
    #[server(default)] tenant: String,
    #[server(default)] name: String,
    #[server(default)] scheme: String,
    #[server(default)] allowlist: String,
    #[server(default)] tool: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::WebhookManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<WebhookManage>()?;
    let wish = verbs::wish(name, &scheme, &allowlist, tool);
    let shown = verbs::create(&server::services()?, &scope, &wish, once.as_deref()).await?;
    server::show_form_at(PAGE, CreateInbound::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Changes an inbound webhook to what its page's form says.
#[server(prefix = "/api/rpc", endpoint = "webhooks/change-inbound")]
pub async fn change_inbound(
    #[server(default)] tenant: String,
    #[server(default)] webhook: String,
    #[server(default)] name: String,
    #[server(default)] allowlist: String,
    #[server(default)] tool: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::WebhookManage, webhooks::inbound};

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    let change = verbs::change(name, &allowlist, tool);
    inbound::change(&server::services()?, &scope, verbs::hook_id(&webhook)?, &change).await?;
    Ok(())
}

/// Gives an inbound webhook another secret; the old one stays good for the grace.
#[server(prefix = "/api/rpc", endpoint = "webhooks/rotate-inbound")]
pub async fn rotate_inbound(
    #[server(default)] tenant: String,
    #[server(default)] webhook: String,
    #[server(default)] grace_period_hours: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::WebhookManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<WebhookManage>()?;
    let (webhook, grace) = (verbs::hook_id(&webhook)?, verbs::grace(&grace_period_hours)?);
    let shown = verbs::rotate(&server::services()?, &scope, webhook, grace, once.as_deref()).await?;
    server::show_form_at(&shown.page, RotateInbound::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Deletes an inbound webhook with its receipts.
#[server(prefix = "/api/rpc", endpoint = "webhooks/remove-inbound")]
pub async fn remove_inbound(
    #[server(default)] tenant: String,
    #[server(default)] webhook: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::WebhookManage, webhooks::inbound};

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    inbound::remove(&server::services()?, &scope, verbs::hook_id(&webhook)?).await?;
    server::lead_form_to(PAGE);
    Ok(())
}
