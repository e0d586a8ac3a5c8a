//! Reading an answer no further than was asked for.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::{Answered, error::OutboundError};

/// Bytes of an answer's headers, their names included; servers send a few kilobytes.
const MOST_HEADERS: usize = 64 * 1024;

/// Reads it piece by piece, as it is decompressed: what is too long ends the call, and with it the connection, before the
/// rest is read or unpacked.
pub(super) async fn read(mut response: reqwest::Response, host: &str, most: usize) -> Result<Answered, OutboundError> {
    let headers = std::mem::take(response.headers_mut());
    if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > MOST_HEADERS {
        return Err(OutboundError::LongHeaders);
    }
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| OutboundError::of(&error, host))? {
        if piece.len() > most - body.len() {
            return Err(OutboundError::TooLong { most });
        }
        body.extend_from_slice(&piece);
    }
    let status = response.status().as_u16();
    Ok(Answered { status, headers, body: Bytes::from(body) })
}

/// How long an answer asks to be left alone, in seconds (RFC 9110, 10.2.3); a date is not read, since clocks differ.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
