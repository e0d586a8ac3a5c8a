//! Turning what the forms of tools send into what a verb takes, and what it answers into words.

use tenantry_domain::{
    Services,
    access::{
        TenantScope,
        permit::{ToolManage, ToolRead},
    },
    dispatch::{self, ToolError},
    idempotency::{OnceError, OnceKey},
};
use tenantry_kernel::{
    FieldError, Problem, ToolId,
    dispatch::{ToolKind, ToolView},
    page::Limit,
    plan::Plan,
    requests::{ToolChange, ToolRequest},
    tool::{CreatedToolView, MOST_TOOLS, RotatedToolView},
};

use super::api::{FeatureChoice, PAGE, ROWS, Shelf, ToolRow, ToolSheet};
use crate::app::{call, error::AppError, receiver, server, shown_once::Shown, when};

/// What a test call brings along.
const TRIAL: &str = r#"{"message": "Hello from Tenantry"}"#;

/// How many tools an address asks for; an address that asks for nonsense gets the first ones.
pub fn rows(text: &str) -> u32 {
    text.parse().unwrap_or(ROWS).clamp(1, MOST_TOOLS)
}

/// A malformed id names nothing, like the id of somebody else's tool.
pub fn tool_id(text: &str) -> Result<ToolId, AppError> {
    text.parse().map_err(|_| Problem::not_found().into())
}

/// The tool that a form asks for.
pub fn wish(name: String, url: &str, feature: String, timeout: &str) -> ToolRequest {
    let timeout_seconds = if timeout.is_empty() { None } else { Some(seconds(timeout)) };
    let feature = Some(feature).filter(|feature| !feature.is_empty());
    ToolRequest { name, kind: Some(ToolKind::Webhook), url: url.trim().to_owned(), feature, timeout_seconds }
}

/// The change that a form asks for, with name and address where those are among its fields.
pub fn change(place: Option<(String, String)>, feature: String, timeout: &str) -> ToolChange {
    let (name, url) = place.map(|(name, url)| (name, url.trim().to_owned())).unzip();
    let feature = Some(feature).filter(|feature| !feature.is_empty());
    ToolChange { name, url, feature: Some(feature), timeout_seconds: Some(seconds(timeout)) }
}

/// What is no number is out of the range of all, which the verb says with everything else that is wrong.
fn seconds(text: &str) -> i64 {
    text.trim().parse().unwrap_or(-1)
}

/// The first tools by name, as many as asked for.
pub async fn shelf(services: &Services, scope: &TenantScope<ToolRead>, rows: u32) -> Result<Shelf, AppError> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let missing = rows - u32::try_from(found.len()).unwrap_or(rows);
        let limit = Limit::parse(Some(&missing.min(100).to_string()))?;
        let page = dispatch::tools(services, scope, cursor.as_deref(), limit).await?;
        found.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() || found.len() >= rows as usize {
            break;
        }
    }
    let plans = services.plans.on_offer().await?;
    let tools = found.into_iter().map(|tool| row(tool, &plans)).collect();
    Ok(Shelf { tools, more: cursor.is_some(), features: features(&plans), once: server::new_once_key(services) })
}

/// A tool with what its page needs.
pub async fn sheet(services: &Services, scope: &TenantScope<ToolRead>, tool: ToolId) -> Result<ToolSheet, AppError> {
    let tool = dispatch::tool(services, scope, tool).await?;
    let plans = services.plans.on_offer().await?;
    let example = tool.url.as_deref().map(|_| receiver::example(None)).unwrap_or_default();
    let once = server::new_once_key(services);
    Ok(ToolSheet { tool: row(tool, &plans), features: features(&plans), example, once })
}

fn row(tool: ToolView, plans: &[Plan]) -> ToolRow {
    let ToolView { id, name, kind, url, feature, timeout_seconds, created_at } = tool;
    let grants = |plan: &&Plan| feature.as_deref().is_some_and(|feature| plan.has_feature(feature));
    let plan = plans.iter().find(grants).map(|plan| plan.name.clone());
    // What another built-in tool would do with it is not known here.
    let trial = (kind == ToolKind::Webhook || name == "echo").then(|| TRIAL.to_owned());
    let made = when::date(created_at);
    ToolRow { id: id.to_string(), name, url, feature, plan, timeout_seconds, made, trial }
}

