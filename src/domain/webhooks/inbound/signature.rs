//! Signatures of messages: what the headers claim, and whether a secret bears it out. Pure.
//!
//! Standard Webhooks 1.0 (<https://www.standardwebhooks.com>), also under the names that Svix gives its headers; Stripe's
//! `Stripe-Signature` (<https://docs.stripe.com/webhooks#verify-manually>); GitHub's `X-Hub-Signature-256`
//! (<https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>). What says a thing twice says
//! nothing: two readers could take it for two messages.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use tenantry_kernel::inbound::{Scheme, WINDOW_SECONDS};

use crate::webhooks::standard::{ID, SIGNATURE, Secret, TIMESTAMP};

/// The same headers as Svix names them.
const SVIX: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];

const STRIPE_SIGNATURE: &str = "stripe-signature";

const HUB_SIGNATURE: &str = "x-hub-signature-256";

/// Most signatures that a message may bring: a sender that rotates brings two.
const MOST_SIGNATURES: usize = 16;

/// Longest id of a message.
const LONGEST_ID: usize = 255;

/// How long a message with an id counts as seen. Stripe repeats for three days, and who follows Standard Webhooks for about
/// as long.
const SEEN_BY_ID: TimeDelta = TimeDelta::days(7);

/// How long a body counts as seen that has no time of its own: as long as a time would have been good.
const SEEN_BY_BODY: TimeDelta = TimeDelta::seconds(WINDOW_SECONDS);

/// HMAC-SHA256.
type Tag = [u8; 32];

/// The headers of a message, in lower case.
pub type Headers<'a> = [(&'a str, &'a [u8])];

/// Why headers claim nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub &'static str);

/// What the headers of a message claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    scheme: Scheme,
    /// The sender's id of the message.
    id: Option<String>,
    /// Seconds since 1970, as they were written.
    at: Option<String>,
    tags: Vec<Tag>,
}

/// What tells a message from another one, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// SHA-256 of the sender's id of it, or of the body where it has none.
    pub key: [u8; 32],
    /// The sender's id of it.
    pub id: Option<String>,
    pub seen_for: TimeDelta,
}

/// Reads what the headers claim.
///
/// # Errors
/// A header that is missing, that is there twice, or that cannot be read.
pub(super) fn read(scheme: Scheme, headers: &Headers<'_>) -> Result<Claim, Fault> {
    match scheme {
        Scheme::Standard => read_standard(headers),
        Scheme::Stripe => read_stripe(headers),
        Scheme::HmacSha256 => read_hub(headers),
    }
}

/// The one value of a header.
fn one<'a>(headers: &Headers<'a>, name: &str, missing: Fault) -> Result<&'a str, Fault> {
    let mut values = headers.iter().filter(|(own, _)| *own == name).map(|(_, value)| *value);
    let value = values.next().ok_or(missing)?;
    if values.next().is_some() {
        return Err(Fault("A header of the signature is there twice."));
    }
    str::from_utf8(value).map_err(|_| Fault("A header of the signature cannot be read."))
}

fn read_standard(headers: &Headers<'_>) -> Result<Claim, Fault> {
    const MISSING: Fault = Fault("Send webhook-id, webhook-timestamp and webhook-signature.");
    let own = [ID, TIMESTAMP, SIGNATURE];
    let brings = |names: [&str; 3]| headers.iter().any(|(name, _)| names.contains(name));
    let [id, at, signature] = match (brings(own), brings(SVIX)) {
        (true, true) => return Err(Fault("The message is signed under two names.")),
        (false, true) => SVIX,
        _ => own,
    };
    let id = one(headers, id, MISSING)?;
    // A dot would let one signed text be read as two messages.
    let plain = id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if id.is_empty() || id.len() > LONGEST_ID || !plain {
        return Err(Fault("The message's id is 1 to 255 visible characters without a dot."));
    }
    let at = seconds(one(headers, at, MISSING)?)?;
    let given = one(headers, signature, MISSING)?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let tags = tags(given, |text| BASE64_STANDARD.decode(text).ok())?;
    Ok(Claim { scheme: Scheme::Standard, id: Some(id.to_owned()), at: Some(at), tags })
}

