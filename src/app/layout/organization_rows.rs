//! The reader's organizations, for whoever lists them.

use leptos::prelude::*;

use crate::app::context::{OrganizationRow, use_session, use_tenant};

/// Those that the page brought, and how many there are. The one of the page is called what it is called now, whoever has
/// changed that.
pub fn known() -> (RwSignal<Vec<OrganizationRow>>, usize) {
    let (first, count) =
        use_session().map(|session| (session.organizations, session.organization_count)).unwrap_or_default();
    let rows = RwSignal::new(first);
    let tenant = use_tenant();
    let here = Memo::new(move |_| tenant.organization());
    Effect::new(move |_| {
        let now = here.get();
        rows.maybe_update(|rows| match rows.iter_mut().find(|row| row.id == now.id) {
            Some(row) if row.name != now.name || row.slug != now.slug => {
                (row.name, row.slug) = (now.name, now.slug);
                true
            }
            _ => false,
        });
    });
    (rows, count)
}
