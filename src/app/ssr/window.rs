//! Which tenant a window stands in, where no script remembers it. A form names the tenant of its page; where another window
//! has switched the session meanwhile, the page that comes next says in its address that it stays.

use axum::http::{Uri, request::Parts};
use tenantry_domain::access::Destination;
use tenantry_http::{App, guard, paths::own_path};

/// The field of forms and the part of an address that name the tenant.
const TENANT: &str = "tenant";

/// The tenant that a page's address names.
pub fn named(uri: &Uri) -> Destination {
    uri.query().and_then(tenant_in).map_or(Destination::Current, |tenant| Destination::parse(&tenant))
}

/// A page's address that names no tenant, for a form that acts in none: a switch would otherwise lead back to before it.
pub fn anywhere(page: &str) -> String {
    address(page, None)
}

/// Where a form is led, as an address in the tenant that the form acted in, if it acts in one.
pub async fn stay(app: &App, parts: &Parts, form: &[u8], to: String) -> String {
    let tenant = std::str::from_utf8(form).ok().and_then(tenant_in);
    let Some(tenant) = tenant.filter(|_| own_path(&to)) else { return to };
    let by_itself = stands_in(app, parts, &tenant).await;
    address(&to, (!by_itself).then_some(&tenant))
}

/// Would the next page stand in the tenant by itself? Where nobody can tell, it says so in its address.
async fn stands_in(app: &App, parts: &Parts, tenant: &str) -> bool {
    let visitor = guard::visitor(&app.services, parts, &Destination::Current).await;
    let place = visitor.ok().and_then(|visitor| visitor.place);
    place.is_some_and(|place| place.tenant.to_string() == tenant || place.tenant_slug == tenant)
}

fn tenant_in(fields: &str) -> Option<String> {
    let found = url::form_urlencoded::parse(fields.as_bytes()).find(|(name, _)| name == TENANT)?;
    Some(found.1.into_owned()).filter(|tenant| !tenant.is_empty())
}

/// A path with its query, naming this tenant and no other.
fn address(to: &str, tenant: Option<&str>) -> String {
    let (path, query) = to.split_once('?').unwrap_or((to, ""));
    let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != TENANT);
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(kept);
    if let Some(tenant) = tenant {
        pairs.append_pair(TENANT, tenant);
    }
    let query = pairs.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_tenant_or_none() {
        assert_eq!(address("/jobs/job_1", None), "/jobs/job_1");
        assert_eq!(address("/jobs/job_1", Some("acme")), "/jobs/job_1?tenant=acme");
        assert_eq!(address("/plans?tenant=globex&a=b", Some("acme")), "/plans?a=b&tenant=acme");
        assert_eq!(address("/plans?tenant=globex", None), "/plans");
        assert_eq!(address("/sign-in?next=%2Fplans", None), "/sign-in?next=%2Fplans");
    }

    #[test]
    fn a_page_stands_where_its_address_says() {
        let named = |uri: &str| named(&uri.parse().expect("an address"));
        assert_eq!(named("/plans"), Destination::Current);
        assert_eq!(named("/plans?tenant="), Destination::Current);
        assert_eq!(named("/plans?tenant=acme"), Destination::parse("acme"));
        assert_eq!(named("/plans?tenant=No%20Slug"), Destination::Nowhere);
    }
}
