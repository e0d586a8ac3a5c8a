//! A client of the API, as a program or a browser's page would be one: a cookie, and perhaps a tenant that it names.

use std::{future::IntoFuture, pin::Pin, time::Duration};

use reqwest::{Method, RequestBuilder, redirect::Policy};
use serde_json::Value;

use crate::{Events, Organization, Reply};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who asks, and where they act.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    cookie: Option<String>,
    tenant: Option<String>,
    host: Option<String>,
    key: Option<String>,
}

impl Client {
    /// Nobody, at an address without a slash at the end.
    ///
    /// # Panics
    /// When no client can be made on this machine.
    #[must_use]
    pub fn at(base: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .user_agent("tenantry-testkit")
            .build()
            .expect("a client can be made");
        Self { http, base: base.to_owned(), cookie: None, tenant: None, host: None, key: None }
    }

    /// The same connection pool, with a cookie (`name=value`) or without one.
    #[must_use]
    pub fn with_cookie(&self, cookie: Option<String>) -> Self {
        Self { cookie, ..self.clone() }
    }

    /// A program with an API key, and without a cookie.
    #[must_use]
    pub fn with_key(&self, secret: &str) -> Self {
        Self { key: Some(secret.to_owned()), ..self.with_cookie(None) }
    }

    /// The same person, naming a tenant in every call by id or slug.
    #[must_use]
    pub fn naming(&self, tenant: impl ToString) -> Self {
        Self { tenant: Some(tenant.to_string()), ..self.clone() }
    }

    /// The same person in an organization's first workspace.
    #[must_use]
    pub fn within(&self, organization: &Organization) -> Self {
        self.naming(organization.tenant)
    }

    /// The same person at another of the server's hosts, whose name needs no resolving.
    #[must_use]
    pub fn at_host(&self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self.clone() }
    }

    /// The same person at another server.
    #[must_use]
    pub fn moved_to(&self, server: &Self) -> Self {
        Self { base: server.base.clone(), ..self.clone() }
    }

    /// The address of the server.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The cookie that is held (`name=value`).
    #[must_use]
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Reads something.
    #[must_use]
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Sends JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// Replaces something by JSON.
    #[must_use]
    pub fn put(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// Changes a part of something.
    #[must_use]
    pub fn patch(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// Any method, without a body.
    #[must_use]
    pub fn call(&self, method: Method, path: &str) -> Call {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(tenant) = &self.tenant {
            request = request.header("x-tenant", tenant);
        }
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        Call { asked: format!("{method} {path}"), request }
    }
}

/// A request that is being put together; awaiting it sends it.
#[derive(Debug)]
pub struct Call {
    asked: String,
    request: RequestBuilder,
}

impl Call {
    /// Adds a header, whatever bytes are in it.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value.as_bytes()), ..self }
    }

    /// Asks for one effect however often it is sent.
    #[must_use]
    pub fn once(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sends any body as any type.
    #[must_use]
    pub fn body(self, media_type: &str, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.header("content-type", media_type).body(body), ..self }
    }
}

impl Call {
    /// Sends it to a server that may be killed meanwhile; `None` where no whole answer came.
    pub async fn attempt(self) -> Option<Reply> {
        self.send().await.ok()
    }

    /// Sends it and answers the stream of events that comes back.
    ///
    /// # Panics
    /// When something else does.
    pub async fn listened(self) -> Events {
        let response = self.request.send().await.unwrap_or_else(|error| panic!("{}: {error:?}", self.asked));
        assert_eq!(response.status(), 200, "{} is refused", self.asked);
        Events::of(response)
    }

    async fn send(self) -> Result<Reply, reqwest::Error> {
        let response = self.request.send().await?;
        Reply::receive(self.asked, response).await
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    /// Sends it and waits for the whole answer.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let asked = self.asked.clone();
            self.send().await.unwrap_or_else(|error| panic!("{asked}: no whole answer: {error:?}"))
        })
    }
}
