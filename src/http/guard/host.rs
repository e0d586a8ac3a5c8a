//! The host guard: a name that is not ours gets nothing, so a page of ours never answers under somebody else's name. One
//! that is ours is the main host's or a tenant's; which, the request carries from then on.

use axum::{
    extract::{FromRequestParts, Request},
    http::{header, request::Parts},
};
use tenantry_domain::{Settings, access::Host};
use tenantry_kernel::Problem;

use crate::{App, problem::ApiError};

/// Lets through the public address' host, loopback names and tenants' hosts.
///
/// # Errors
/// A name that is not ours: there is nothing here.
pub fn own_host(settings: &Settings, request: &mut Request) -> Result<(), Problem> {
    let name = request.uri().host().or_else(|| host_header(request));
    let host = whose(settings, name).ok_or_else(Problem::not_found)?;
    request.extensions_mut().insert(host);
    Ok(())
}

/// The host that a request came to, as the guard has found out.
#[must_use]
pub fn host_of(parts: &Parts) -> &Host {
    // Where no guard stood, a tenant's host is out of reach.
    parts.extensions.get().unwrap_or(&Host::Main)
}

/// A request to the main host: people sign up and in there alone, and a tenant's host is handed what it needs.
pub struct AtMainHost;

impl FromRequestParts<App> for AtMainHost {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(main_host(&app.services.settings, parts).map(|()| Self)?)
    }
}

/// Refuses what is for the main host alone.
///
/// # Errors
/// At a tenant's host there is no such thing; whether the tenant exists makes no difference.
pub fn main_host(settings: &Settings, parts: &Parts) -> Result<(), Problem> {
    match host_of(parts) {
        Host::Main => Ok(()),
        Host::Tenant(_) => Err(Problem::not_found().with_fix(format!("Do this at {}.", settings.link("")))),
    }
}

/// Whose a name is; `None` for a name that is not ours. A request without one came to the main host.
fn whose(settings: &Settings, name: Option<&str>) -> Option<Host> {
    let Some(name) = name else { return Some(Host::Main) };
    let public = settings.public_url.host_str();
    if is_loopback(name) || public.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
        return Some(Host::Main);
    }
    settings.tenants_host(name)
}

/// The header's name without its port; what is no host at all is some other host.
fn host_header(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::HOST)?.to_str().unwrap_or_default();
    let (name, port) = match value.rsplit_once(':') {
        // Of an address in brackets the last colon may be its own.
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (value, ""),
    };
    let plain = port.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains(['@', '/', '?', '#']);
    Some(if plain { name } else { "" })
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
    fn the_public_addresss_name_and_loopback_names_are_the_main_hosts() {
        let settings = Settings {
            base_domain: Some("example.com".into()),
            ..Settings::new("https://console.example.com".parse().expect("an address"))
        };
        let whose = |name| whose(&settings, Some(name));
        for name in ["console.example.com", "Console.Example.com", "localhost", "127.0.0.1"] {
            assert_eq!(whose(name), Some(Host::Main), "{name}");
        }
        assert!(matches!(whose("acme.example.com"), Some(Host::Tenant(slug)) if slug.as_str() == "acme"));
        for name in ["example.com", "acme.localhost", "a.b.example.com", "evil.example", ""] {
            assert_eq!(whose(name), None, "{name}");
        }
    }

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
