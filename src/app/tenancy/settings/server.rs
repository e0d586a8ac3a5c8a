//! Turning what the form of settings sends into what the verb takes, and what it answers into what the page shows.

use tenantry_domain::{
    Services,
    access::{OrgScope, Place, permit::OrganizationRead},
    tenancy::{self, OrganizationChange},
};
use tenantry_kernel::{Permission, tenancy::OrganizationSettings};

use super::api::SettingsSheet;
use crate::app::{error::AppError, when};

/// The page, after a form without a script was saved.
pub const SAVED: &str = "/settings?saved=yes";

/// Settings, with the zones for who may choose one.
pub async fn sheet(
    services: &Services,
    scope: &OrgScope<OrganizationRead>,
    place: &Place,
) -> Result<SettingsSheet, AppError> {
    let OrganizationSettings { id, name, slug, time_zone, created_at, .. } = tenancy::settings(services, scope).await?;
    let zones = match place.standing().may(Permission::OrganizationManage) {
        true => tenancy::time_zones(services).await?,
        false => Vec::new(),
    };
    let host = services.settings.tenant_link(&place.tenant_slug, "");
    Ok(SettingsSheet { id: id.to_string(), name, slug, time_zone, made: when::date(created_at), host, zones })
}

/// What differs, as a change: name, slug and time zone, each with what the form began with.
pub fn change(fields: [(String, String); 3]) -> OrganizationChange {
    let [name, slug, time_zone] = fields.map(|(now, was)| (now != was).then_some(now));
    // A choice out of a list may bring a space behind it.
    let time_zone = time_zone.map(|zone| zone.trim().to_owned());
    OrganizationChange { name, slug, time_zone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed() {
        let pairs = [("Acme", "Acme"), ("acme", "acme-inc"), ("UTC ", "Europe/Berlin")];
        let change = change(pairs.map(|(now, was)| (now.to_owned(), was.to_owned())));
        let expected = OrganizationChange { name: None, slug: Some("acme".into()), time_zone: Some("UTC".into()) };
        assert_eq!(change, expected);
    }
}
