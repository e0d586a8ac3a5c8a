//! The built-in tools.

mod http_request;

use crate::Services;

/// Runs a built-in tool: its result as JSON text, or why it failed.
pub(super) async fn run(services: &Services, tool: &str, payload: String) -> Result<String, String> {
    match tool {
        // The payload is JSON text, and so is the result.
        "echo" => Ok(payload),
        "http-request" => http_request::run(&services.outbound, &payload).await,
        other => Err(format!("There is no built-in tool called {other} in this version.")),
    }
}
