//! What an inbound webhook may be called, let in and become, as pure decisions.

use chrono::TimeDelta;
use ipnet::IpNet;
use tenantry_kernel::{
    FieldError, InboundId, ReceiptId,
    inbound::{InboundChange, InboundRequest, MOST_NETWORKS, RotateInbound, Scheme},
    key::LONGEST_GRACE_HOURS,
    text::Name,
};

use crate::{dispatch::ToolRef, rate::network};

/// A right wish for a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: String,
    pub scheme: Scheme,
    pub allowlist: Vec<String>,
    pub tool: Option<ToolRef>,
}

/// A right wish for a change of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub name: Option<String>,
    pub allowlist: Option<Vec<String>>,
    pub tool: Option<Option<ToolRef>>,
}

/// Reads a wish off a request; names every field that is out of bounds.
pub(super) fn parse_wish(request: &InboundRequest) -> Result<Wish, Vec<FieldError>> {
    let name = Name::parse("name", &request.name);
    let scheme =
        request.scheme.ok_or_else(|| FieldError::new("scheme", "REQUIRED", "Use standard, stripe or hmac-sha256."));
    let allowlist = parse_allowlist(&request.allowlist);
    let tool = parse_tool(request.tool.as_deref());
    match (name, scheme, allowlist, tool) {
        (Ok(name), Ok(scheme), Ok(allowlist), Ok(tool)) => Ok(Wish { name: name.to_string(), scheme, allowlist, tool }),
        (name, scheme, allowlist, tool) => {
            Err([name.err(), scheme.err(), allowlist.err(), tool.err()].into_iter().flatten().collect())
        }
    }
}

/// Reads a change off a request; names every field that is out of bounds.
pub(super) fn parse_change(request: &InboundChange) -> Result<Change, Vec<FieldError>> {
    let name = request.name.as_ref().map(|name| Name::parse("name", name)).transpose();
    let allowlist = request.allowlist.as_ref().map(|list| parse_allowlist(list)).transpose();
    let tool = request.tool.as_ref().map(|tool| parse_tool(tool.as_deref())).transpose();
    match (name, allowlist, tool) {
        (Ok(name), Ok(allowlist), Ok(tool)) => Ok(Change { name: name.map(|name| name.to_string()), allowlist, tool }),
        (name, allowlist, tool) => Err([name.err(), allowlist.err(), tool.err()].into_iter().flatten().collect()),
    }
}

fn parse_tool(text: Option<&str>) -> Result<Option<ToolRef>, FieldError> {
    text.map(|text| ToolRef::parse("tool", text)).transpose()
}

/// Networks in their normal form, each once: `10.1.2.3/8` is `10.0.0.0/8`, and a single address a network of its own.
fn parse_allowlist(list: &[String]) -> Result<Vec<String>, FieldError> {
    if list.len() > MOST_NETWORKS {
        return Err(FieldError::new("allowlist", "TOO_MANY", "Name at most 100 networks."));
    }
    let mut networks: Vec<String> = Vec::with_capacity(list.len());
    for text in list {
        let network = network(text.trim()).ok_or_else(|| {
            FieldError::new("allowlist", "FORMAT", "Write networks such as 203.0.113.0/24 or 2001:db8::/32.")
        })?;
        let normal = network.trunc().to_string();
        if !networks.contains(&normal) {
            networks.push(normal);
        }
    }
    Ok(networks)
}

/// The networks of a row. One that this version cannot read lets nobody in, and stands for nobody else.
pub(super) fn networks(list: &[String]) -> Vec<IpNet> {
    let unreadable = || IpNet::from(std::net::IpAddr::from([255, 255, 255, 255]));
    list.iter().map(|text| network(text).unwrap_or_else(unreadable)).collect()
}

/// How long the old secret stays good after a rotation.
pub(super) fn parse_grace(request: RotateInbound) -> Result<TimeDelta, FieldError> {
    match request.grace_period_hours.unwrap_or(24) {
        hours if hours <= LONGEST_GRACE_HOURS => Ok(TimeDelta::hours(hours.into())),
        _ => Err(FieldError::new("grace_period_hours", "OUT_OF_RANGE", "Use a whole number from 0 to 720.")),
    }
}

/// A webhook's id as a cursor.
pub(super) fn parse_cursor(text: &str) -> Result<InboundId, FieldError> {
    text.parse().map_err(|_| unknown_cursor())
}

/// A receipt's id as a cursor.
pub(super) fn parse_receipt_cursor(text: &str) -> Result<ReceiptId, FieldError> {
    text.parse().map_err(|_| unknown_cursor())
}

fn unknown_cursor() -> FieldError {
    FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(list: &[&str]) -> Result<Vec<String>, String> {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        parse_allowlist(&list).map_err(|error| error.code)
    }

    #[test]
    fn every_field_out_of_bounds_is_named() {
        let request = InboundRequest {
            allowlist: vec!["nowhere".into()],
            tool: Some("x".repeat(65)),
            ..InboundRequest::default()
        };
        let fields: Vec<_> = parse_wish(&request).expect_err("refused").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "scheme", "allowlist", "tool"]);
    }

    #[test]
    fn networks_have_one_form_and_stand_once() {
        assert_eq!(allowed(&["160.16.120.186/32"]), Ok(vec!["160.16.120.186/32".into()]));
        assert_eq!(
            allowed(&["10.1.2.3/8", " 10.0.0.0/8 ", "192.0.2.7", "2001:DB8::1/32", "::ffff:192.0.2.7"]),
            Ok(vec!["10.0.0.0/8".into(), "192.0.2.7/32".into(), "2001:db8::/32".into()])
        );
        for wrong in ["", "10.0.0.0/33", "example.com", "10.0.0", "*"] {
            assert_eq!(allowed(&[wrong]), Err("FORMAT".into()), "{wrong}");
        }
        assert_eq!(allowed(&["10.0.0.1"; 101]), Err("TOO_MANY".into()));
        assert_eq!(allowed(&[]), Ok(vec![]));
    }

    #[test]
    fn a_network_that_cannot_be_read_is_nobody_rather_than_everybody() {
        let networks = networks(&["nonsense".into()]);
        assert!(!networks.is_empty());
        assert!(!networks.iter().any(|network| network.contains(&std::net::IpAddr::from([10, 0, 0, 1]))));
    }

    #[test]
    fn the_grace_has_bounds() {
        let hours = |hours| parse_grace(RotateInbound { grace_period_hours: hours });
        assert_eq!(hours(None), Ok(TimeDelta::hours(24)));
        assert_eq!(hours(Some(0)), Ok(TimeDelta::zero()));
        assert_eq!(hours(Some(720)), Ok(TimeDelta::hours(720)));
        assert!(hours(Some(721)).is_err());
    }
}
