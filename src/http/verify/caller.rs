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
    /// The sessions of those who only read, one for each: a list of one's sessions is compared too.
    readers: Mutex<HashMap<UserId, String>>,
    /// Other sessions that nobody uses at the moment.
    idle: Mutex<HashMap<UserId, Vec<String>>>,
}

impl<'a> Walk<'a> {
    pub fn new(doors: &'a Doors, world: &'a World) -> Self {
        Self { doors, world, readers: Mutex::default(), idle: Mutex::default() }
    }

    /// Sends it, through the router and back.
    pub async fn send(&self, operation: &Operation, caller: Caller, mut ask: Ask) -> Result<Answer, WalkError> {
        let fresh = self.doors.app.services.entropy.bytes::<12>().map(|byte| format!("{byte:02x}")).concat();
        ask.body = ask.body.map(|body| sample::freshened(body, &format!("fresh-0{fresh}")));
        let user = match caller {
            Caller::Nobody => return self.carry(ask.request(operation, None)?).await,
            Caller::SecondsKey => {
                let key = format!("Bearer {}", self.world.second.key);
                return self.carry(ask.request(operation, Some((header::AUTHORIZATION, key)))?).await;
            }
            Caller::Person(user) => user,
        };
        let request = |cookie: &String| ask.clone().request(operation, Some((header::COOKIE, cookie.clone())));
        let mut cookie = self.session(operation, user).await?;
        let mut answer = self.carry(request(&cookie)?).await?;
        // One that was ended elsewhere meanwhile would prove nothing.
        if operation.door.asks_who() && answer.asks_to_sign_in() {
            cookie = self.signed_in(user).await?;
            answer = self.carry(request(&cookie)?).await?;
        }
        self.keep(operation, user, cookie).await;
        Ok(answer)
    }

    async fn carry(&self, mut request: Request<Body>) -> Result<Answer, WalkError> {
        // From an address of its own on this machine: so many that are refused would be told to slow down, which proves
        // nothing.
        let [one, two, three] = self.doors.app.services.entropy.bytes::<3>();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, one, two, three], 0))));
        let response = match self.doors.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        Ok(Answer::of(response).await?)
    }

    /// A session for one request. Whoever reads ends none and doors of a place know of none; those of a person may end the
    /// one that comes, which is new therefore.
    async fn session(&self, operation: &Operation, user: UserId) -> Result<String, DbError> {
        if operation.method.is_safe() {
            let mut readers = self.readers.lock().await;
            let known = readers.get(&user).cloned();
            return match known {
                Some(cookie) => Ok(cookie),
                None => Ok(readers.entry(user).insert_entry(self.signed_in(user).await?).get().clone()),
            };
        }
        let idle = match operation.door.has_place() {
            true => self.idle.lock().await.get_mut(&user).and_then(Vec::pop),
            false => None,
        };
        match idle {
            Some(cookie) => Ok(cookie),
            None => self.signed_in(user).await,
        }
    }

    async fn keep(&self, operation: &Operation, user: UserId, cookie: String) {
        if operation.method.is_safe() {
            self.readers.lock().await.insert(user, cookie);
        } else if operation.door.has_place() {
            self.idle.lock().await.entry(user).or_default().push(cookie);
        }
    }

    async fn signed_in(&self, user: UserId) -> Result<String, DbError> {
        let services = &self.doors.app.services;
        let token = self.world.session(services, user).await?;
        Ok(cookie::held(&services.settings, &token))
    }
}
