//! What a webhook tool's answer means.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use tenantry_kernel::{dispatch::check_result, money::CostEstimate};

use super::{Ended, NotNow, Outcome, Spent};
use crate::outbound::retry_after;

/// What an immediate answer may say that it used.
const TOKENS_USED: &str = "tenantry-tokens-used";
const API_CALLS: &str = "tenantry-api-calls";
const COST_ESTIMATE: &str = "tenantry-cost-estimate";

/// Greatest number that a tool may say it used: beyond it, sums would not stay exact.
pub(in crate::dispatch) const MOST_SPENT: i64 = 1_000_000_000_000_000;

/// Reads an answer: 202 is "later", any other success the result, what a tool says that cannot now another try, the rest
/// the end. A redirect is one of the rest: it is never followed.
pub(super) fn judge(status: u16, headers: &HeaderMap, body: &[u8]) -> Outcome {
    match status {
        202 => Outcome::Later,
        200..=299 => Outcome::Ended(result(headers, body).answered(Some(status))),
        408 | 425 | 429 | 500..=599 => Outcome::NotNow(NotNow {
            error: format!("The tool answered {status}."),
            http_status: Some(status),
            after: retry_after(headers),
        }),
        300..=399 => {
            let way = "redirects are not followed. Give the tool the address that it leads to.";
            Outcome::Ended(Ended::failed(format!("The tool answered {status}: {way}")).answered(Some(status)))
        }
        _ => Outcome::Ended(Ended::failed(format!("The tool answered {status}.")).answered(Some(status))),
    }
}

/// JSON is the result as it is, no body is none, and other text is a string.
fn result(headers: &HeaderMap, body: &[u8]) -> Ended {
    let Ok(text) = std::str::from_utf8(body) else {
        return Ended::failed("The tool's answer is neither JSON nor text.");
    };
    if text.trim().is_empty() {
        return Ended { spent: spent(headers), ..Ended::succeeded(None) };
    }
    let value = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => value,
        Err(_) if says_json(headers) => {
            return Ended::failed("The tool says that its answer is JSON, but it is not.");
        }
        Err(_) => serde_json::Value::String(text.to_owned()),
    };
    match check_result(&value) {
        Ok(result) => Ended { spent: spent(headers), ..Ended::succeeded(Some(result)) },
        Err(error) => Ended::failed(format!("The tool's answer is beyond the bounds of a result. {}", error.detail)),
    }
}

fn says_json(headers: &HeaderMap) -> bool {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

/// What the headers say; what cannot be read is nothing.
fn spent(headers: &HeaderMap) -> Spent {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let count = |name| text(name).and_then(|text| text.parse::<i64>().ok()).unwrap_or_default().clamp(0, MOST_SPENT);
    let cost = text(COST_ESTIMATE).and_then(|text| text.parse::<f64>().ok()).filter(|cost| cost.is_finite());
    // A float keeps six places exactly up to nine billion; beyond the bound it is cut in any case.
    let micros = (cost.unwrap_or_default() * 1_000_000.0).round() as i64;
    let cost = CostEstimate { micros: micros.clamp(0, MOST_SPENT) };
    Spent { tokens: count(TOKENS_USED), api_calls: count(API_CALLS), cost }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tenantry_kernel::dispatch::JobStatus;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    fn ended(status: u16, pairs: &[(&'static str, &'static str)], body: &[u8]) -> Ended {
        match judge(status, &headers(pairs), body) {
            Outcome::Ended(ended) => ended,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_success_brings_its_result() {
        let json = [("content-type", "application/json; charset=utf-8")];
        assert_eq!(ended(200, &json, b"{\"a\": 1}").result.as_deref(), Some("{\"a\":1}"));
        assert_eq!(ended(201, &[], b"7").result.as_deref(), Some("7"));
        assert_eq!(ended(200, &[("content-type", "text/plain")], b"done").result.as_deref(), Some("\"done\""));
        assert_eq!(ended(204, &[], b"").result, None);
        assert_eq!(ended(204, &[], b"").status, JobStatus::Succeeded);
    }

    #[test]
    fn garbage_fails_and_is_not_asked_for_again() {
        let json = [("content-type", "application/problem+json")];
        assert_eq!(ended(200, &json, b"{\"a\": ").status, JobStatus::Failed);
        assert_eq!(ended(200, &[], b"\xff\xfe").status, JobStatus::Failed);
        assert_eq!(ended(200, &[], &[b'x'; 300_000]).status, JobStatus::Failed);
        let deep = [b"[".repeat(40), b"]".repeat(40)].concat();
        assert_eq!(ended(200, &[], &deep).status, JobStatus::Failed);
    }

    #[test]
    fn what_cannot_now_is_asked_again_and_what_never_can_is_not() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            let Outcome::NotNow(not_now) = judge(status, &headers(&[("retry-after", "7")]), b"") else {
                panic!("{status}")
            };
            assert_eq!((not_now.http_status, not_now.after), (Some(status), Some(Duration::from_secs(7))));
        }
        for status in [301, 302, 307, 400, 401, 403, 404, 410, 422] {
            let ended = ended(status, &[], b"{}");
            assert_eq!((ended.status, ended.http_status), (JobStatus::Failed, Some(status)));
        }
        assert_eq!(judge(202, &HeaderMap::new(), b"whatever"), Outcome::Later);
        let Outcome::NotNow(not_now) = judge(503, &headers(&[("retry-after", "Tue, 29 Oct 2026")]), b"") else {
            panic!("asked again")
        };
        assert_eq!(not_now.after, None);
    }

    #[test]
    fn what_was_used_is_read_within_bounds() {
        let said = [(TOKENS_USED, "1200"), (API_CALLS, "3"), (COST_ESTIMATE, "0.018")];
        let spent = ended(200, &said, b"{}").spent;
        assert_eq!((spent.tokens, spent.api_calls, spent.cost.micros), (1200, 3, 18_000));
        let wrong = [(TOKENS_USED, "-5"), (API_CALLS, "many"), (COST_ESTIMATE, "NaN")];
        assert!(ended(200, &wrong, b"{}").spent.is_nothing());
        let endless = [(TOKENS_USED, "9223372036854775807"), (COST_ESTIMATE, "1e300")];
        let spent = ended(200, &endless, b"{}").spent;
        assert_eq!((spent.tokens, spent.cost.micros), (MOST_SPENT, MOST_SPENT));
    }
}
