//! Turning what the forms of endpoints send into what a verb takes, and what it answers into words.

use tenantry_domain::{
    access::{TenantScope, permit::WebhookManage},
    idempotency::{OnceError, OnceKey},
    webhooks::endpoints::{self, EndpointError},
};
use tenantry_kernel::{
    EndpointId, FieldError, Problem,
    endpoint::{CreatedEndpointView, EventType, MOST_ENDPOINTS, RotatedEndpointView},
    page::Limit,
    requests::{EndpointChange, EndpointRequest},
};

use super::{
    api::{EndpointSheet, Endpoints, MOST_ROWS, PAGE, ROWS, page_of},
    said,
};
use crate::app::{call, error::AppError, server, shown_once::Shown, ticked::Ticked, when};

type Scope = TenantScope<WebhookManage>;

/// What a form says of an endpoint: its address, what it is for, what it is told of.
type Said = (String, String, Ticked);

/// How many deliveries an address asks for; an address that asks for nonsense gets the first ones.
pub fn rows(text: &str) -> u32 {
    text.parse().unwrap_or(ROWS).clamp(1, MOST_ROWS)
}

/// A malformed id names nothing, like the id of somebody else's endpoint.
pub fn endpoint_id(text: &str) -> Result<EndpointId, AppError> {
    text.parse().map_err(|_| Problem::not_found().into())
}

fn events(ticked: &Ticked) -> Result<Vec<EventType>, FieldError> {
    let unknown = || FieldError::new("events", "UNKNOWN", "Choose of the events that there are.");
    ticked.0.iter().map(|word| EventType::from_word(word).ok_or_else(unknown)).collect()
}

/// All endpoints, newest first.
pub async fn all(scope: &Scope) -> Result<Endpoints, AppError> {
    let services = server::services()?;
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    while found.len() < MOST_ENDPOINTS as usize {
        let page = endpoints::endpoints(&services, scope, cursor.as_deref(), Limit::default()).await?;
        found.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let endpoints = found.into_iter().map(said::row).collect();
    Ok(Endpoints { endpoints, once: server::new_once_key(&services) })
}

/// An endpoint with its newest deliveries, as many as asked for.
pub async fn sheet(scope: &Scope, endpoint: EndpointId, rows: u32) -> Result<EndpointSheet, AppError> {
    let services = server::services()?;
    let view = endpoints::endpoint(&services, scope, endpoint).await?;
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let missing = rows - u32::try_from(found.len()).unwrap_or(rows);
        let limit = Limit::parse(Some(&missing.min(100).to_string()))?;
        let page = endpoints::deliveries(&services, scope, endpoint, cursor.as_deref(), limit).await?;
        found.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() || found.len() >= rows as usize {
            break;
        }
    }
    let enabled = view.enabled;
    Ok(EndpointSheet {
        endpoint: said::row(view),
        deliveries: found.into_iter().map(|delivery| said::delivery(delivery, enabled)).collect(),
        more: cursor.is_some(),
        example: said::receiver(None),
        once: server::new_once_key(&services),
    })
}

/// Makes an endpoint under the form's own key, so that a form that is sent twice makes one. A form that was changed and sent
/// again means another one.
pub async fn create(scope: &Scope, said: Said, once: Option<&str>) -> Result<Shown, AppError> {
    let services = server::services()?;
    let (url, description, ticked) = said;
    let wish = EndpointRequest { url: url.trim().to_owned(), events: events(&ticked)?, description: Some(description) };
    let once = once_key(scope, "create_endpoint", &format!("{wish:?}"), once);
    let answer = match endpoints::create_endpoint(&services, scope, &wish, once.as_ref()).await {
        Err(EndpointError::Once(OnceError::Reused)) => endpoints::create_endpoint(&services, scope, &wish, None).await,
        answer => answer,
    }?;
    let CreatedEndpointView { endpoint, secret } = call::value(&answer.body)?;
    Ok(said::shown(scope.tenant(), endpoint, secret, String::new(), PAGE.to_owned()))
}

/// Changes an endpoint.
pub async fn change(scope: &Scope, endpoint: EndpointId, said: Said) -> Result<(), AppError> {
    let (url, description, ticked) = said;
    let change = EndpointChange {
        url: Some(url.trim().to_owned()),
        events: Some(events(&ticked)?),
        description: Some(description),
        enabled: None,
    };
    endpoints::change_endpoint(&server::services()?, scope, endpoint, &change).await?;
    Ok(())
}

/// Switches an endpoint on or off.
pub async fn switch(scope: &Scope, endpoint: EndpointId, enabled: bool) -> Result<(), AppError> {
    let change = EndpointChange { enabled: Some(enabled), ..EndpointChange::default() };
    endpoints::change_endpoint(&server::services()?, scope, endpoint, &change).await?;
    Ok(())
}

/// Gives an endpoint another secret, once for a form that is sent twice.
pub async fn rotate(scope: &Scope, endpoint: EndpointId, once: Option<&str>) -> Result<Shown, AppError> {
    let once = once_key(scope, "rotate_endpoint", &endpoint.to_string(), once);
    let answer = endpoints::rotate_endpoint(&server::services()?, scope, endpoint, once.as_ref()).await?;
    let RotatedEndpointView { endpoint, secret, previous } = call::value(&answer.body)?;
    let note = format!("Until {} its messages are signed with the old one too.", when::moment(previous.expires_at));
    let page = page_of(&endpoint.id.to_string());
    Ok(said::shown(scope.tenant(), endpoint, secret, note, page))
}

/// Deletes an endpoint.
pub async fn remove(scope: &Scope, endpoint: EndpointId) -> Result<(), AppError> {
    Ok(endpoints::remove_endpoint(&server::services()?, scope, endpoint).await?)
}

/// Sends a trial, once for a form that is sent twice.
pub async fn test(scope: &Scope, endpoint: EndpointId, once: Option<&str>) -> Result<(), AppError> {
    let once = once_key(scope, "test_endpoint", &endpoint.to_string(), once);
    endpoints::test_endpoint(&server::services()?, scope, endpoint, once.as_ref()).await?;
    Ok(())
}

/// Sends a message again.
pub async fn replay(scope: &Scope, delivery: &str) -> Result<(), AppError> {
    let delivery = delivery.parse().map_err(|_| Problem::not_found())?;
    endpoints::replay(&server::services()?, scope, delivery).await?;
    Ok(())
}

fn once_key(scope: &Scope, verb: &str, body: &str, once: Option<&str>) -> Option<OnceKey> {
    let key = once.and_then(server::once_key)?;
    let route = format!("POST /api/rpc/webhooks/{verb} in {}", scope.tenant());
    Some(OnceKey::new(key, &route, body.as_bytes()))
}
