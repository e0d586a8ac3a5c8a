//! What many operations have in common, said of each: the problems that the layers and guards answer with, the tenant that
//! a header names, the access token that opens what a session does. A handler's own words stand first.

use utoipa::openapi::{
    Components, Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
    path::{Operation, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
    security::SecurityRequirement,
};

use crate::{
    doors::{self, Door},
    guard::X_TENANT,
};

/// The media type of every problem (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// What an access token does not open: it gets no other tokens, and a stream lasts longer than it.
const NOT_BY_TOKEN: [&str; 2] = ["/api/v1/auth/token", "/api/v1/events"];

/// Completes a document that has all of its routes.
pub(super) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            // One without a line in the table is found by whoever walks the doors.
            if let (Some(operation), Ok(door)) = (operation, doors::door(method, path)) {
                Asked { method, path, door, sends: operation.request_body.is_some() }.complete(operation);
            }
        }
    }
    if let Some(components) = &mut document.components {
        flatten_problem(components);
    }
}

/// What decides what an operation has in common with others.
struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    door: Door,
    /// Does it take a body?
    sends: bool,
}

impl Asked<'_> {
    fn complete(&self, operation: &mut Operation) {
        for (status, codes) in self.problems() {
            add_problem(operation, status, &codes);
        }
        let responses = operation.responses.responses.iter_mut();
        for response in responses.filter(|(status, _)| status.as_str() >= "400").map(|(_, response)| response) {
            if let RefOr::T(response) = response {
                as_problem(response);
            }
        }
        if self.door.has_place() {
            add_tenant(operation);
        }
        if !NOT_BY_TOKEN.contains(&self.path) {
            add_token(operation);
        }
    }

    /// The problems that are answered before a handler has its say, or by what reads its body.
    fn problems(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let known = self.door.asks_who();
        let needs_somebody = known || self.door == Door::Token;
        let changes = self.method != "GET" && !self.path.starts_with("/hooks/");
        let json = self.sends && !self.path.starts_with("/hooks/");
        let mut forbidden = Vec::new();
        forbidden.extend(self.door.has_place().then_some("TENANT_MISMATCH"));
        forbidden.extend((changes && self.door != Door::Token).then_some("CROSS_SITE"));
        let lines = [
            (known || self.sends, "400", vec!["MALFORMED"]),
            (needs_somebody, "401", vec!["UNAUTHENTICATED"]),
            (!forbidden.is_empty(), "403", forbidden),
            (self.door.has_place(), "404", vec!["NOT_FOUND"]),
            (self.sends, "413", vec!["BODY_TOO_LARGE"]),
            (json, "415", vec!["UNSUPPORTED_MEDIA_TYPE"]),
            (json, "422", vec!["INVALID"]),
            (needs_somebody || self.sends, "429", self.too_many()),
            (true, "503", vec!["GUARD_UNAVAILABLE"]),
        ];
        lines.into_iter().filter(|(applies, ..)| *applies).map(|(_, status, codes)| (status, codes)).collect()
    }

    /// Only what has a place has a day of calls, and what looks after keys and plans is none of them.
    fn too_many(&self) -> Vec<&'static str> {
        let free = ["/api/v1/keys", "/api/v1/subscription"].iter().any(|free| self.path.starts_with(free));
        if self.door.has_place() && !free { vec!["RATE_LIMITED", "API_DAILY_LIMIT"] } else { vec!["RATE_LIMITED"] }
    }
}

/// Adds a problem, or to the one of the same status the codes that it does not name.
fn add_problem(operation: &mut Operation, status: &str, codes: &[&str]) {
    match operation.responses.responses.get_mut(status) {
        Some(RefOr::T(own)) => {
            let missing: Vec<_> = codes.iter().copied().filter(|code| !own.description.contains(code)).collect();
            if !missing.is_empty() {
                own.description = format!("{}; also {}", own.description, missing.join(", "));
            }
        }
        Some(RefOr::Ref(_)) => {}
        None => {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = ResponseBuilder::new().description(codes.join(", ")).content(PROBLEM, content);
            operation.responses.responses.insert(status.to_owned(), response.build().into());
        }
    }
}

/// What a macro writes as JSON leaves the house under the name of RFC 9457.
fn as_problem(response: &mut Response) {
    if let Some(content) = response.content.shift_remove("application/json") {
        response.content.insert(PROBLEM.to_owned(), content);
    }
}

fn add_tenant(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    let is_it = |parameter: &RefOr<_>| match parameter {
        RefOr::T(utoipa::openapi::path::Parameter { name, .. }) => name.eq_ignore_ascii_case(X_TENANT),
        RefOr::Ref(_) => false,
    };
    if parameters.iter().any(is_it) {
        return;
    }
    let described = "The workspace, by id or slug; the session's current one otherwise. It may only agree with what a key, \
                     an access token or a workspace's own host carries.";
    let parameter = ParameterBuilder::new()
        .name("X-Tenant")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(described))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    parameters.push(parameter.build().into());
}

/// An access token stands on a session and opens what it opens.
fn add_token(operation: &mut Operation) {
    let one = |name: &str| SecurityRequirement::new(name, [] as [&str; 0]);
    let Some(security) = &mut operation.security else { return };
    if security.contains(&one("session")) && !security.contains(&one("token")) {
        security.push(one("token"));
    }
}

/// The facts of a limit stand in the problem itself, and only where a limit refuses.
fn flatten_problem(components: &mut Components) {
    let Some(RefOr::T(Schema::Object(facts))) = components.schemas.remove("LimitFacts") else { return };
    let Some(RefOr::T(problem)) = components.schemas.get_mut("Problem") else { return };
    let Schema::AllOf(parts) = problem else { return };
    let description = parts.description.take();
    let own = parts.items.iter_mut().find_map(|part| match part {
        RefOr::T(Schema::Object(own)) => Some(own),
        _ => None,
    });
    let Some(own) = own else { return };
    let mut whole = std::mem::take(own);
    whole.properties.extend(facts.properties);
    whole.description = description;
    *problem = Schema::Object(whole);
}
