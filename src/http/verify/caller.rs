//! Who tries a door, and what exactly they send.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderName, Request, header},
};
use serde_json::Value;
use tenantry_domain::{db::DbError, ops::verify::World};
use tenantry_kernel::UserId;
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
    /// With a session that is made for this one request, since some doors end theirs.
    Person(UserId),
    /// With the second one's key, which has every scope.
    SecondsKey,
}

impl Caller {
    /// The header that carries it.
    async fn credential(self, doors: &Doors, world: &World) -> Result<Option<(HeaderName, String)>, DbError> {
        let services = &doors.app.services;
        match self {
            Self::Nobody => Ok(None),
            Self::SecondsKey => Ok(Some((header::AUTHORIZATION, format!("Bearer {}", world.second.key)))),
            Self::Person(user) => {
                let token = world.session(services, user).await?;
                Ok(Some((header::COOKIE, cookie::held(&services.settings, &token))))
            }
        }
    }
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

/// Sends it, through the router and back.
pub(super) async fn send(
    doors: &Doors,
    world: &World,
    operation: &Operation,
    caller: Caller,
    mut ask: Ask,
) -> Result<Answer, WalkError> {
    let fresh = doors.app.services.entropy.bytes::<12>().map(|byte| format!("{byte:02x}")).concat();
    ask.body = ask.body.map(|body| sample::freshened(body, &format!("fresh-0{fresh}")));
    let mut request = ask.request(operation, caller.credential(doors, world).await?)?;
    // From an address of its own on this machine: so many that are refused would be told to slow down, which proves nothing.
    let [one, two, three] = doors.app.services.entropy.bytes::<3>();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, one, two, three], 0))));
    let response = match doors.router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    Ok(Answer::of(response).await?)
}
