//! Connecting the first service: what the fourth step chose is made with the organization, by the verbs that its own page
//! would use, and shown there.

use serde::de::DeserializeOwned;
use tenantry_domain::{
    Services,
    access::Visitor,
    dispatch,
    idempotency::{Answer, OnceKey},
    keys,
    webhooks::inbound,
};
use tenantry_kernel::{
    FieldError, Problem,
    inbound::{CreatedInboundView, InboundRequest, Scheme},
    key::{self, CreatedKeyView},
    onboarding::Draft,
    requests::{CreateKey, ToolRequest},
    text::IdempotencyKey,
    tool::{CreatedToolView, ToolKind},
};

use super::api::{INBOUND, KEY, TOOL};
use crate::app::{call, curl, error::AppError, receiver, server, shown_once::Shown};

/// What is chosen, where it could be made.
pub fn check(services: &Services, choice: &str, address: &str) -> Result<&'static str, AppError> {
    let chosen = [KEY, TOOL, INBOUND].into_iter().find(|known| *known == choice);
    let chosen =
        chosen.ok_or_else(|| FieldError::new("connect", "REQUIRED", "Choose one of them, or skip this step."))?;
    if chosen == TOOL {
        dispatch::check_tool(services, &tool(address)).map_err(at_the_address)?;
    }
    Ok(chosen)
}

/// The step calls it an address.
fn at_the_address(error: dispatch::ToolError) -> AppError {
    let mut problem = Problem::from(error);
    for error in &mut problem.errors {
        error.field = "address".to_owned();
    }
    problem.into()
}

/// Makes what was chosen in the organization that was just made, and leads to the page that shows it; to the dashboard where
/// nothing was, or where the step was taken before. What cannot be made now can be made on its page.
pub async fn first(services: &Services, draft: &Draft, once: &str) -> Result<(), AppError> {
    let Some(chosen) = draft.integrations.as_deref().and_then(<[String]>::first) else {
        server::lead_to("/dashboard");
        return Ok(());
    };
    let visitor = server::visitor("").await?;
    match make(services, &visitor, chosen, draft, once).await {
        Ok(Some(shown)) => server::lead_to_made(&visitor, &shown).await,
        Ok(None) => {
            server::lead_to("/dashboard");
            Ok(())
        }
        Err(error) => {
            tracing::warn!(code = %error.problem().code, "What was to be connected first could not be made.");
            server::lead_to("/dashboard");
            Ok(())
        }
    }
}

async fn make(
    services: &Services,
    visitor: &Visitor,
    chosen: &str,
    draft: &Draft,
    once: &str,
) -> Result<Option<Shown>, AppError> {
    let once =
        OnceKey::new(IdempotencyKey::parse(&format!("{once}-connect"))?, "POST /api/rpc/onboarding/connect", b"");
    let (once, tenant) = (Some(&once), visitor.place()?.tenant.to_string());
    let url = services.settings.link("");
    let shown = match chosen {
        KEY => {
            let wish = first_key();
            let made: CreatedKeyView = read(keys::create(services, &visitor.tenant()?, &wish, once).await?)?;
            let example = |secret: &str| curl::with_key(&url, secret, &wish.scopes);
            shown(tenant, made.key.id.to_string(), made.key.name, made.secret, example, "/keys")
        }
        TOOL => {
            let wish = tool(draft.address.as_deref().unwrap_or_default());
            let made = dispatch::create_tool(services, &visitor.tenant()?, &wish, once).await?;
            let CreatedToolView { tool, secret } = read(made)?;
            shown(tenant, tool.id.to_string(), tool.name, secret, |secret| receiver::example(Some(secret)), "/tools")
        }
        INBOUND => {
            let made = inbound::create(services, &visitor.tenant()?, &first_inbound(), once).await?;
            let CreatedInboundView { webhook, secret } = read(made)?;
            let example = |secret: &str| curl::signed_message(&webhook.url, webhook.scheme, Some(secret));
            shown(tenant, webhook.id.to_string(), webhook.name.clone(), secret, example, "/webhooks")
        }
        // A draft of another version.
        _ => return Ok(None),
    };
    Ok(Some(shown))
}

fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, AppError> {
    call::value(&answer.body)
}

fn shown(
    tenant: String,
    id: String,
    name: String,
    secret: Option<String>,
    example: impl FnOnce(&str) -> String,
    page: &str,
) -> Shown {
    let example = secret.as_deref().map(example).unwrap_or_default();
    Shown { tenant, id, name, note: String::new(), secret, example, page: page.to_owned() }
}

fn first_key() -> CreateKey {
    let scopes = vec![key::Scope::Read, key::Scope::Dispatch];
    CreateKey { name: "My first program".to_owned(), scopes, ..CreateKey::default() }
}

fn tool(address: &str) -> ToolRequest {
    let (name, url) = ("my-service".to_owned(), address.to_owned());
    ToolRequest { name, kind: Some(ToolKind::Webhook), url, ..ToolRequest::default() }
}

fn first_inbound() -> InboundRequest {
    let (name, tool) = ("My first service".to_owned(), Some("echo".to_owned()));
    InboundRequest { name, scheme: Some(Scheme::Standard), tool, ..InboundRequest::default() }
}
