//! What a page begins with. The server finds it out before it renders, and writes it into the page for the browser, so
//! that both render the same.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tenantry_kernel::{
    OrganizationId,
    tenancy::{TenantContextView, UserView},
    usage::UsageView,
};

use super::flash::Flash;
use crate::app::error::AppError;

/// How many organizations a page carries; the switcher asks for the others when it is opened.
pub const ORGANIZATIONS_AT_START: usize = 50;

/// An organization in the switcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRow {
    /// The organization's id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its part of an address.
    pub slug: String,
    /// The id of the plan that it holds.
    pub plan: String,
    /// The address of its workspace, where one goes there instead of switching.
    pub address: Option<String>,
}

/// All that pages show of where one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The place and what may be done there.
    pub context: TenantContextView,
    /// What is used.
    pub usage: UsageView,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The person.
    pub user: UserView,
    /// Their organizations by name, the first [`ORGANIZATIONS_AT_START`].
    pub organizations: Vec<OrganizationRow>,
    /// How many there are.
    pub organization_count: usize,
    /// Where they are; `None` while they have no organization.
    pub home: Option<Home>,
}

/// What a page begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Who looks; `None` for somebody who is not signed in.
    pub session: Option<Session>,
    /// What came back from a form that was posted without a script.
    pub flash: Option<Flash>,
    /// Why the rest could not be found out.
    pub problem: Option<AppError>,
    /// The installation's address, without a slash at the end.
    pub public_url: String,
    /// The page stands at a tenant's own host.
    pub at_tenants_host: bool,
}

/// An address of the main host: as it is where the page stands there.
pub fn at_main_host(path: &str) -> String {
    use_start().with_value(|start| match start.at_tenants_host {
        true => format!("{}{path}", start.public_url),
        false => path.to_owned(),
    })
}

impl Start {
    /// Where a signed-in person belongs first.
    pub fn first_page(&self) -> &'static str {
        match self.session.as_ref().map(|session| session.home.is_some()) {
            Some(true) => "/dashboard",
            Some(false) => "/onboarding/welcome",
            None => "/sign-in",
        }
    }
}

/// What this page began with.
pub fn use_start() -> StoredValue<Start> {
    use_context().unwrap_or_else(|| StoredValue::new(Start::default()))
}

/// Who is signed in, for pages that only they see.
pub fn use_session() -> Option<Session> {
    use_start().with_value(|start| start.session.clone())
}
