//! Calling a server function by its address, with text in and text out.
//!
//! The framework's own typed calls, forms and resources make code of their own for every function, and the browser loads
//! it all. Here one piece serves them all, and an answer becomes a value only where a page needs it.

use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Serialize, de::DeserializeOwned};

use super::error::AppError;

/// The fields of a call, in the form in which browsers send a form.
pub type Fields = String;

/// A server function that can be called so.
pub trait Callable: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned> + DeserializeOwned {}

impl<S: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned> + DeserializeOwned> Callable for S {}

/// Fields out of names and values.
pub fn fields(pairs: &[(&str, &str)]) -> Fields {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A server function as something that a page does when it is told to.
pub fn action<S: Callable + 'static>() -> Action<Fields, Result<String, AppError>> {
    action_at(S::PATH)
}

fn action_at(path: &'static str) -> Action<Fields, Result<String, AppError>> {
    Action::new_unsync(move |fields: &Fields| post(path, fields.clone()))
}

/// Calls a server function once, from the browser.
///
/// # Errors
/// What the function refuses, or that it cannot be reached.
pub async fn call<S: Callable>(fields: Fields) -> Result<S::Output, AppError> {
    value(&post(S::PATH, fields).await?)
}

/// A server function as something that a page shows: called while the page is rendered, and again whenever the fields or
/// the beat change.
pub fn reading<S: Callable + 'static>(
    source: impl Fn() -> (Fields, u32) + Send + Sync + 'static,
) -> Resource<Result<String, AppError>> {
    #[cfg(feature = "ssr")]
    return Resource::new(source, |(fields, _)| run::<S>(fields));
    #[cfg(not(feature = "ssr"))]
    reading_at(S::PATH, Box::new(source))
}

/// Reads an answer.
///
/// # Errors
/// The one that came instead.
pub fn value<T: DeserializeOwned>(text: &str) -> Result<T, AppError> {
    serde_json::from_str(text).map_err(|_| AppError::unreadable())
}

#[cfg(not(feature = "ssr"))]
fn reading_at(
    path: &'static str,
    source: Box<dyn Fn() -> (Fields, u32) + Send + Sync>,
) -> Resource<Result<String, AppError>> {
    Resource::new(source, move |(fields, _)| post(path, fields))
}

#[cfg(not(feature = "ssr"))]
fn escape(text: &str) -> String {
    leptos_router::location::Url::escape(text)
}

#[cfg(feature = "ssr")]
fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Runs the function here, as the call of a page that is being rendered.
#[cfg(feature = "ssr")]
async fn run<S: Callable>(fields: Fields) -> Result<String, AppError> {
    use serde_json::{Map, Value};

    let pairs = url::form_urlencoded::parse(fields.as_bytes()).into_owned();
    let fields: Map<_, _> = pairs.map(|(name, text)| (name, Value::String(text))).collect();
    let function: S = serde_json::from_value(Value::Object(fields)).map_err(|_| AppError::unreadable())?;
    serde_json::to_string(&function.run_body().await?).map_err(|_| AppError::unreadable())
}

#[cfg(not(feature = "ssr"))]
async fn post(path: &'static str, fields: Fields) -> Result<String, AppError> {
    use leptos::server_fn::{
        client::{Client, browser::BrowserClient},
        request::ClientReq,
        response::ClientRes,
    };
    type Request = <BrowserClient as Client<AppError>>::Request;
    type Response = <BrowserClient as Client<AppError>>::Response;

    let form = "application/x-www-form-urlencoded";
    let request = <Request as ClientReq<AppError>>::try_new_post(path, form, "application/json", fields)?;
    let response = <BrowserClient as Client<AppError>>::send(request).await?;
    let status = <Response as ClientRes<AppError>>::status(&response);
    let leads = <Response as ClientRes<AppError>>::has_redirect(&response);
    let to = <Response as ClientRes<AppError>>::location(&response);
    let text = <Response as ClientRes<AppError>>::try_into_string(response).await?;
    if status >= 400 {
        return Err(value(&text).unwrap_or_else(|error| error));
    }
    if leads {
        // Who looks or where they are has changed: nothing that the page has in memory counts any more.
        super::layout::load(&to);
    }
    Ok(text)
}

/// While a page is rendered nobody presses a button.
#[cfg(feature = "ssr")]
async fn post(_: &'static str, _: Fields) -> Result<String, AppError> {
    Err(AppError::unreadable())
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_are_written_as_a_form_would() {
        assert_eq!(
            fields(&[("tenant", "ten_1"), ("payload", "{\"a\": \"&\"}")]),
            "tenant=ten_1&payload=%7B%22a%22%3A+%22%26%22%7D"
        );
        assert_eq!(fields(&[]), "");
    }
}
