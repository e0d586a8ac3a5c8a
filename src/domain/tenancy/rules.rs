//! What makes a right organization, decided without a database.

use tenantry_kernel::{
    FieldError, MemberId, OrganizationId, Role, TenantId, UserId,
    plan::{FREE, Held, Plan},
    quota::Terms,
    requests::{CreateOrganization, SwitchTo},
    text::{Name, Slug},
};

use crate::{
    Services,
    access::{Destination, OrganizationRef, Principal},
    billing::first_anchor,
};

/// A right wish for an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: Name,
    pub plan: String,
    pub slug: Option<Slug>,
}

/// Reads a wish off a request; names every field that is out of bounds.
pub(super) fn parse_wish(request: &CreateOrganization) -> Result<Wish, Vec<FieldError>> {
    let name = Name::parse("name", &request.name);
    let slug =
        request.slug.as_deref().filter(|slug| !slug.is_empty()).map(|slug| Slug::parse("slug", slug)).transpose();
    let plan = request.plan.as_deref().filter(|plan| !plan.is_empty()).unwrap_or(FREE).to_owned();
    match (name, slug) {
        (Ok(name), Ok(slug)) => Ok(Wish { name, plan, slug }),
        (name, slug) => Err([name.err(), slug.err()].into_iter().flatten().collect()),
    }
}

/// Reads where to act from a request. What can be neither id nor slug names nothing, like the id of a stranger's.
pub(super) fn parse_switch(request: &SwitchTo) -> Result<(Option<OrganizationRef>, Destination), Vec<FieldError>> {
    if request.organization.is_empty() {
        return Err(vec![FieldError::new("organization", "REQUIRED", "Name the organization by id or slug.")]);
    }
    let tenant = request.tenant.as_deref().filter(|tenant| !tenant.is_empty());
    Ok((OrganizationRef::parse(&request.organization), tenant.map_or(Destination::Current, Destination::parse)))
}

/// An organization that is about to be made: every value of its first rows but the time.
#[derive(Clone, Debug)]
pub(super) struct Founding {
    pub organization: OrganizationId,
    pub tenant: TenantId,
    pub member: MemberId,
    pub user: UserId,
    pub name: String,
    pub slug: Slug,
    pub tenant_slug: Slug,
    pub held: Held,
}

impl Founding {
    /// `attempt` counts slugs that were suggested and found taken; from the second on a tail of chance is added. The
    /// tenant's slug is the organization's; where a person chose the organization's, a tail may still tell them apart.
    pub fn new(services: &Services, principal: &Principal, wish: &Wish, plan: &Plan, attempt: u32) -> Self {
        let tail = tail(services);
        let suggested = || Slug::suggest(wish.name.as_str(), (attempt > 0).then_some(tail.as_str()));
        let slug = wish.slug.clone().unwrap_or_else(suggested);
        Self {
            organization: services.new_id(),
            tenant: services.new_id(),
            member: services.new_id(),
            user: principal.user.id,
            name: wish.name.to_string(),
            tenant_slug: slug.clone(),
            slug,
            held: Held {
                plan: plan.id.clone(),
                version: plan.version,
                anchor: first_anchor(plan, services.clock.now()),
                expires_at: None,
                terms: Terms::default(),
            },
        }
    }
}

/// Five characters of chance, for a slug that is taken.
fn tail(services: &Services) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    services.entropy.bytes::<5>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// What a built-in role is called.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Operator => "Operator",
        Role::Admin => "Admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_out_of_bounds_is_named() {
        let request = CreateOrganization { name: " ".into(), plan: None, slug: Some("-x".into()) };
        let fields: Vec<_> = parse_wish(&request).expect_err("refused").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "slug"]);
    }

    #[test]
    fn an_empty_field_of_a_form_is_none() {
        let request = CreateOrganization { name: "Acme".into(), plan: Some(String::new()), slug: Some(String::new()) };
        let wish = parse_wish(&request).expect("right");
        assert_eq!((wish.plan.as_str(), wish.slug), (FREE, None));
    }

    #[test]
    fn what_is_no_id_and_no_slug_names_nothing() {
        let request = SwitchTo { organization: "Not A Slug".into(), tenant: None };
        assert_eq!(parse_switch(&request), Ok((None, Destination::Current)));
        let request = SwitchTo { organization: "acme".into(), tenant: Some("??".into()) };
        assert_eq!(parse_switch(&request).expect("parsed").1, Destination::Nowhere);
    }
}
