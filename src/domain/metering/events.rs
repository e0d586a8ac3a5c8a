//! Reading an event: CloudEvents 1.0 in its JSON format, as far as metering needs it. Pure; what depends on the time or on
//! what was recorded before is decided in the transaction.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use tenantry_kernel::{
    metering::{EventFault, Quantity, is_meter_name, is_reserved},
    text::Label,
};

/// Longest id, source and subject, in characters.
const LONGEST: usize = 255;
/// What the other attributes may weigh together, in bytes of JSON.
const MOST_ATTRIBUTES: usize = 4 * 1024;

/// A right event, but for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub source: String,
    pub id: String,
    pub meter: String,
    pub value: Quantity,
    /// When it happened; now where it does not say.
    pub time: Option<DateTime<Utc>>,
    /// Empty where it names none.
    pub tool: String,
    pub subject: Option<String>,
    /// Extension attributes, as JSON text.
    pub attributes: Option<String>,
    /// The id of the event of the same source that it stands for.
    pub corrects: Option<String>,
}

/// Reads an event off JSON.
pub(super) fn read(event: Value) -> Result<Event, EventFault> {
    let Value::Object(mut event) = event else { return Err(EventFault::NotAnEvent) };
    // An attribute that is null is one that is absent.
    event.retain(|_, value| !value.is_null());
    if event.remove("specversion").is_none_or(|version| version != "1.0") {
        return Err(EventFault::SpecVersion);
    }
    let id = text(event.remove("id"), EventFault::Id)?.ok_or(EventFault::Id)?;
    let source = text(event.remove("source"), EventFault::Source)?.ok_or(EventFault::Source)?;
    let meter = read_meter(event.remove("type"))?;
    let time = read_time(event.remove("time"))?;
    let value = read_value(event.remove("data"))?;
    let subject = text(event.remove("subject"), EventFault::Subject)?;
    let tool = read_tool(event.get("tool"))?;
    let corrects = text(event.remove("corrects"), EventFault::Corrects)?;
    if corrects.as_ref() == Some(&id) {
        return Err(EventFault::Corrects);
    }
    // They say how `data` is written, which is not kept.
    for known in ["data_base64", "datacontenttype", "dataschema"] {
        event.remove(known);
    }
    let attributes = read_attributes(&event)?;
    Ok(Event { source, id, meter, value, time, tool, subject, attributes, corrects })
}

fn text(value: Option<Value>, fault: EventFault) -> Result<Option<String>, EventFault> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => {
            let right = (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control);
            if right { Ok(Some(text)) } else { Err(fault) }
        }
        Some(_) => Err(fault),
    }
}

fn read_meter(value: Option<Value>) -> Result<String, EventFault> {
    match value {
        Some(Value::String(name)) if is_reserved(&name) => Err(EventFault::Reserved),
        Some(Value::String(name)) if is_meter_name(&name) => Ok(name),
        _ => Err(EventFault::Type),
    }
}

/// RFC 3339. PostgreSQL keeps microseconds, so what is finer is cut off here, once and for all.
fn read_time(value: Option<Value>) -> Result<Option<DateTime<Utc>>, EventFault> {
    let Some(value) = value else { return Ok(None) };
    let time = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok()).ok_or(EventFault::Time)?;
    DateTime::from_timestamp_micros(time.timestamp_micros()).map(Some).ok_or(EventFault::Time)
}

/// `data.value`: an integer or a decimal string; 1 where it is absent.
fn read_value(data: Option<Value>) -> Result<Quantity, EventFault> {
    let value = match data {
        Some(Value::Object(mut data)) => data.remove("value"),
        _ => None,
    };
    let quantity = match value {
        None | Some(Value::Null) => Quantity::ONE,
        // A float is not what was meant any more when it arrives here.
        Some(Value::Number(number)) if !number.is_f64() => number.to_string().parse().map_err(|_| EventFault::Value)?,
        Some(Value::String(text)) => text.parse().map_err(|_| EventFault::Value)?,
        Some(_) => return Err(EventFault::Value),
    };
    match quantity {
        quantity if quantity.is_negative() => Err(EventFault::Negative),
        quantity if quantity.fits_an_event() => Ok(quantity),
        _ => Err(EventFault::Value),
    }
}

