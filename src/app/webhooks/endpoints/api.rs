//! Server functions of endpoints. The server writes what can be written there as text, which spares the browser parsers.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::server as verbs;
use crate::app::{error::AppError, shown_once::Shown, ticked::Ticked, ui::Tone};

/// The page that lists endpoints.
pub const PAGE: &str = "/webhooks";

/// The page of an endpoint.
pub fn page_of(endpoint: &str) -> String {
    format!("{PAGE}/endpoints/{endpoint}")
}

/// Deliveries that the page shows at first, and that each "show more" adds.
pub const ROWS: u32 = 25;

/// Most deliveries on one page; programs list all of them over the API.
pub const MOST_ROWS: u32 = 200;

/// The workspace's endpoints, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// All of them: there are never many.
    pub endpoints: Vec<EndpointRow>,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// A word with its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// What it means.
    pub tone: Tone,
    /// The word.
    pub word: String,
}

/// An endpoint as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EndpointRow {
    /// Its id.
    pub id: String,
    /// What it is called: what it is for, or its host where nobody has said.
    pub name: String,
    /// Where messages are sent.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// What it is told of.
    pub events: Vec<String>,
    /// Is it told anything?
    pub enabled: bool,
    /// How it is.
    pub mark: Mark,
    /// When it was made, and since when it is as it is.
    pub life: String,
}

/// An endpoint with what its page needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSheet {
    /// The endpoint.
    pub endpoint: EndpointRow,
    /// Its newest deliveries.
    pub deliveries: Vec<DeliveryRow>,
    /// There are others.
    pub more: bool,
    /// A receiver that checks the signature.
    pub example: String,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// A message on its way to the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Its id.
    pub id: String,
    /// What has happened.
    pub kind: String,
    /// The message's id.
    pub event: String,
    /// What has become of it.
    pub mark: Mark,
    /// When it happened, and when it is tried next.
    pub life: String,
    /// What came of its attempts, newest first.
    pub attempts: Vec<AttemptRow>,
    /// Is the endpoint told anything?
    pub enabled: bool,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttemptRow {
    /// Which one, and what was answered.
    pub title: String,
    /// Was it taken?
    pub tone: Tone,
    /// When it was, and how long it took.
    pub facts: String,
    /// Why it was not taken.
    pub reason: Option<String>,
    /// The beginning of what was answered.
    pub answer: Option<String>,
}

/// The workspace's endpoints.
#[server(prefix = "/api/rpc", endpoint = "webhooks/endpoints")]
pub async fn list_endpoints(#[server(default)] tenant: String) -> Result<Endpoints, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::all(&scope).await
}

/// An endpoint, and what became of its messages.
#[server(prefix = "/api/rpc", endpoint = "webhooks/endpoint")]
pub async fn read_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] endpoint: String,
    #[server(default)] rows: String,
) -> Result<EndpointSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::sheet(&scope, verbs::endpoint_id(&endpoint)?, verbs::rows(&rows)).await
}

/// Makes an endpoint. Its secret is in this answer and nowhere else.
#[server(prefix = "/api/rpc", endpoint = "webhooks/create_endpoint")]
pub async fn create_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] url: String,
    #[server(default)] description: String,
    #[server(default)] events: Ticked,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::WebhookManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<WebhookManage>()?;
    let shown = verbs::create(&scope, (url, description, events), once.as_deref()).await?;
    server::show_form_at(PAGE, CreateEndpoint::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Changes an endpoint to what its page's form says.
#[server(prefix = "/api/rpc", endpoint = "webhooks/change_endpoint")]
pub async fn change_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] endpoint: String,
    #[server(default)] url: String,
    #[server(default)] description: String,
    #[server(default)] events: Ticked,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::change(&scope, verbs::endpoint_id(&endpoint)?, (url, description, events)).await
}

/// Switches an endpoint on or off.
#[server(prefix = "/api/rpc", endpoint = "webhooks/switch_endpoint")]
pub async fn switch_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] endpoint: String,
    #[server(default)] enabled: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::switch(&scope, verbs::endpoint_id(&endpoint)?, enabled == "true").await
}

/// Gives an endpoint another secret; for a day its messages are signed with both.
#[server(prefix = "/api/rpc", endpoint = "webhooks/rotate_endpoint")]
pub async fn rotate_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] endpoint: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::WebhookManage;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<WebhookManage>()?;
    let shown = verbs::rotate(&scope, verbs::endpoint_id(&endpoint)?, once.as_deref()).await?;
    server::show_form_at(&shown.page, RotateEndpoint::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Deletes an endpoint, with what waits for it.
#[server(prefix = "/api/rpc", endpoint = "webhooks/remove_endpoint")]
pub async fn remove_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] endpoint: String,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::remove(&scope, verbs::endpoint_id(&endpoint)?).await?;
    server::lead_form_to(PAGE);
    Ok(())
}

/// Sends an endpoint a trial.
#[server(prefix = "/api/rpc", endpoint = "webhooks/test_endpoint")]
pub async fn test_endpoint(
    #[server(default)] tenant: String,
    #[server(default)] endpoint: String,
    #[server(default)] once: Option<String>,
) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::test(&scope, verbs::endpoint_id(&endpoint)?, once.as_deref()).await
}

/// Sends a message again, with the id that it had.
#[server(prefix = "/api/rpc", endpoint = "webhooks/replay")]
pub async fn replay(#[server(default)] tenant: String, #[server(default)] delivery: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::WebhookManage;

    let scope = server::visitor(&tenant).await?.tenant::<WebhookManage>()?;
    verbs::replay(&scope, &delivery).await
}
