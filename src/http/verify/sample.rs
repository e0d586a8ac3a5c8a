//! Bodies that are right in form, made from the API's own document, and every place in them in which a name can stand.

use serde_json::{Map, Value, json};

/// Deeper than any body of ours.
const DEEPEST: usize = 8;

/// Stands for a word that nobody has used.
pub(super) const FRESH: &str = "[fresh]";

/// Values for fields by their name. A password stays empty: who tries doors has no need to wait for its hash.
const FIELDS: &[(&str, &str)] = &[
    ("tool", "echo"),
    ("action", "say"),
    ("when_full", "queue"),
    ("plan", "empire"),
    // A taken one would be answered alike whatever else was asked.
    ("name", FRESH),
    ("kind", "webhook"),
    ("scheme", "standard"),
    ("allowlist", "192.0.2.0/24"),
    ("url", "https://example.com/hook"),
    ("feature", "basic"),
    ("organization", "nowhere-at-all"),
    ("tenant", ""),
    // A taken one would be answered with chance in the place of what was asked.
    ("slug", FRESH),
    // What is as it was is not changed: a world whose names change meanwhile would know its words no more.
    ("was_name", FRESH),
    ("was_slug", FRESH),
    ("email", ""),
    ("password", ""),
    ("current_password", ""),
    // None: the session is the credential.
    ("refresh_token", ""),
    ("next", ""),
    ("payload", ""),
    ("specversion", "1.0"),
    // An event that was sent before is told to have been.
    ("id", FRESH),
    // What was sent before under the same key would be answered with what it did then.
    ("once", FRESH),
];

/// A value for a field of a form.
pub(super) fn field(name: &str) -> Value {
    let known = FIELDS.iter().find(|(known, _)| *known == name);
    Value::from(known.map_or("something", |(_, value)| value))
}

/// A body for an operation of the document, with its media type; `None` where it takes none. Where there are several, the
/// one that sends most.
pub(super) fn body(document: &Value, operation: &Value) -> Option<(String, Value)> {
    let content = operation["requestBody"]["content"].as_object()?;
    let in_json = content.iter().filter(|(media_type, _)| media_type.contains("json"));
    let (media_type, described) = in_json.max_by_key(|(media_type, _)| media_type.contains("batch"))?;
    Some((media_type.clone(), value(document, &described["schema"], "", 0)))
}

/// A value for a schema. Lists have two entries, so that another's name stands beside an own one.
fn value(document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    // An event without a time happens now.
    if name == "time" {
        return Value::Null;
    }
    let within = |schema: &Value, name: &str| value(document, schema, name, depth + 1);
    if let Some(target) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        return document.pointer(target).map_or(Value::Null, |target| within(target, name));
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        let first = schema[several].as_array().into_iter().flatten().find(|one| one["type"] != "null");
        if let Some(first) = first {
            return within(first, name);
        }
    }
    let kinds = [&schema["type"], &schema["type"][0], &schema["type"][1]];
    let is = |kind: &str| kinds.iter().any(|own| *own == kind);
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().find(|word| **word == field(name)).or(words.first()).cloned().unwrap_or_default();
    }
    if is("object") || schema["properties"].is_object() {
        let properties = schema["properties"].as_object().into_iter().flatten();
        return properties.map(|(name, schema)| (name.clone(), within(schema, name))).collect::<Map<_, _>>().into();
    }
    match () {
        () if is("array") => json!([within(&schema["items"], name), within(&schema["items"], name)]),
        () if is("integer") || is("number") => json!(1),
        () if is("boolean") => json!(false),
        () if is("string") => field(name),
        // Any JSON at all: one that names something.
        () => json!({"about": "something"}),
    }
}

/// The JSON pointers of every text in a body.
pub(super) fn places(body: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(at.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| walk(item, &format!("{at}/{index}"), found));
            }
            Value::Object(entries) => {
                entries.iter().for_each(|(name, item)| walk(item, &format!("{at}/{name}"), found))
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(body, "", &mut found);
    found
}

/// The body with another text in one place.
pub(super) fn with(body: &Value, place: &str, text: &str) -> Value {
    let mut body = body.clone();
    if let Some(value) = body.pointer_mut(place) {
        *value = Value::from(text);
    }
    body
}

/// The body with this word wherever a fresh one is asked for.
pub(super) fn freshened(body: Value, word: &str) -> Value {
    let stale = places(&body).into_iter().filter(|place| body.pointer(place).is_some_and(|text| text == FRESH));
    stale.collect::<Vec<_>>().iter().fold(body, |body, place| with(&body, place, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_mixed_batch() {
        let document = json!({"components": {"schemas": {"Entry": {"type": "object", "properties": {
            "tool": {"type": "string"}, "count": {"type": "integer"}}}}}});
        let schema = json!({"type": "array", "items": {"$ref": "#/components/schemas/Entry"}});
        let batch = value(&document, &schema, "", 0);
        assert_eq!(batch, json!([{"tool": "echo", "count": 1}, {"tool": "echo", "count": 1}]));
        assert_eq!(places(&batch), ["/0/tool", "/1/tool"]);
        assert_eq!(with(&batch, "/1/tool", "x")[1]["tool"], "x");
    }

    #[test]
    fn what_may_be_null_has_a_value() {
        let schema = json!({"type": ["string", "null"]});
        assert_eq!(value(&Value::Null, &schema, "plan", 0), "empire");
        let schema = json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]});
        assert_eq!(value(&Value::Null, &schema, "", 0), json!(false));
    }
}
