//! Turning what the forms of webhooks send into what a verb takes, and what it answers into words.

use tenantry_domain::{
    Services,
    access::{
        TenantScope,
        permit::{ToolRead, WebhookManage},
    },
    dispatch,
    idempotency::{OnceError, OnceKey},
    webhooks::inbound::{self, InboundError},
};
use tenantry_kernel::{
    FieldError, InboundId, Problem,
    inbound::{CreatedInboundView, InboundChange, InboundRequest, RotateInbound, RotatedInboundView, Scheme},
    page::Limit,
    tool::MOST_TOOLS,
};

use super::{
    api::{HookList, HookSheet, PAGE, ROWS},
    told,
};
use crate::app::{call, error::AppError, server, shown_once::Shown};

/// Most receipts on one page; programs list all of them over the API.
const MOST_ROWS: u32 = 500;

/// How many receipts an address asks for; an address that asks for nonsense gets the first ones.
pub fn rows(text: &str) -> u32 {
    text.parse().unwrap_or(ROWS).clamp(1, MOST_ROWS)
}

/// A malformed id names nothing, like the id of somebody else's webhook.
pub fn hook_id(text: &str) -> Result<InboundId, AppError> {
    text.parse().map_err(|_| Problem::not_found().into())
}

/// Hours of grace; the contract's where nothing is chosen. How many are too many is the verb's to say.
pub fn grace(hours: &str) -> Result<RotateInbound, FieldError> {
    let wrong = |_| FieldError::new("grace_period_hours", "OUT_OF_RANGE", "Use a whole number from 0 to 720.");
    let grace_period_hours = if hours.is_empty() { None } else { Some(hours.parse().map_err(wrong)?) };
    Ok(RotateInbound { grace_period_hours })
}

/// The webhook that a form asks for.
pub fn wish(name: String, scheme: &str, allowlist: &str, tool: String) -> InboundRequest {
    InboundRequest { name, scheme: Scheme::from_word(scheme), allowlist: networks(allowlist), tool: named(tool) }
}

/// The change that a form asks for.
pub fn change(name: String, allowlist: &str, tool: String) -> InboundChange {
    InboundChange { name: Some(name), allowlist: Some(networks(allowlist)), tool: Some(named(tool)) }
}

/// Networks as people write them: a line each, or with commas or spaces between them.
fn networks(text: &str) -> Vec<String> {
    text.split([',', ' ', '\t', '\r', '\n']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn named(tool: String) -> Option<String> {
    Some(tool).filter(|tool| !tool.is_empty())
}

/// The newest of the workspace's inbound webhooks.
pub async fn list(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    tools: &TenantScope<ToolRead>,
) -> Result<HookList, AppError> {
    let most = Limit::parse(Some("100"))?;
    let page = inbound::webhooks(services, scope, None, most).await?;
    let (more, hooks) = (page.next_cursor.is_some(), page.data.into_iter().map(told::row).collect());
    Ok(HookList { hooks, more, tools: tool_names(services, tools).await?, once: server::new_once_key(services) })
}

/// A webhook with its newest receipts, as many as asked for.
pub async fn sheet(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    tools: &TenantScope<ToolRead>,
    webhook: InboundId,
    rows: u32,
) -> Result<HookSheet, AppError> {
    let view = inbound::webhook(services, scope, webhook).await?;
    let (mut receipts, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let missing = rows - u32::try_from(receipts.len()).unwrap_or(rows);
        let limit = Limit::parse(Some(&missing.min(100).to_string()))?;
        let page = inbound::receipts(services, scope, webhook, cursor.as_deref(), limit).await?;
        receipts.extend(page.data.into_iter().map(told::receipt));
        cursor = page.next_cursor;
        if cursor.is_none() || receipts.len() >= rows as usize {
            break;
        }
    }
    Ok(HookSheet {
        example: told::example(&view, None),
        hook: told::row(view),
        tools: tool_names(services, tools).await?,
        receipts,
        more: cursor.is_some() && rows < MOST_ROWS,
        once: server::new_once_key(services),
    })
}

async fn tool_names(services: &Services, scope: &TenantScope<ToolRead>) -> Result<Vec<String>, AppError> {
    let (mut names, mut cursor) = (Vec::new(), None::<String>);
    while names.len() < MOST_TOOLS as usize {
        let page = dispatch::tools(services, scope, cursor.as_deref(), Limit::parse(Some("100"))?).await?;
        names.extend(page.data.into_iter().map(|tool| tool.name));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(names)
}

/// Makes a webhook under the form's own key, so that a form that is sent twice makes one. A form that was changed and sent
/// again means another one.
pub async fn create(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    wish: &InboundRequest,
    once: Option<&str>,
) -> Result<Shown, AppError> {
    let once = once_key(scope, "create", &format!("{wish:?}"), once);
    let answer = match inbound::create(services, scope, wish, once.as_ref()).await {
        Err(InboundError::Once(OnceError::Reused)) => inbound::create(services, scope, wish, None).await,
        answer => answer,
    }?;
    let CreatedInboundView { webhook, secret } = call::value(&answer.body)?;
    Ok(told::made(scope.tenant(), &webhook, secret, None, PAGE.to_owned()))
}

/// Gives a webhook another secret, once for a form that is sent twice.
pub async fn rotate(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
    wish: RotateInbound,
    once: Option<&str>,
) -> Result<Shown, AppError> {
    let once = once_key(scope, "rotate", &format!("{webhook}\n{:?}", wish.grace_period_hours), once);
    let answer = inbound::rotate(services, scope, webhook, wish, once.as_ref()).await?;
    let RotatedInboundView { webhook, secret, previous } = call::value(&answer.body)?;
    let page = format!("{PAGE}/{}", webhook.id);
    Ok(told::made(scope.tenant(), &webhook, secret, Some(previous.expires_at), page))
}

fn once_key(scope: &TenantScope<WebhookManage>, verb: &str, body: &str, once: Option<&str>) -> Option<OnceKey> {
    let key = once.and_then(server::once_key)?;
    let route = format!("POST /api/rpc/webhooks/{verb}-inbound in {}", scope.tenant());
    Some(OnceKey::new(key, &route, body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_as_people_write_them() {
        assert_eq!(networks("10.0.0.0/8\r\n192.0.2.7,  2001:db8::/32\n"), ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
        assert!(networks(" \r\n").is_empty());
    }

    #[test]
    fn an_empty_field_of_a_form_is_nothing_and_not_an_empty_thing() {
        let wish = wish("crm".into(), "", "", String::new());
        assert_eq!((wish.scheme, wish.allowlist, wish.tool), (None, vec![], None));
        assert_eq!(change("crm".into(), "", String::new()).tool, Some(None));
        assert_eq!(grace("").map(|wish| wish.grace_period_hours), Ok(None));
        assert!(grace("soon").is_err());
    }

    #[test]
    fn an_address_asks_for_a_bounded_number_of_receipts() {
        assert_eq!(["", "50", "0", "9999999", "-3"].map(rows), [25, 50, 1, 500, 25]);
    }
}
