//! `tenantry billing`: what an organization has used.

use std::fmt::Write as _;

use clap::Subcommand;
use serde::Serialize;
use tenantry_domain::{access::permit::UsageRead, metering};
use tenantry_kernel::{metering::MeterSum, usage::UsageView};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be asked.
#[derive(Debug, Subcommand)]
pub enum BillingCommand {
    /// What the organization has used, of how much, until when: what its own dashboard shows.
    Usage {
        /// The organization, by id or slug.
        org: String,
    },
}

/// Does what the command says.
pub(crate) async fn obey(command: BillingCommand, open: &Open<'_>) -> Result<(), OperateError> {
    let BillingCommand::Usage { org } = command;
    let organization = open.organization(&org).await?;
    let scope = open.operator.in_organization::<UsageRead>(&organization);
    let usage = metering::usage(open.services, &scope).await?;
    let view = BillingUsage { usage, meters: metering::sums(open.services, &scope).await? };
    output::print(open.json, &view, || text(&view))?;
    Ok(())
}

/// What the dashboard shows, and what every meter holds in the period.
#[derive(Serialize)]
struct BillingUsage {
    #[serde(flatten)]
    usage: UsageView,
    meters: Vec<MeterSum>,
}

fn text(view: &BillingUsage) -> String {
    let BillingUsage { usage: view, meters } = view;
    let of = |limit: Option<u64>| limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
    let (month, calls) = (&view.dispatches, &view.api_calls);
    let mut text = format!("plan {}, {} to {}", view.plan, view.period.start, view.period.end);
    let lines = [
        ("dispatches", month.used, month.limit),
        ("concurrent", view.concurrent.used, view.concurrent.limit),
        ("api_calls", calls.used, calls.limit),
        ("storage_bytes", view.storage_bytes.used, view.storage_bytes.limit),
    ];
    // Writing into a text cannot fail.
    for (meter, used, limit) in lines {
        let _ = write!(text, "\n{meter:<14} {used}{}", of(limit));
    }
    for (meter, overage) in [("dispatches", month.overage), ("api_calls", calls.overage)] {
        if overage > 0 {
            let _ = write!(text, "\n{meter:<14} {overage} beyond the limit");
        }
    }
    for tool in &view.by_tool {
        let _ = write!(text, "\n    {} {}", tool.tool, tool.dispatches);
    }
    for sum in meters {
        let _ = write!(text, "\nmeter {} {}", sum.meter, sum.value);
    }
    text
}
