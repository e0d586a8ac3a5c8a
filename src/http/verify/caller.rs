//! Who tries a door, and what exactly they send.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::Value;
use tenantry_domain::ops::verify::World;
use tenantry_kernel::UserId;
use tower::ServiceExt as _;

use super::{
    Doors, WalkError,
    answer::Answer,
    operation::{Form, Operation},
    sample,
};
use crate::cookie;

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

    fn request(self, operation: &Operation, session: Option<String>) -> Result<Request<Body>, axum::http::Error> {
        let mut uri =
            operation.path_with(&url::form_urlencoded::byte_serialize(self.parameter.as_bytes()).collect::<String>());
        if let Some((name, value)) = self.query {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            uri = format!("{uri}?{query}");
        }
        let (media_type, accept) = match operation.form {
            Form::Json => ("application/json", "application/json"),
            Form::Fields => ("application/x-www-form-urlencoded", "application/json"),
            Form::Page => ("", "text/html"),
        };
        let mut request = Request::builder().method(operation.method.clone()).uri(uri);
        request = request.header(header::HOST, "localhost").header(header::ACCEPT, accept);
        if let Some(session) = session {
            request = request.header(header::COOKIE, session);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let Some(body) = self.body else { return request.body(Body::empty()) };
        request.header(header::CONTENT_TYPE, media_type).body(Body::from(written(operation.form, &body)))
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

/// Sends it as somebody, with a session of its own, or as nobody.
pub(super) async fn send(
    doors: &Doors,
    world: &World,
    operation: &Operation,
    user: Option<UserId>,
    mut ask: Ask,
) -> Result<Answer, WalkError> {
    let services = &doors.app.services;
    let fresh: String = services.entropy.bytes::<12>().iter().map(|byte| format!("{byte:02x}")).collect();
    ask.body = ask.body.map(|body| sample::freshened(body, &format!("fresh-0{fresh}")));
    let session = match user {
        Some(user) => Some(cookie::held(&services.settings, &world.session(services, user).await?)),
        None => None,
    };
    let request = ask.request(operation, session)?;
    let response = match doors.router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    Ok(Answer::of(response).await?)
}
