//! What leaves: the one way in which this server calls an address that somebody else has chosen.
//!
//! Whoever may name an address could otherwise reach what only this machine reaches: the cloud's metadata, a database
//! beside it, a router. So every address is judged, those behind a name too, and connected to as it was judged; no redirect
//! is followed, no proxy of the environment asked, and time, size and compression have their bounds. Nothing else in the
//! product makes an HTTP client.

mod address;
mod answer;
mod client;
mod error;
mod lookup;
mod target;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{CONTENT_LENGTH, HeaderMap, HeaderValue},
};
use tenantry_kernel::FieldError;
use url::Url;

pub use self::{
    address::is_public,
    answer::retry_after,
    error::OutboundError,
    lookup::{Resolve, Resolving, System},
    target::{LONGEST_URL, is_ours},
};
use self::{client::Clients, lookup::Judging};
use crate::Settings;

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method; every one but CONNECT.
    pub method: Method,
    /// Whom to call: http or https.
    pub url: Url,
    /// Its headers. Those of the connection and of the message's frame are not the caller's ([`is_ours`]).
    pub headers: HeaderMap,
    /// Its body; nothing where it is empty.
    pub body: Bytes,
    /// How long all of it may take: finding the address, connecting, sending, reading.
    pub within: Duration,
    /// The most bytes of the answer's body, counted after decompression.
    pub most: usize,
}

/// What came back; also a redirect or a refusal is an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// 200–999 (RFC 9110, section 15); what is below is not an answer yet.
    pub status: u16,
    /// Its headers, without those of a compression that was undone.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Bytes,
}

/// The client. A copy shares connections and everything else with what it was copied from.
#[derive(Clone)]
pub struct Outbound {
    loopback: bool,
    clients: Arc<Clients>,
}

impl Outbound {
    /// A client by the installation's settings, over the system's way of finding names.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::over(settings, Arc::new(System::default()))
    }

    /// A client that finds names in another way.
    #[must_use]
    pub fn over(settings: &Settings, names: Arc<dyn Resolve>) -> Self {
        let loopback = settings.loopback_tools;
        Self { loopback, clients: Arc::new(Clients::over(Judging { names, loopback })) }
    }

    /// Judges an address when it is saved. The addresses behind a name are judged when it is called: by then they may be
    /// others.
    ///
    /// # Errors
    /// Why it would never be called.
    pub fn judge(&self, url: &Url) -> Result<(), OutboundError> {
        target::judge(url, self.loopback)
    }

    /// Reads an address that is to be saved as the field `url`, in its normal form: what is shown is what is called.
    ///
    /// # Errors
    /// Why it would never be called.
    pub fn parse(&self, text: &str) -> Result<String, FieldError> {
        const FORM: &str = "Enter an address such as https://example.com/hook.";
        let refused = |code, detail: &str| Err(FieldError::new("url", code, detail));
        if text.trim().is_empty() {
            return refused("REQUIRED", FORM);
        }
        if text.len() > LONGEST_URL {
            return refused("TOO_LONG", "Use at most 2,048 characters.");
        }
        let Ok(mut url) = Url::parse(text) else { return refused("FORMAT", FORM) };
        // It is the browser's own and never sent.
        url.set_fragment(None);
        match self.judge(&url) {
            Ok(()) => Ok(url.into()),
            Err(error @ OutboundError::Forbidden { .. }) => refused("ADDRESS_NOT_ALLOWED", &error.to_string()),
            Err(error @ OutboundError::LongUrl) => refused("TOO_LONG", &error.to_string()),
            Err(error) => refused("FORMAT", &error.to_string()),
        }
    }

    /// Makes a request and reads the answer.
    ///
    /// # Errors
    /// Why there is no answer, or none that fits.
    pub async fn call(&self, call: Call) -> Result<Answered, OutboundError> {
        let within = call.within;
        let answered = tokio::time::timeout(within, self.call_at_leisure(call)).await;
        answered.unwrap_or(Err(OutboundError::TooSlow { within }))
    }

    async fn call_at_leisure(&self, call: Call) -> Result<Answered, OutboundError> {
        self.judge(&call.url)?;
        let host = call.url.host_str().unwrap_or_default().to_owned();
        let most = call.most;
        let client = self.clients.of(&call.url)?;
        let response = client.execute(request(call)?).await.map_err(|error| OutboundError::of(&error, &host))?;
        answer::read(response, &host, most).await
    }
}

/// The request as it is sent.
fn request(call: Call) -> Result<reqwest::Request, OutboundError> {
    if call.method == Method::CONNECT {
        return Err(OutboundError::Tunnel);
    }
    if let Some(name) = call.headers.keys().find(|name| is_ours(name)) {
        return Err(OutboundError::Header { name: name.clone() });
    }
    let mut request = reqwest::Request::new(call.method, call.url);
    *request.headers_mut() = call.headers;
    if !call.body.is_empty() {
        *request.body_mut() = Some(call.body.into());
    } else if matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
        // Where a body is expected, its absence must be said (RFC 9110, section 8.6).
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Ok(request)
}