fn read_tool(value: Option<&Value>) -> Result<String, EventFault> {
    let Some(value) = value else { return Ok(String::new()) };
    let name = value.as_str().and_then(|text| Label::parse("tool", text).ok()).ok_or(EventFault::Tool)?;
    Ok(name.to_string())
}

fn read_attributes(event: &Map<String, Value>) -> Result<Option<String>, EventFault> {
    if event.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(event).unwrap_or_default();
    if text.len() > MOST_ATTRIBUTES { Err(EventFault::TooLarge) } else { Ok(Some(text)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(more: Value) -> Value {
        let mut event = json!({"specversion": "1.0", "id": "1", "source": "/ci", "type": "builds"});
        let more = more.as_object().expect("attributes").clone();
        event.as_object_mut().expect("an event").extend(more);
        event
    }

    fn value(value: Value) -> Result<String, EventFault> {
        read(event(json!({"data": {"value": value}}))).map(|event| event.value.to_string())
    }

    #[test]
    fn what_is_absent_is_one_and_now() {
        let read = read(event(json!({}))).expect("right");
        assert_eq!((read.value, read.time, read.tool.as_str()), (Quantity::ONE, None, ""));
        assert_eq!((read.subject, read.attributes, read.corrects), (None, None, None));
        for data in [json!(null), json!({}), json!({"value": null}), json!([1]), json!("7")] {
            assert_eq!(super::read(event(json!({"data": data}))).expect("right").value, Quantity::ONE);
        }
    }

    #[test]
    fn a_quantity_is_an_integer_or_a_decimal_string_and_never_a_float() {
        assert_eq!(value(json!(3)).as_deref(), Ok("3"));
        assert_eq!(value(json!("0.30")).as_deref(), Ok("0.3"));
        assert_eq!(value(json!(0)).as_deref(), Ok("0"));
        assert_eq!(value(json!(999_999_999_999_999_u64)).as_deref(), Ok("999999999999999"));
        for wrong in
            [json!(0.3), json!(1.0), json!(1e3), json!("1e3"), json!(true), json!([]), json!(""), json!(u64::MAX)]
        {
            assert_eq!(value(wrong.clone()), Err(EventFault::Value), "{wrong}");
        }
        assert_eq!(value(json!(-1)), Err(EventFault::Negative));
        assert_eq!(value(json!("-0.1")), Err(EventFault::Negative));
    }

    #[test]
    fn each_fault_is_named() {
        let fault = |more: Value| read(event(more)).expect_err("a fault");
        assert_eq!(read(json!([])), Err(EventFault::NotAnEvent));
        assert_eq!(fault(json!({"specversion": "0.3"})), EventFault::SpecVersion);
        for wrong in [json!(""), json!(7), json!(null), json!("a\0b"), json!("x".repeat(256))] {
            assert_eq!(fault(json!({"id": wrong})), EventFault::Id);
            assert_eq!(fault(json!({"source": wrong})), EventFault::Source);
        }
        assert_eq!(fault(json!({"type": "two words"})), EventFault::Type);
        assert_eq!(fault(json!({"type": "dispatches"})), EventFault::Reserved);
        for wrong in [json!("yesterday"), json!(7), json!("2026-13-01T00:00:00Z"), json!("2026-01-01")] {
            assert_eq!(fault(json!({"time": wrong})), EventFault::Time);
        }
        assert_eq!(fault(json!({"subject": 7})), EventFault::Subject);
        assert_eq!(fault(json!({"tool": "x".repeat(65)})), EventFault::Tool);
        assert_eq!(fault(json!({"corrects": "1"})), EventFault::Corrects);
        assert_eq!(fault(json!({"note": "x".repeat(MOST_ATTRIBUTES)})), EventFault::TooLarge);
    }

    #[test]
    fn extension_attributes_are_kept_and_a_time_to_the_microsecond() {
        let more = json!({"region": "eu\u{0}", "tool": "echo", "time": "2026-11-22T01:00:00.123456789+01:00",
            "datacontenttype": "application/json", "subject": "s", "corrects": "0"});
        let read = read(event(more)).expect("right");
        assert_eq!(read.attributes.as_deref(), Some(r#"{"region":"eu\u0000","tool":"echo"}"#));
        assert_eq!(
            (read.tool.as_str(), read.subject.as_deref(), read.corrects.as_deref()),
            ("echo", Some("s"), Some("0"))
        );
        assert_eq!(read.time.expect("a time").to_rfc3339(), "2026-11-22T00:00:00.123456+00:00");
    }
}
