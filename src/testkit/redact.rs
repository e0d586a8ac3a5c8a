//! What changes from run to run, replaced by what it is, so that a snapshot holds the rest to the letter.

use serde_json::{Map, Value};

/// A copy with ids, times, days, request ids and secrets replaced by their kind, and every object in the order of its names.
#[must_use]
pub fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(kind_of(text).map_or_else(|| text.clone(), |kind| format!("[{kind}]"))),
        Value::Array(items) => Value::Array(items.iter().map(redacted).collect()),
        Value::Object(entries) => {
            let mut names: Vec<&String> = entries.keys().collect();
            names.sort();
            Value::Object(names.into_iter().map(|name| (name.clone(), redacted(&entries[name]))).collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

/// What kind of changing thing a text is.
fn kind_of(text: &str) -> Option<String> {
    if let Some((prefix, tail)) = text.split_once('_')
        && (tail.len() == 26 || tail.len() == 32)
        && prefix.len() <= 4
        && tail.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    {
        return Some(format!("{prefix}_…"));
    }
    if text.starts_with("whsec_") {
        return Some("secret".to_owned());
    }
    let digits: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    match digits.as_str() {
        "0000-00-00" => Some("day".to_owned()),
        _ if digits.starts_with("0000-00-00T00:00:00") => Some("time".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changes_is_replaced() {
        let value = json!({
            "b": "org_01h2xcejqtf2nbrexx3vqjhp41",
            "a": ["2026-01-31T12:00:00.123456Z", "2026-01-31", "Acme", 7, null],
            "id": "req_0123456789abcdef0123456789abcdef",
            "word": "rate_limited",
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        });
        assert_eq!(
            redacted(&value),
            json!({"b": "[org_…]", "a": ["[time]", "[day]", "Acme", 7, null], "id": "[req_…]", "word": "rate_limited",
                "secret": "[secret]"})
        );
    }
}
