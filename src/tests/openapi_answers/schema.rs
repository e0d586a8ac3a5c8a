//! Does a value fit a schema? As much of JSON Schema (2020-12) as the document uses; a word that is not known here fails,
//! so that nothing is taken for checked that is not.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

/// Words that only explain.
const EXPLAINS: [&str; 5] = ["description", "default", "examples", "example", "title"];

/// What does not fit, each with its place.
pub(super) fn complaints(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { document, found: &mut found }.check(schema, value, "");
    found
}

struct Check<'a> {
    document: &'a Value,
    found: &'a mut Vec<String>,
}

impl Check<'_> {
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        complaints(self.document, schema, value).is_empty()
    }

    fn complain(&mut self, place: &str, what: &str, value: &Value) {
        self.found.push(format!("{place}: {what}, and it is {value}"));
    }

    fn check(&mut self, schema: &Value, value: &Value, place: &str) {
        let Some(words) = schema.as_object() else {
            assert_eq!(schema, &Value::Bool(true), "{place}: a schema is an object");
            return;
        };
        for (word, told) in words {
            match word.as_str() {
                "$ref" => {
                    let pointer = told.as_str().and_then(|text| text.strip_prefix('#')).expect("within the document");
                    let document = self.document;
                    self.check(document.pointer(pointer).expect("it leads somewhere"), value, place);
                }
                "allOf" => each(told).for_each(|one| self.check(one, value, place)),
                "anyOf" | "oneOf" => {
                    let fitting = each(told).filter(|one| self.fits(one, value)).count();
                    if fitting == 0 || (word == "oneOf" && fitting > 1) {
                        self.complain(place, &format!("{fitting} of {word} fit"), value);
                    }
                }
                "required" => {
                    let missing = each(told)
                        .find(|name| value.is_object() && value.get(name.as_str().unwrap_or_default()).is_none());
                    if let Some(name) = missing {
                        self.complain(place, &format!("{name} is required"), value);
                    }
                }
                "properties" => {
                    for (name, schema) in told.as_object().expect("properties") {
                        if let Some(own) = value.get(name) {
                            self.check(schema, own, &format!("{place}/{name}"));
                        }
                    }
                }
                "additionalProperties" => self.others(schema, told, value, place),
                "items" => {
                    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(told, item, &format!("{place}/{number}"));
                    }
                }
                _ if EXPLAINS.contains(&word.as_str()) => {}
                _ if plain(word, told, value) => {}
                _ => self.complain(place, &format!("{word} is {told}"), value),
            }
        }
    }

    fn others(&mut self, schema: &Value, told: &Value, value: &Value, place: &str) {
        let others =
            value.as_object().into_iter().flatten().filter(|(name, _)| schema["properties"].get(name).is_none());
        for (name, other) in others {
            match told {
                Value::Bool(false) => self.complain(place, &format!("{name} is not expected"), value),
                told => self.check(told, other, &format!("{place}/{name}")),
            }
        }
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}

/// Words that look at one value alone. What is of another type is no matter of theirs.
fn plain(word: &str, told: &Value, value: &Value) -> bool {
    let letters = value.as_str().map(|text| text.chars().count() as u64);
    let items = value.as_array().map(|items| items.len() as u64);
    let bound = |own: Option<u64>, holds: fn(u64, u64) -> bool| {
        own.is_none_or(|own| told.as_u64().is_some_and(|told| holds(own, told)))
    };
    match word {
        "type" => match told {
            Value::Array(several) => several.iter().any(|one| is_of(one, value)),
            one => is_of(one, value),
        },
        "enum" => each(told).any(|one| one == value),
        "minimum" => value.as_f64().zip(told.as_f64()).is_none_or(|(own, told)| own >= told),
        "maximum" => value.as_f64().zip(told.as_f64()).is_none_or(|(own, told)| own <= told),
        "minLength" => bound(letters, |own, told| own >= told),
        "maxLength" => bound(letters, |own, told| own <= told),
        "minItems" => bound(items, |own, told| own >= told),
        "maxItems" => bound(items, |own, told| own <= told),
        "format" => value.as_str().is_none_or(|text| has_form(told, text)),
        "pattern" => value.as_str().is_none_or(|text| is_id(told, text)),
        _ => false,
    }
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type is a word") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

fn has_form(form: &Value, text: &str) -> bool {
    match form.as_str().expect("a form is a word") {
        "date-time" => DateTime::parse_from_rfc3339(text).is_ok() && text.ends_with('Z'),
        "date" => text.parse::<NaiveDate>().is_ok(),
        "email" => text.contains('@'),
        "uri" => text.contains("://"),
        // What a form shows otherwise, and what numbers are kept in.
        "password" | "int32" | "int64" => true,
        _ => false,
    }
}

/// Every pattern of the document is that of an id.
fn is_id(pattern: &Value, text: &str) -> bool {
    let pattern = pattern.as_str().expect("a pattern is text");
    let prefix = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix("_[0-7][0-9a-hjkmnp-tv-z]{25}$"));
    let tail = text.strip_prefix(prefix.expect("the pattern of an id")).and_then(|rest| rest.strip_prefix('_'));
    tail.is_some_and(|tail| {
        tail.len() == 26 && tail.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}
