//! `tenantry usage`: an organization's meters, their sums over time, and whether the sums are what was recorded.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use tenantry_domain::{
    access::permit::UsageRead,
    metering::{self, RollupsView, SeriesQuery},
};
use tenantry_kernel::{
    Code, Problem,
    metering::{GroupBy, Step, UsageSeries},
};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be asked.
#[derive(Debug, Subcommand)]
pub enum UsageCommand {
    /// What is metered of the organization.
    Meters {
        /// The organization, by id or slug.
        org: String,
    },
    /// The sums of one meter over time.
    Series(SeriesArgs),
    /// Compare every sum with what was recorded; exit code 1 where one is wrong.
    Check {
        /// The organization, by id or slug.
        org: String,
    },
    /// Make every sum anew out of what was recorded.
    Rebuild {
        /// The organization, by id or slug.
        org: String,
    },
}

/// Which sums.
#[derive(Debug, Args)]
pub struct SeriesArgs {
    /// The organization, by id or slug.
    pub org: String,
    /// What was counted, such as dispatches.
    #[arg(long)]
    pub meter: String,
    /// From when: a time, or a day of the organization.
    #[arg(long, value_name = "TIME|DAY")]
    pub from: Option<String>,
    /// Until when, itself excluded.
    #[arg(long, value_name = "TIME|DAY")]
    pub to: Option<String>,
    /// What one line sums: hour, day, week or month.
    #[arg(long, default_value = "day")]
    pub step: Step,
    /// What lines are told apart by: tool, member, key or tenant.
    #[arg(long)]
    pub group_by: Option<GroupBy>,
    /// One group alone, such as tool:echo or key:key_….
    #[arg(long, value_name = "KIND:ID")]
    pub of: Option<String>,
}

/// Does what the command says.
pub(crate) async fn obey(command: UsageCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        UsageCommand::Meters { org } => {
            let organization = open.organization(&org).await?;
            let scope = open.operator.in_organization::<UsageRead>(&organization);
            let view = metering::meters(open.services, &scope).await?;
            let names = || view.data.iter().map(|meter| meter.meter.as_str()).collect::<Vec<_>>().join("\n");
            output::print(open.json, &view, names)?;
        }
        UsageCommand::Series(args) => {
            let organization = open.organization(&args.org).await?;
            let scope = open.operator.in_organization::<UsageRead>(&organization);
            let query = SeriesQuery {
                meter: Some(args.meter),
                from: args.from,
                to: args.to,
                step: Some(args.step.to_string()),
                group_by: args.group_by.map(|group| group.to_string()),
                of: args.of,
            };
            let view = metering::series(open.services, &scope, &query).await.map_err(Problem::from)?;
            output::print(open.json, &view, || text(&view))?;
        }
        UsageCommand::Check { org } => {
            let organization = open.organization(&org).await?;
            let view = metering::check(open.services, &open.operator.in_organization(&organization)).await;
            let view = view.map_err(Problem::from)?;
            output::print(open.json, &view, || said(&view, "wrong"))?;
            if view.wrong > 0 {
                return Err(Problem::new(Code::Internal, "Sums differ from what was recorded; rebuild them.").into());
            }
        }
        UsageCommand::Rebuild { org } => {
            let organization = open.organization(&org).await?;
            let view = metering::rebuild(open.services, &open.operator.in_organization(&organization)).await;
            let view = view.map_err(Problem::from)?;
            output::print(open.json, &view, || said(&view, "put right"))?;
        }
    }
    Ok(())
}

fn said(view: &RollupsView, what: &str) -> String {
    format!("{} sums, {} {what}", view.rollups, view.wrong)
}

fn text(view: &UsageSeries) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    for point in &view.data {
        let group = point.group.as_deref().map(|group| format!(" {group}")).unwrap_or_default();
        let _ = writeln!(text, "{} {}{group}", point.start, point.value);
    }
    text.trim_end().to_owned()
}
