//! Server functions of places.

use leptos::prelude::*;

use crate::app::{
    context::{Home, OrganizationRow},
    error::AppError,
};

/// All that pages show of a tenant.
#[server(prefix = "/api/rpc", endpoint = "tenancy/home")]
pub async fn read_home(#[server(default)] tenant: String) -> Result<Home, AppError> {
    use crate::app::server;

    let visitor = server::visitor(&tenant).await?;
    server::home(&server::services()?, &visitor).await
}

/// Every organization of the person.
#[server(prefix = "/api/rpc", endpoint = "tenancy/organizations")]
pub async fn list_organizations() -> Result<Vec<OrganizationRow>, AppError> {
    use crate::app::server;
    use tenantry_domain::tenancy;
    use tenantry_http::guard::host_of;

    let visitor = server::visitor("").await?;
    let services = server::services()?;
    let view = tenancy::organizations(&services, &visitor).await?;
    Ok(server::rows(&services.settings, host_of(&server::parts()?), view.organizations))
}

/// Lets the session act in another organization, by id or address, from now on. A form without a script stays on its page,
/// which then shows the other one.
#[server(prefix = "/api/rpc", endpoint = "tenancy/switch")]
pub async fn switch_organization(#[server(default)] organization: String) -> Result<Home, AppError> {
    use crate::app::server;
    use tenantry_domain::tenancy::{self, SwitchTo};

    let visitor = server::visitor("").await?;
    let services = server::services()?;
    let to = SwitchTo { organization: organization.trim().to_owned(), tenant: None };
    let context = tenancy::switch(&services, &visitor.principal, &to).await?;
    let there = server::visitor(&context.tenant.id.to_string()).await?;
    server::home(&services, &there).await
}