/// Every feature that a plan names, in the order of the plans, with the plans that name it.
fn features(plans: &[Plan]) -> Vec<FeatureChoice> {
    let mut all: Vec<FeatureChoice> = Vec::new();
    for plan in plans {
        for feature in plan.features.iter().filter(|feature| *feature != "*") {
            match all.iter_mut().find(|known| known.name == *feature) {
                Some(known) => known.plans = format!("{}, {}", known.plans, plan.name),
                None => all.push(FeatureChoice { name: feature.clone(), plans: plan.name.clone() }),
            }
        }
    }
    all
}

/// Makes a tool under the form's own key, so that a form that is sent twice makes one. A form that was changed and sent
/// again means another one.
pub async fn create(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    wish: &ToolRequest,
    once: Option<&str>,
) -> Result<Shown, AppError> {
    let once = once_key(scope, "create", &format!("{wish:?}"), once);
    let answer = match dispatch::create_tool(services, scope, wish, once.as_ref()).await {
        Err(ToolError::Once(OnceError::Reused)) => dispatch::create_tool(services, scope, wish, None).await,
        answer => answer,
    };
    let CreatedToolView { tool, secret } = call::value(&answer.map_err(named)?.body)?;
    Ok(shown(scope, &tool, secret, String::new(), PAGE.to_owned()))
}

/// Changes a tool.
pub async fn alter(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    tool: ToolId,
    change: &ToolChange,
) -> Result<(), AppError> {
    dispatch::change_tool(services, scope, tool, change).await.map_err(named)?;
    Ok(())
}

/// Gives a tool another secret, once for a form that is sent twice.
pub async fn rotate(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    tool: ToolId,
    once: Option<&str>,
) -> Result<Shown, AppError> {
    let once = once_key(scope, "rotate", &tool.to_string(), once);
    let answer = dispatch::rotate_tool(services, scope, tool, once.as_ref()).await?;
    let RotatedToolView { tool, secret, previous } = call::value(&answer.body)?;
    let note = format!("Until {} its jobs are signed with the old one too.", when::moment(previous.expires_at));
    let page = format!("{PAGE}/{}", tool.id);
    Ok(shown(scope, &tool, secret, note, page))
}

fn shown(
    scope: &TenantScope<ToolManage>,
    tool: &ToolView,
    secret: Option<String>,
    note: String,
    page: String,
) -> Shown {
    let example = receiver::example(secret.as_deref());
    let (tenant, id) = (scope.tenant().to_string(), tool.id.to_string());
    Shown { tenant, id, name: tool.name.clone(), note, secret, example, page }
}

/// A name that is taken is a field that is wrong.
fn named(error: ToolError) -> AppError {
    let taken = matches!(error, ToolError::NameTaken(_));
    let mut problem = Problem::from(error);
    if taken {
        problem.errors = vec![FieldError::new("name", "TAKEN", "Another tool has this name. Choose another.")];
    }
    problem.into()
}

fn once_key(scope: &TenantScope<ToolManage>, verb: &str, body: &str, once: Option<&str>) -> Option<OnceKey> {
    let key = once.and_then(server::once_key)?;
    let route = format!("POST /api/rpc/tools/{verb} in {}", scope.tenant());
    Some(OnceKey::new(key, &route, body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_of_a_form_is_nothing_and_not_an_empty_thing() {
        let wish = wish("crm".into(), " https://example.com/hook ", String::new(), "");
        assert_eq!((wish.url.as_str(), wish.feature, wish.timeout_seconds), ("https://example.com/hook", None, None));
        let change = change(None, String::new(), "soon");
        assert_eq!(
            (change.name, change.url, change.feature, change.timeout_seconds),
            (None, None, Some(None), Some(-1))
        );
    }

    #[test]
    fn an_address_asks_for_a_bounded_number_of_tools() {
        assert_eq!(["", "100", "0", "9999999", "-3"].map(rows), [50, 100, 1, 1_000, 50]);
    }
}
