//! Who tries a door, and what exactly they send.

use std::{collections::HashMap, net::SocketAddr};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderName, Request, header},
};
use serde_json::Value;
use tenantry_domain::{db::DbError, ops::verify::World};
use tenantry_kernel::UserId;
use tokio::sync::Mutex;
use tower::ServiceExt as _;

use super::{
    Doors, WalkError,
    answer::Answer,
    operation::{Form, Operation},
    sample,
};
use crate::cookie;

/// With which credential a door is tried; a new kind of credential gets its line here.
#[derive(Clone, Copy, Debug)]
pub(super) enum Caller {
    /// With none.
    Nobody,
    /// With a session.
    Person(UserId),
    /// With the second one's key, which has every scope.
    SecondsKey,
}

/// What is put into an operation beyond what it is.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// In the place of the path's parameters.
    pub parameter: String,
    pub query: Option<(String, String)>,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
}

impl Ask {
    /// Right in form, and about nothing that is there.
    pub fn about_nothing(operation: &Operation, world: &World) -> Self {
        let parameter = world.first.names.last().map(|name| name.never.clone()).unwrap_or_default();
        Self { parameter, query: None, body: operation.body.clone(), headers: Vec::new() }
    }

    fn request(
        self,
        operation: &Operation,
        credential: Option<(HeaderName, String)>,
    ) -> Result<Request<Body>, axum::http::Error> {
        let mut uri =
            operation.path_with(&url::form_urlencoded::byte_serialize(self.parameter.as_bytes()).collect::<String>());
        if let Some((name, value)) = self.query {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            uri = format!("{uri}?{query}");
        }
        let accept = match operation.form {
            Form::Json | Form::Fields => "application/json",
            Form::Page => "text/html",
        };
        let mut request = Request::builder().method(operation.method.clone()).uri(uri);
        request = request.header(header::HOST, "localhost").header(header::ACCEPT, accept);
        if let Some((name, value)) = credential {
            request = request.header(name, value);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let Some(body) = self.body else { return request.body(Body::empty()) };
        request.header(header::CONTENT_TYPE, &operation.media_type).body(Body::from(written(operation.form, &body)))
    }
}

fn written(form: Form, body: &Value) -> String {
    match form {
        Form::Json => body.to_string(),
        Form::Fields | Form::Page => {
            let fields = body.as_object().into_iter().flatten();
            let pairs = fields.filter_map(|(name, value)| Some((name, value.as_str()?)));
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        }
    }
}

/// Who walks: the doors, the world behind them, and the sessions with which they are tried.
pub(super) struct Walk<'a> {
    pub doors: &'a Doors,
    pub world: &'a World,
    /// Cookies of those who only read, by whose they are. Reading ends no session, so one is enough.
    readers: Mutex<HashMap<UserId, String>>,
}

impl<'a> Walk<'a> {
    pub fn new(doors: &'a Doors, world: &'a World) -> Self {
        Self { doors, world, readers: Mutex::default() }
    }

    /// Sends it, through the router and back.
    pub async fn send(&self, operation: &Operation, caller: Caller, mut ask: Ask) -> Result<Answer, WalkError> {
        let entropy = &self.doors.app.services.entropy;
        let fresh = entropy.bytes::<12>().map(|byte| format!("{byte:02x}")).concat();
        ask.body = ask.body.map(|body| sample::freshened(body, &format!("fresh-0{fresh}")));
        let mut request = ask.request(operation, self.credential(operation, caller).await?)?;
        // From an address of its own on this machine: so many that are refused would be told to slow down, which proves
        // nothing.
        let [one, two, three] = entropy.bytes::<3>();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, one, two, three], 0))));
        let response = match self.doors.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        Ok(Answer::of(response).await?)
    }

    /// The header that carries what a caller has.
    async fn credential(&self, operation: &Operation, caller: Caller) -> Result<Option<(HeaderName, String)>, DbError> {
        Ok(match caller {
            Caller::Nobody => None,
            Caller::SecondsKey => Some((header::AUTHORIZATION, format!("Bearer {}", self.world.second.key))),
            Caller::Person(user) if operation.method.is_safe() => Some((header::COOKIE, self.reader(user).await?)),
            Caller::Person(user) => Some((header::COOKIE, self.signed_in(user).await?)),
        })
    }

    async fn reader(&self, user: UserId) -> Result<String, DbError> {
        let mut readers = self.readers.lock().await;
        if let Some(cookie) = readers.get(&user) {
            return Ok(cookie.clone());
        }
        let cookie = self.signed_in(user).await?;
        readers.insert(user, cookie.clone());
        Ok(cookie)
    }

    /// A session for one request, since some doors end theirs.
    async fn signed_in(&self, user: UserId) -> Result<String, DbError> {
        let services = &self.doors.app.services;
        let token = self.world.session(services, user).await?;
        Ok(cookie::held(&services.settings, &token))
    }
}
