//! `tenantry org`: an organization and its settings.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use tenantry_domain::tenancy;
use tenantry_kernel::{Problem, requests::OrganizationChange, tenancy::OrganizationSettings};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with an organization.
#[derive(Debug, Subcommand)]
pub enum OrgCommand {
    /// Show what it is called, by which name it is called here, and its settings.
    Show {
        /// The organization, by id or slug.
        org: String,
    },
    /// Change settings; what is not named stays.
    Set(SetArgs),
}

/// Which settings.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("setting").args(["name", "slug", "time_zone"]).required(true).multiple(true)))]
pub struct SetArgs {
    /// The organization, by id or slug.
    pub org: String,
    /// What it is called.
    #[arg(long)]
    pub name: Option<String>,
    /// The name by which programs and commands call it. The old one is anybody's at once; workspaces keep their own.
    #[arg(long)]
    pub slug: Option<String>,
    /// Whose midnight begins its day of API calls, such as Europe/Berlin. The day that runs goes on to the first midnight there at
    /// or after its end.
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
}

/// Does what the command says.
pub(crate) async fn obey(command: OrgCommand, open: &Open<'_>) -> Result<(), OperateError> {
    let organization = match command {
        OrgCommand::Show { org } => {
            let organization = open.organization(&org).await?;
            tenancy::settings(open.services, &open.operator.in_organization(&organization)).await?
        }
        OrgCommand::Set(SetArgs { org, name, slug, time_zone }) => {
            let organization = open.organization(&org).await?;
            let change = OrganizationChange { name, slug, time_zone };
            let scope = open.operator.in_organization(&organization);
            tenancy::change_settings(open.services, &scope, &change).await.map_err(Problem::from)?
        }
    };
    output::print(open.json, &json!({"organization": organization}), || text(&organization))?;
    Ok(())
}

fn text(organization: &OrganizationSettings) -> String {
    let OrganizationSettings { id, name, slug, plan, time_zone, created_at } = organization;
    format!("{name} ({slug}), plan {plan}, days of {time_zone}, {id}, made {created_at}")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Command, operate::OperateCommand};

    fn set(line: &str) -> Result<SetArgs, clap::Error> {
        let cli = Cli::try_parse_from(line.split_whitespace())?;
        match cli.command {
            Command::Operate(OperateCommand::Org(OrgCommand::Set(args))) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_named_stays_and_nothing_is_no_change() {
        let args = set("tenantry org set acme --slug meridian").expect("right");
        assert_eq!((args.name, args.slug.as_deref(), args.time_zone), (None, Some("meridian"), None));
        let args = set("tenantry org set acme --time-zone UTC --name Meridian").expect("right");
        assert_eq!((args.name.as_deref(), args.time_zone.as_deref()), (Some("Meridian"), Some("UTC")));
        let nothing = set("tenantry org set acme").expect_err("nothing");
        assert_eq!(nothing.exit_code(), 2);
        for setting in ["--name", "--slug", "--time-zone"] {
            assert!(nothing.to_string().contains(setting), "{nothing}");
        }
    }
}
