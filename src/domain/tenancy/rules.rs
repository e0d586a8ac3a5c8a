//! What makes a right organization, decided without a database.

use serde::Deserialize;
use tenantry_kernel::{
    FieldError, MemberId, OrganizationId, Role, TenantId, UserId,
    plan::{FREE, Held, Plan},
    text::{Name, Slug},
};

use crate::{
    Services,
    access::{Destination, OrganizationRef, Principal},
    billing::first_anchor,
};

/// What a person sends to make an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct CreateOrganization {
    /// What it is called.
    pub name: String,
    /// The plan's id; Free where none is named.
    pub plan: Option<String>,
    /// Its part of an address; one is made from the name where none is named.
    pub slug: Option<String>,
}

/// The same, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: Name,
    pub plan: String,
    pub slug: Option<Slug>,
}

impl CreateOrganization {
    /// Checks the fields, before anything is looked up.
    ///
    /// # Errors
    /// Every field that is out of bounds.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        self.parse().map(|_| ())
    }

    pub(super) fn parse(&self) -> Result<Wish, Vec<FieldError>> {
        let name = Name::parse("name", &self.name);
        let slug = self.slug.as_deref().filter(|slug| !slug.is_empty()).map(|slug| Slug::parse("slug", slug)).transpose();
        let plan = self.plan.as_deref().filter(|plan| !plan.is_empty()).unwrap_or(FREE).to_owned();
        match (name, slug) {
            (Ok(name), Ok(slug)) => Ok(Wish { name, plan, slug }),
            (name, slug) => Err([name.err(), slug.err()].into_iter().flatten().collect()),
        }
    }
}

/// What a person sends to act elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SwitchTo {
    /// The organization, by id or slug.
    pub organization: String,
    /// The workspace, by id or slug; the first one where none is named.
    pub tenant: Option<String>,
}

impl SwitchTo {
    /// What can be neither id nor slug names nothing, like the id of a stranger's.
    pub(super) fn parse(&self) -> Result<(Option<OrganizationRef>, Destination), Vec<FieldError>> {
        if self.organization.is_empty() {
            return Err(vec![FieldError::new("organization", "REQUIRED", "Name the organization by id or slug.")]);
        }
        let tenant = self.tenant.as_deref().filter(|tenant| !tenant.is_empty());
        Ok((OrganizationRef::parse(&self.organization), tenant.map_or(Destination::Current, Destination::parse)))
    }
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
        let fields: Vec<_> = request.parse().expect_err("refused").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "slug"]);
    }

    #[test]
    fn an_empty_field_of_a_form_is_none() {
        let request = CreateOrganization { name: "Acme".into(), plan: Some(String::new()), slug: Some(String::new()) };
        let wish = request.parse().expect("right");
        assert_eq!((wish.plan.as_str(), wish.slug), (FREE, None));
    }

    #[test]
    fn what_is_no_id_and_no_slug_names_nothing() {
        let request = SwitchTo { organization: "Not A Slug".into(), tenant: None };
        assert_eq!(request.parse(), Ok((None, Destination::Current)));
        let request = SwitchTo { organization: "acme".into(), tenant: Some("??".into()) };
        assert_eq!(request.parse().expect("parsed").1, Destination::Nowhere);
    }
}
