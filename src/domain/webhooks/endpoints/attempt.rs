//! One attempt to deliver: the message is written, signed and sent, and what came back is judged.

use std::time::{Duration, Instant};

use reqwest::Method;
use tenantry_kernel::OrganizationId;
use url::Url;

use super::{
    event::{self, Place},
    membership, secret,
    sql_work::Claimed,
};
use crate::{
    Services,
    outbound::{Answered, Call, retry_after},
    webhooks::standard::{self, Secret},
};

/// How long a receiver has for its whole answer.
pub(super) const WITHIN: Duration = Duration::from_secs(15);

/// Bytes of an answer that are read. Receivers answer with little; what is longer is none that can be relied on.
const MOST: usize = 256 * 1024;

/// Characters of an answer that are kept, for whoever looks for a mistake.
const KEPT: usize = 1_000;

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub outcome: Outcome,
    /// What was answered, and the beginning of it.
    pub answered: Option<(u16, String)>,
    pub took: Duration,
}

/// What it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Taken,
    /// Not now; and how long the receiver asks to be left alone.
    NotTaken {
        error: String,
        after: Option<Duration>,
    },
    /// 410: never again.
    Gone,
}

impl Told {
    /// Whole milliseconds.
    pub fn duration_ms(&self) -> i32 {
        i32::try_from(self.took.as_millis()).unwrap_or(i32::MAX)
    }

    /// Did the receiver take it?
    pub fn taken(&self) -> bool {
        self.outcome == Outcome::Taken
    }

    pub fn http_status(&self) -> Option<i16> {
        self.answered.as_ref().and_then(|(status, _)| i16::try_from(*status).ok())
    }

    pub fn answer(&self) -> Option<&str> {
        self.answered.as_ref().map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    }

    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Taken => None,
            Outcome::NotTaken { error, .. } => Some(error),
            Outcome::Gone => Some("The receiver answered 410: it is gone, so nothing is sent to it any more."),
        }
    }
}

/// Makes the attempt, within its time.
pub(super) async fn make(services: &Services, organization: OrganizationId, claimed: &Claimed) -> Told {
    let began = Instant::now();
    let answered = match request(services, organization, claimed).await {
        Ok(call) => services.outbound.call(call).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_owned()),
    };
    let took = began.elapsed();
    match answered {
        Ok(answered) => Told { outcome: judge(&answered), answered: Some(kept(&answered)), took },
        Err(error) => Told { outcome: Outcome::NotTaken { error, after: None }, answered: None, took },
    }
}

async fn request(services: &Services, organization: OrganizationId, claimed: &Claimed) -> Result<Call, &'static str> {
    let url = Url::parse(&claimed.url).map_err(|_| "The endpoint's address is none.")?;
    let secrets: Vec<Secret> = claimed
        .secrets
        .iter()
        .filter_map(|(column, sealed)| secret::of(claimed.tenant, claimed.endpoint).open(services, *column, sealed))
        .collect();
    if secrets.is_empty() {
        return Err("The signing secret does not open with this installation's secret. Rotate it.");
    }
    let place = Place { organization, tenant: claimed.tenant };
    let person = membership::person(services, organization, &claimed.noted).await;
    let person = person.map_err(|_| "The database did not say what the person is called.")?;
    let body = event::body(place, &claimed.noted, person.as_ref());
    let body = body.ok_or("A newer version of the program has written this event.")?;
    let at = services.clock.now().timestamp();
    let headers =
        standard::headers(&secrets, &claimed.event.to_string(), at, &body).ok_or("The message could not be signed.")?;
    Ok(Call { method: Method::POST, url, headers, body: body.into(), within: WITHIN, most: MOST })
}

/// Any success takes it. A redirect is not followed, so it is none.
fn judge(answered: &Answered) -> Outcome {
    let status = answered.status;
    match status {
        200..=299 => Outcome::Taken,
        410 => Outcome::Gone,
        300..=399 => Outcome::NotTaken {
            error: format!("The receiver answered {status}: redirects are not followed."),
            after: None,
        },
        _ => Outcome::NotTaken {
            error: format!("The receiver answered {status}."),
            after: retry_after(&answered.headers),
        },
    }
}

/// The beginning of an answer as text that can be stored and shown: control characters but line breaks and tabs are replaced.
fn kept(answered: &Answered) -> (u16, String) {
    // No character has more than four bytes, so these hold as many characters as are kept; one cut in two is replaced.
    let beginning = &answered.body[..answered.body.len().min(4 * KEPT)];
    let shown = |letter: char| if letter.is_control() && !matches!(letter, '\n' | '\t') { '\u{fffd}' } else { letter };
    let text =
        String::from_utf8_lossy(beginning).chars().filter(|letter| *letter != '\r').take(KEPT).map(shown).collect();
    (answered.status, text)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn answered(status: u16, body: &[u8]) -> Answered {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().expect("a value"));
        Answered { status, headers, body: body.to_vec().into() }
    }

    #[test]
    fn only_a_success_takes_a_message_and_only_410_ends_them() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(&answered(status, b"")), Outcome::Taken, "{status}");
        }
        assert_eq!(judge(&answered(410, b"")), Outcome::Gone);
        for status in [301, 302, 307, 400, 401, 404, 409, 429, 500, 503] {
            assert!(matches!(judge(&answered(status, b"")), Outcome::NotTaken { .. }), "{status}");
        }
        let busy = judge(&answered(503, b""));
        assert!(matches!(busy, Outcome::NotTaken { after: Some(wait), .. } if wait == Duration::from_secs(7)));
    }

    #[test]
    fn what_is_kept_of_an_answer_is_short_and_can_be_stored() {
        let (_, text) = kept(&answered(500, &[b'x'; 10_000]));
        assert_eq!(text.len(), KEPT);
        let (_, text) = kept(&answered(500, b"a\0b\x1b[31m\r\n\tc\xff"));
        assert_eq!(text, "a\u{fffd}b\u{fffd}[31m\n\tc\u{fffd}");
        let (_, text) = kept(&answered(500, "€".repeat(5_000).as_bytes()));
        assert_eq!(text.chars().count(), KEPT);
    }
}
