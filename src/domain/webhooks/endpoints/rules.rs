//! Decisions about endpoints, as pure functions.

use tenantry_kernel::{
    DeliveryId, EndpointId, FieldError,
    endpoint::EventType,
    requests::{EndpointChange, EndpointRequest},
    text::Name,
};

use crate::outbound::Outbound;

/// A right wish for an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// In its normal form.
    pub url: String,
    pub events: Vec<EventType>,
    pub description: String,
}

/// Reads a wish off a request; names every field that is out of bounds.
pub(super) fn parse_wish(outbound: &Outbound, request: &EndpointRequest) -> Result<Wish, Vec<FieldError>> {
    let url = outbound.parse(&request.url);
    let events = parse_events(&request.events);
    let description = parse_description(request.description.as_deref().unwrap_or_default());
    match (url, events, description) {
        (Ok(url), Ok(events), Ok(description)) => Ok(Wish { url, events, description }),
        (url, events, description) => Err([url.err(), events.err(), description.err()].into_iter().flatten().collect()),
    }
}

/// A right wish for another state of an endpoint; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub url: Option<String>,
    pub events: Option<Vec<EventType>>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
}

/// Reads a change off a request; names every field that is out of bounds.
pub(super) fn parse_change(outbound: &Outbound, request: &EndpointChange) -> Result<Change, Vec<FieldError>> {
    let url = request.url.as_deref().map(|url| outbound.parse(url)).transpose();
    let events = request.events.as_deref().map(parse_events).transpose();
    let description = request.description.as_deref().map(parse_description).transpose();
    match (url, events, description) {
        (Ok(url), Ok(events), Ok(description)) => Ok(Change { url, events, description, enabled: request.enabled }),
        (url, events, description) => Err([url.err(), events.err(), description.err()].into_iter().flatten().collect()),
    }
}

/// Each once, in the order in which they are shown.
fn parse_events(events: &[EventType]) -> Result<Vec<EventType>, FieldError> {
    if events.is_empty() {
        return Err(FieldError::new("events", "REQUIRED", "Choose at least one event."));
    }
    Ok(EventType::ALL.iter().copied().filter(|event| events.contains(event)).collect())
}

/// Nothing, or what a name may be.
fn parse_description(text: &str) -> Result<String, FieldError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    Name::parse("description", text).map(|name| name.to_string())
}

fn wrong_cursor() -> FieldError {
    FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged.")
}

pub(super) fn parse_cursor(cursor: &str) -> Result<EndpointId, FieldError> {
    cursor.parse().map_err(|_| wrong_cursor())
}

pub(super) fn parse_delivery_cursor(cursor: &str) -> Result<DeliveryId, FieldError> {
    cursor.parse().map_err(|_| wrong_cursor())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn outbound() -> Outbound {
        Outbound::new(&Settings::new("http://localhost".parse().expect("an address")))
    }

    #[test]
    fn every_field_out_of_bounds_is_named() {
        let request =
            EndpointRequest { url: "http://10.0.0.1/".into(), events: Vec::new(), description: Some("x".repeat(101)) };
        let errors = parse_wish(&outbound(), &request).expect_err("refused");
        let told: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
        assert_eq!(told, [("url", "ADDRESS_NOT_ALLOWED"), ("events", "REQUIRED"), ("description", "TOO_LONG")]);
        let change = EndpointChange { events: Some(Vec::new()), ..EndpointChange::default() };
        assert_eq!(parse_change(&outbound(), &change).expect_err("refused").len(), 1);
    }

    #[test]
    fn events_stand_once_and_in_their_order() {
        let request = EndpointRequest {
            url: "https://example.com/hook#top".into(),
            events: vec![EventType::PlanChanged, EventType::JobFailed, EventType::PlanChanged],
            description: Some("  ".into()),
        };
        let wish = parse_wish(&outbound(), &request).expect("right");
        assert_eq!(wish.events, [EventType::JobFailed, EventType::PlanChanged]);
        assert_eq!((wish.url.as_str(), wish.description.as_str()), ("https://example.com/hook", ""));
        assert_eq!(parse_change(&outbound(), &EndpointChange::default()).ok(), Some(Change::default()));
    }
}
