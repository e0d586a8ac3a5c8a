//! Whose host a request came to: the installation's own, or a tenant's.
//!
//! A tenant's host is `<slug>.<base domain>`. Every slug has one, so a name tells nothing of whether its tenant exists.

use sqlx::PgConnection;
use tenantry_kernel::{TenantId, text::Slug};

use super::{
    AccessError, Destination,
    sql::{self, FoundSession},
};
use crate::Settings;

/// Whose host a request came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Host {
    /// The installation's own, where people sign in and go from one tenant to another.
    #[default]
    Main,
    /// That of the tenant with this slug, if there is one.
    Tenant(Slug),
}

impl Settings {
    /// The tenant's host that has this name, without a port; `None` for a name that can be no tenant's.
    #[must_use]
    pub fn tenants_host(&self, name: &str) -> Option<Host> {
        let base = self.base_domain.as_deref()?;
        let name = name.to_ascii_lowercase();
        let label = name.strip_suffix(base)?.strip_suffix('.')?;
        Slug::parse("host", label).ok().map(Host::Tenant)
    }

    /// The address of a path on a tenant's own host, with the public address' scheme and port; `None` where tenants have no
    /// hosts.
    #[must_use]
    pub fn tenant_link(&self, slug: &str, path: &str) -> Option<String> {
        let base = self.base_domain.as_deref()?;
        let port = self.public_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{slug}.{base}{port}{path}", self.public_url.scheme()))
    }

    /// Has the installation itself the name that a tenant with this slug would have?
    #[must_use]
    pub fn is_own_name(&self, slug: &Slug) -> bool {
        let own = self.public_url.host_str().and_then(|name| self.tenants_host(name));
        own.is_some_and(|own| own == Host::Tenant(slug.clone()))
    }
}

/// At a tenant's host that tenant may be named and no other; the answer is its id. What the caller does not belong to is
/// missing, before anything is compared.
///
/// # Errors
/// [`AccessError::NotFound`], or [`AccessError::Mismatch`] for another tenant of theirs.
pub(super) async fn agree(
    connection: &mut PgConnection,
    found: &FoundSession,
    destination: &Destination,
) -> Result<TenantId, AccessError> {
    let here = found.place.as_ref().ok_or(AccessError::NotFound)?;
    let (id, slug) = match destination {
        Destination::Current => return Ok(here.tenant),
        Destination::Nowhere => return Err(AccessError::NotFound),
        Destination::Id(id) if *id == here.tenant => return Ok(here.tenant),
        Destination::Slug(slug) if slug.as_str() == here.tenant_slug => return Ok(here.tenant),
        Destination::Id(id) => (Some(*id), None),
        Destination::Slug(slug) => (None, Some(slug.as_str())),
    };
    match sql::locate(connection, found.user.id, id, slug, None, None).await? {
        None => Err(AccessError::NotFound),
        Some(_) => Err(AccessError::Mismatch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public_url: &str, base_domain: Option<&str>) -> Settings {
        let base_domain = base_domain.map(str::to_owned);
        Settings { base_domain, ..Settings::new(public_url.parse().expect("an address")) }
    }

    #[test]
    fn one_label_before_the_base_domain_is_a_tenants_host() {
        let settings = settings("https://app.example.com", Some("example.com"));
        let slug = |name: &str| match settings.tenants_host(name) {
            Some(Host::Tenant(slug)) => slug.to_string(),
            _ => String::new(),
        };
        for name in ["acme.example.com", "ACME.Example.COM"] {
            assert_eq!(slug(name), "acme", "{name}");
        }
        for name in [
            "example.com",
            ".example.com",
            "acmeexample.com",
            "a.acme.example.com",
            "acme.example.com.",
            "acme.example.com.evil.example",
            "www.example.com",
            "ab.example.com",
            "-acme.example.com",
            "ac_me.example.com",
            "",
        ] {
            assert_eq!(slug(name), "", "{name}");
        }
        assert_eq!(self::settings("https://example.com", None).tenants_host("acme.example.com"), None);
    }

    #[test]
    fn a_tenants_address_has_the_public_ones_scheme_and_port() {
        let link = |url, base| settings(url, Some(base)).tenant_link("acme", "/x");
        assert_eq!(link("https://example.com", "example.com").as_deref(), Some("https://acme.example.com/x"));
        assert_eq!(link("http://127.0.0.1:3000", "localhost").as_deref(), Some("http://acme.localhost:3000/x"));
        assert_eq!(settings("https://example.com", None).tenant_link("acme", "/x"), None);
    }

    #[test]
    fn the_installations_own_name_is_no_tenants() {
        let settings = settings("https://console.example.com", Some("example.com"));
        let is_own = |slug| settings.is_own_name(&Slug::parse("slug", slug).expect("a slug"));
        assert!(is_own("console"));
        assert!(!is_own("acme"));
    }
}
