//! What can be asked of the doors: each operation with the places in which a name can stand.

use axum::http::Method;
use serde_json::{Map, Value};
use tenantry_domain::ops::verify::Tally;

use super::sample;
use crate::{
    doors::{self, Door},
    router,
};

/// A server function: a public endpoint that takes a form.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its address.
    pub path: String,
    /// The names of its fields.
    pub fields: Vec<String>,
    /// Who may call it.
    pub door: Door,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON.
    Json,
    /// As browsers send a form.
    Fields,
    /// A page: there is no body.
    Page,
}

/// One door with everything that can be put into it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What it is called in a report: `GET /api/v1/jobs/{id}`.
    pub place: String,
    pub(super) method: Method,
    /// With its parameters in braces.
    pub(super) path: String,
    pub(super) door: Door,
    pub(super) form: Form,
    /// The names of what its query takes.
    pub(super) query: Vec<String>,
    /// A body that is right in form.
    pub(super) body: Option<Value>,
    /// What it is called in `Content-Type`.
    pub(super) media_type: String,
}

impl Operation {
    pub(super) fn of_function(function: &Function) -> Self {
        let fields = function.fields.iter().map(|name| (name.clone(), sample::field(name)));
        Self {
            place: format!("POST {}", function.path),
            method: Method::POST,
            path: function.path.clone(),
            door: function.door,
            form: Form::Fields,
            query: Vec::new(),
            body: Some(Value::Object(fields.collect::<Map<_, _>>())),
            media_type: "application/x-www-form-urlencoded".to_owned(),
        }
    }

    pub(super) fn of_page(page: &str) -> Self {
        let parts = page.split('/').map(|part| match part.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        Self {
            place: format!("GET {path}"),
            method: Method::GET,
            path,
            door: Door::SignedIn,
            form: Form::Page,
            query: Vec::new(),
            body: None,
            media_type: String::new(),
        }
    }

    /// Can a name stand in its path?
    pub(super) fn has_parameter(&self) -> bool {
        self.path.contains('{')
    }

    /// The path with this in the place of every parameter.
    pub(super) fn path_with(&self, name: &str) -> String {
        let mut path = self.path.clone();
        while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
            path.replace_range(start..=end, name);
        }
        path
    }
}

/// Every operation of the API's document. One without a line in the permission table is a finding.
pub(super) fn of_api(tally: &mut Tally) -> Vec<Operation> {
    let document = serde_json::to_value(router::document()).unwrap_or_default();
    let mut operations = Vec::new();
    tally.begin("doors without a line in the permission table");
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, described) in item.as_object().into_iter().flatten() {
            let name = method.to_uppercase();
            let Ok(method) = name.parse::<Method>() else { continue };
            let place = format!("{name} {path}");
            let door = match doors::door(&name, path) {
                Ok(door) => {
                    tally.tried(&place, "looking it up", None);
                    door
                }
                Err(sentence) => {
                    tally.tried(&place, "looking it up", Some(sentence));
                    continue;
                }
            };
            let path = path.clone();
            let query = query(described);
            let (media_type, body) = sample::body(&document, described).unzip();
            let media_type = media_type.unwrap_or_default();
            operations.push(Operation { place, method, path, door, form: Form::Json, query, body, media_type });
        }
    }
    operations
}

fn query(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let in_query = parameters.filter(|parameter| parameter["in"] == "query");
    in_query.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_the_place_of_a_parameter() {
        let page = Operation::of_page("/jobs/:id");
        assert_eq!((page.place.as_str(), page.path_with("job_1").as_str()), ("GET /jobs/{id}", "/jobs/job_1"));
        assert!(page.has_parameter() && !Operation::of_page("/plans").has_parameter());
    }

    #[test]
    fn every_operation_of_the_document_is_found_with_its_body() {
        let mut tally = Tally::default();
        let operations = of_api(&mut tally);
        assert_eq!(operations.len(), doors::DOORS.len());
        assert_eq!(tally.findings(), []);
        let dispatch = operations.iter().find(|operation| operation.path == "/api/v1/dispatch").expect("it is there");
        let body = dispatch.body.as_ref().expect("it takes one");
        assert_eq!((&body["tool"], &body["when_full"]), (&Value::from("echo"), &Value::from("queue")));
        let jobs = operations.iter().find(|operation| operation.path == "/api/v1/jobs").expect("it is there");
        assert_eq!(jobs.query, ["limit", "cursor"]);
    }
}
