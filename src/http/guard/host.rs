//! The host guard: a name that is not ours gets nothing, so a page of ours never answers under somebody else's name.

use axum::{
    extract::{Request, State},
    http::{Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tenantry_kernel::Problem;

use crate::{App, problem::ApiError};

/// Lets through the public address' host and loopback names.
pub async fn own_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request.uri().host().map(str::to_owned).or_else(|| host_header(&request));
    let public = app.services.settings.public_url.host_str();
    if host.is_none_or(|host| is_loopback(&host) || public.is_some_and(|own| own.eq_ignore_ascii_case(&host))) {
        return next.run(request).await;
    }
    ApiError(Problem::not_found()).into_response()
}

/// The header's name without its port; what is no host at all is some other host.
fn host_header(request: &Request) -> Option<String> {
    let value = request.headers().get(header::HOST)?;
    let authority = value.to_str().ok().and_then(|text| Uri::try_from(text).ok());
    Some(authority.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default())
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_several_names() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.com", "127.0.0.1.example.com", "10.0.0.1", "localhost.example.com"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
