//! `tenantry org`: settings of an organization.

use clap::Subcommand;
use serde_json::json;
use tenantry_domain::tenancy;
use tenantry_kernel::{Problem, operator::OrganizationSettings};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with an organization.
#[derive(Debug, Subcommand)]
pub enum OrgCommand {
    /// Change settings.
    Set {
        /// The organization, by id or slug.
        org: String,
        /// Whose midnight begins its day of API calls, such as Europe/Berlin. What was counted today is not carried over.
        #[arg(long, value_name = "ZONE")]
        time_zone: String,
    },
}

/// Does what the command says.
pub(crate) async fn obey(command: OrgCommand, open: &Open<'_>) -> Result<(), OperateError> {
    let OrgCommand::Set { org, time_zone } = command;
    let organization = open.organization(&org).await?;
    let scope = open.operator.in_organization(&organization);
    tenancy::set_time_zone(open.services, &scope, &time_zone).await.map_err(Problem::from)?;
    let time_zone = tenancy::time_zone(open.services, &scope).await?;
    let settings = OrganizationSettings { organization: organization.summary, time_zone };
    let text = || format!("{}: days of {}", settings.organization.slug, settings.time_zone);
    output::print(open.json, &json!({"organization": settings}), text)?;
    Ok(())
}