fn read_stripe(headers: &Headers<'_>) -> Result<Claim, Fault> {
    let text = one(headers, STRIPE_SIGNATURE, Fault("Send Stripe-Signature."))?;
    let pairs: Vec<(&str, &str)> = text.split(',').filter_map(|pair| pair.trim().split_once('=')).collect();
    let of = |name: &'static str| pairs.iter().filter(move |(own, _)| *own == name).map(|(_, value)| *value);
    let mut times = of("t");
    let at = seconds(times.next().ok_or(Fault("Stripe-Signature has no time."))?)?;
    if times.next().is_some() {
        return Err(Fault("Stripe-Signature has two times."));
    }
    let tags = tags(of("v1"), hexadecimal)?;
    Ok(Claim { scheme: Scheme::Stripe, id: None, at: Some(at), tags })
}

fn read_hub(headers: &Headers<'_>) -> Result<Claim, Fault> {
    let text = one(headers, HUB_SIGNATURE, Fault("Send X-Hub-Signature-256."))?;
    let tags = tags(text.strip_prefix("sha256=").into_iter(), hexadecimal)?;
    Ok(Claim { scheme: Scheme::HmacSha256, id: None, at: None, tags })
}

/// Plain digits: what is signed is the text, so it must have one reading.
fn seconds(text: &str) -> Result<String, Fault> {
    let plain = !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { Ok(text.to_owned()) } else { Err(Fault("The time is in whole seconds since 1970.")) }
}

/// The signatures that can be read; of those that cannot, or are of another kind, nothing is held.
fn tags<'a>(given: impl Iterator<Item = &'a str>, read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<Tag>, Fault> {
    let tags: Vec<Tag> = given.take(MOST_SIGNATURES + 1).filter_map(|text| read(text)?.try_into().ok()).collect();
    match tags.len() {
        0 => Err(Fault("There is no signature that can be read.")),
        1..=MOST_SIGNATURES => Ok(tags),
        _ => Err(Fault("There are more than 16 signatures.")),
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() != 64 {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

impl Claim {
    /// Was it signed within five minutes of now, before or after? What has no time is decided by its repeats alone.
    pub fn is_timely(&self, now: DateTime<Utc>) -> bool {
        let Some(at) = &self.at else { return true };
        at.parse::<i64>().is_ok_and(|at| now.timestamp().abs_diff(at) <= WINDOW_SECONDS.unsigned_abs())
    }

    /// Has one of the secrets signed the body? All of them are tried against every signature, so the time that it takes says
    /// nothing about which was close.
    pub fn is_signed(&self, secrets: &[&Secret], body: &[u8]) -> bool {
        let mut signed = Choice::from(0);
        for secret in secrets {
            let own = self.tag(secret, body);
            for given in &self.tags {
                signed |= own.as_ref().ct_eq(given);
            }
        }
        signed.into()
    }

    fn tag(&self, secret: &Secret, body: &[u8]) -> hmac::Tag {
        let text = secret.text();
        let key = match self.scheme {
            Scheme::Standard => secret.bytes(),
            Scheme::Stripe | Scheme::HmacSha256 => text.as_bytes(),
        };
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
        for part in [&self.id, &self.at].into_iter().flatten() {
            context.update(part.as_bytes());
            context.update(b".");
        }
        context.update(body);
        context.sign()
    }

    /// What tells this message from another: the id that it claims, else the one that its body names, else the body.
    pub fn identity(&self, named: Option<&str>, body: &[u8]) -> Identity {
        let plain = |id: &&str| !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_graphic());
        let id = match self.scheme {
            Scheme::Standard => self.id.as_deref(),
            Scheme::Stripe => named.filter(plain),
            Scheme::HmacSha256 => None,
        };
        let mut hash = Sha256::new();
        match id {
            Some(id) => hash.update([b"id\0", id.as_bytes()].concat()),
            None => {
                hash.update(b"body\0");
                hash.update(body);
            }
        }
        let seen_for = if self.scheme == Scheme::HmacSha256 { SEEN_BY_BODY } else { SEEN_BY_ID };
        Identity { key: hash.finalize().into(), id: id.map(str::to_owned), seen_for }
    }
}

#[cfg(test)]
mod tests;
