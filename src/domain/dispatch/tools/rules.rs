//! Decisions about tools, as pure functions.

use tenantry_kernel::{
    FieldError, ToolId,
    dispatch::{ToolKind, ToolView},
    requests::{ToolChange, ToolRequest},
    text::Label,
    tool::{LONGEST_TIMEOUT_SECONDS, TIMEOUT_SECONDS},
};

use super::error::{ToolError, Untouchable};
use crate::outbound::Outbound;

/// Longest name of a feature, in characters.
const LONGEST_FEATURE: usize = 64;

/// A right wish for a tool that lives elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: Label,
    /// In its normal form.
    pub url: String,
    pub feature: Option<String>,
    pub timeout_seconds: i32,
}

/// Reads a wish off a request; names every field that is out of bounds.
pub(super) fn parse_wish(outbound: &Outbound, request: &ToolRequest) -> Result<Wish, Vec<FieldError>> {
    let name = parse_name(&request.name);
    let kind = parse_kind(request.kind);
    let url = outbound.parse(&request.url);
    let feature = request.feature.as_deref().map(parse_feature).transpose();
    let timeout = request.timeout_seconds.map_or(Ok(TIMEOUT_SECONDS), parse_timeout);
    match (name, kind, url, feature, timeout) {
        (Ok(name), Ok(()), Ok(url), Ok(feature), Ok(timeout_seconds)) => {
            Ok(Wish { name, url, feature, timeout_seconds })
        }
        (name, kind, url, feature, timeout) => {
            let errors = [name.err(), kind.err(), url.err(), feature.err(), timeout.err()];
            Err(errors.into_iter().flatten().collect())
        }
    }
}

/// A right wish for another state of a tool; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub name: Option<Label>,
    pub url: Option<String>,
    pub feature: Option<Option<String>>,
    pub timeout_seconds: Option<i32>,
}

/// Reads a change off a request; names every field that is out of bounds.
pub(super) fn parse_change(outbound: &Outbound, request: &ToolChange) -> Result<Change, Vec<FieldError>> {
    let name = request.name.as_deref().map(parse_name).transpose();
    let url = request.url.as_deref().map(|url| outbound.parse(url)).transpose();
    let feature = request.feature.as_ref().map(|feature| feature.as_deref().map(parse_feature).transpose()).transpose();
    let timeout = request.timeout_seconds.map(parse_timeout).transpose();
    match (name, url, feature, timeout) {
        (Ok(name), Ok(url), Ok(feature), Ok(timeout_seconds)) => Ok(Change { name, url, feature, timeout_seconds }),
        (name, url, feature, timeout) => {
            Err([name.err(), url.err(), feature.err(), timeout.err()].into_iter().flatten().collect())
        }
    }
}

/// The tool as the change leaves it.
pub(super) fn changed(tool: &ToolView, change: Change) -> Result<ToolView, ToolError> {
    let mut tool = tool.clone();
    if let Some(name) = change.name.filter(|name| name.as_str() != tool.name) {
        may(&tool, Untouchable::Name)?;
        tool.name = name.to_string();
    }
    if let Some(url) = change.url {
        may(&tool, Untouchable::Url)?;
        tool.url = Some(url);
    }
    tool.feature = change.feature.unwrap_or(tool.feature);
    tool.timeout_seconds = change.timeout_seconds.unwrap_or(tool.timeout_seconds);
    Ok(tool)
}

/// Some things can be done to no built-in tool.
pub(super) fn may(tool: &ToolView, what: Untouchable) -> Result<(), ToolError> {
    match tool.kind {
        ToolKind::Builtin => Err(ToolError::Builtin { name: tool.name.clone(), what }),
        ToolKind::Webhook => Ok(()),
    }
}

/// A name that is not an id: a dispatch that names the one would mean the other.
fn parse_name(text: &str) -> Result<Label, FieldError> {
    let name = Label::parse("name", text)?;
    if name.as_str().parse::<ToolId>().is_ok() {
        return Err(FieldError::new("name", "RESERVED", "This is the form of an id. Choose a name."));
    }
    Ok(name)
}

fn parse_kind(kind: Option<ToolKind>) -> Result<(), FieldError> {
    match kind {
        Some(ToolKind::Webhook) => Ok(()),
        Some(ToolKind::Builtin) => {
            Err(FieldError::new("kind", "NOT_ALLOWED", "Built-in tools are there by themselves. Use webhook."))
        }
        None => Err(FieldError::new("kind", "REQUIRED", "Use webhook.")),
    }
}

/// A feature in the form that those of plans have.
fn parse_feature(text: &str) -> Result<String, FieldError> {
    const FORM: &str =
        "Use 1 to 64 of a-z, 0-9 and hyphens, with no hyphen at the start, at the end or twice in a row.";
    if text.is_empty() {
        return Err(FieldError::new("feature", "REQUIRED", format!("{FORM} A tool that needs none has null.")));
    }
    let letters = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !letters || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Err(FieldError::new("feature", "FORMAT", FORM));
    }
    if text.len() > LONGEST_FEATURE {
        return Err(FieldError::new("feature", "TOO_LONG", FORM));
    }
    Ok(text.to_owned())
}

fn parse_timeout(seconds: i64) -> Result<i32, FieldError> {
    i32::try_from(seconds).ok().filter(|seconds| (1..=LONGEST_TIMEOUT_SECONDS).contains(seconds)).ok_or_else(|| {
        FieldError::new("timeout_seconds", "OUT_OF_RANGE", "Use a whole number of seconds from 1 to 86,400.")
    })
}

#[cfg(test)]
mod tests;
