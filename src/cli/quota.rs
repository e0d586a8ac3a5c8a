//! `tenantry quota`: limits of an organization, and what was agreed instead of its plan's.

use std::{fmt::Write as _, str::FromStr};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::json;
use tenantry_domain::metering::quota;
use tenantry_kernel::{
    FieldError, Problem,
    metering::{Quantity, is_sendable},
    operator::{EventMeterView, MeterView, OverrideView, QuotaStatusView, SetOverride},
    quota::{Beyond, EventLimit, Every, Meter, Mode, Override},
};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with quotas.
#[derive(Debug, Subcommand)]
pub enum QuotaCommand {
    /// What counts for the organization, meter by meter, and why.
    Status {
        /// The organization, by id or slug.
        org: String,
    },
    /// Give the organization a limit that beats its plan's.
    Set(SetArgs),
    /// Take such a limit back: the plan counts again.
    Clear {
        /// The organization, by id or slug.
        org: String,
        /// What is limited: dispatches, concurrent, api_calls, storage_bytes, or what events count.
        #[arg(long)]
        meter: Limited,
    },
}

/// A limit that beats the plan's.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The organization, by id or slug.
    pub org: String,
    /// What is limited: dispatches, concurrent, api_calls, storage_bytes, or what events count, such as images.rendered.
    #[arg(long)]
    pub meter: Limited,
    /// When a limit on what events count starts anew: with the billing month, which is meant where nothing is said, or with
    /// the organization's day.
    #[arg(long, value_name = "month|day")]
    pub every: Option<Every>,
    /// How much, or unlimited; 0 forbids it.
    #[arg(long, value_name = "NUMBER|unlimited")]
    pub limit: Limit,
    /// What happens beyond it: hard (refused), soft (allowed and marked) or soft_capped (the same up to the cap).
    #[arg(long, default_value = "hard")]
    pub mode: Mode,
    /// How far a soft_capped limit may be passed, counted from 0 as the limit is.
    #[arg(long, value_name = "NUMBER")]
    pub cap: Option<u64>,
    /// From then on the plan counts again, such as 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why, for whoever reads it later.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// What is limited: something that the guard counts, or that events do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The guard's.
    Guarded(Meter),
    /// What events count.
    Events(String),
}

impl Limited {
    fn as_str(&self) -> &str {
        match self {
            Self::Guarded(meter) => meter.as_str(),
            Self::Events(meter) => meter,
        }
    }
}

impl FromStr for Limited {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(meter) => Ok(Self::Guarded(meter)),
            Err(_) if is_sendable(text) => Ok(Self::Events(text.to_owned())),
            Err(fix) => Err(format!("{fix}, or a meter that events may name")),
        }
    }
}

/// A limit, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Option<u64>);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unlimited" => Ok(Self(None)),
            _ => text.parse().map(|limit| Self(Some(limit))).map_err(|_| "use a whole number, or unlimited".to_owned()),
        }
    }
}

/// Does what the command says.
pub(crate) async fn obey(command: QuotaCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        QuotaCommand::Status { org } => {
            let organization = open.organization(&org).await?;
            let scope = open.operator.in_organization(&organization);
            let view = quota::status(open.services, &scope, &organization).await?;
            output::print(open.json, &view, || text(&view))?;
        }
        QuotaCommand::Set(args) => set(args, open).await?,
        QuotaCommand::Clear { org, meter } => {
            let organization = open.organization(&org).await?;
            let scope = open.operator.in_organization(&organization);
            quota::clear(open.services, &scope, meter.as_str()).await.map_err(Problem::from)?;
            output::print(open.json, &json!({"override": null}), || match &meter {
                Limited::Guarded(meter) => format!("{meter}: the plan's limit counts again."),
                Limited::Events(meter) => format!("{meter}: nothing limits it any more."),
            })?;
        }
    }
    Ok(())
}

async fn set(args: SetArgs, open: &Open<'_>) -> Result<(), OperateError> {
    let organization = open.organization(&args.org).await?;
    let scope = open.operator.in_organization(&organization);
    let SetArgs { limit: Limit(limit), mode, cap, expires_at, reason, every, meter, .. } = args;
    match meter {
        Limited::Guarded(_) if every.is_some() => {
            let detail = "Only what events count is limited by the month or by the day; leave --every out.";
            Err(Problem::from(FieldError::new("every", "NOT_ALLOWED", detail)).into())
        }
        Limited::Guarded(meter) => {
            let wanted = Override { meter, limit, mode, cap, expires_at };
            let set = quota::set(open.services, &scope, &SetOverride { wanted, reason }).await;
            let set = set.map_err(Problem::from)?;
            Ok(output::print(open.json, &json!({"override": set}), || said(&set))?)
        }
        Limited::Events(meter) => {
            let wanted = EventLimit { meter, every: every.unwrap_or_default(), limit, mode, cap, expires_at };
            let set = quota::set_of_events(open.services, &scope, &SetOverride { wanted, reason }).await;
            let set = set.map_err(Problem::from)?;
            Ok(output::print(open.json, &json!({"override": set}), || said_of_events(&set))?)
        }
    }
}

fn number(limit: Option<u64>) -> String {
    limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
}

fn beyond(beyond: Beyond) -> String {
    match (beyond.mode, beyond.cap) {
        (Mode::Hard, _) => String::new(),
        (mode, None) => format!(" {mode}"),
        (mode, Some(cap)) => format!(" {mode} to {cap}"),
    }
}

fn said(view: &OverrideView) -> String {
    let Override { meter, limit, mode, cap, expires_at } = &view.own;
    format!("{meter}: {}{}", number(*limit), terms(view, Beyond { mode: *mode, cap: *cap }, *expires_at))
}

fn said_of_events(view: &OverrideView<EventLimit>) -> String {
    let EventLimit { meter, every, limit, expires_at, .. } = &view.own;
    format!("{meter}: {} a {every}{}", number(*limit), terms(view, view.own.beyond(), *expires_at))
}

/// What goes with a limit, and why it is there.
fn terms<W>(view: &OverrideView<W>, way: Beyond, expires_at: Option<DateTime<Utc>>) -> String {
    let until = expires_at.map(|end| format!(" until {end}")).unwrap_or_default();
    let over = if view.counts { "" } else { " (over)" };
    format!("{}{until}{over}, because: {}", beyond(way), view.reason)
}

fn event_line(view: &EventMeterView) -> String {
    let EventMeterView { meter, every, used, limit, overage, resets_at, .. } = view;
    let over = if *overage > Quantity::default() { format!(", {overage} beyond") } else { String::new() };
    let (limit, way) = (number(*limit), beyond(view.beyond));
    format!("{meter:<14} {used} of {limit} a {every}{way}{over}, anew {resets_at}")
}

fn line(view: &MeterView) -> String {
    let MeterView { meter, used, limit, overage, plan_limit, .. } = view;
    let resets = view.resets_at.map(|moment| format!(", anew {moment}")).unwrap_or_default();
    let way = beyond(view.beyond);
    let over = if *overage > 0 { format!(", {overage} beyond") } else { String::new() };
    format!("{:<14} {used} of {}{way}{over}{resets} (plan: {})", meter.as_str(), number(*limit), number(*plan_limit))
}

fn text(view: &QuotaStatusView) -> String {
    let mut text = format!(
        "{} ({}), plan {}, days of {}",
        view.organization.name, view.organization.slug, view.plan, view.time_zone
    );
    // Writing into a text cannot fail.
    for meter in &view.meters {
        let _ = write!(text, "\n{}", line(meter));
        if let Some(own) = &meter.own {
            let _ = write!(text, "\n    override {}", said(own));
        }
    }
    for meter in &view.event_meters {
        let _ = write!(text, "\n{}\n    override {}", event_line(meter), said_of_events(&meter.own));
        for warning in &meter.warnings {
            let _ = write!(text, "\n    warned at {} % of {}, {}", warning.percent, warning.limit, warning.at);
        }
    }
    for warning in &view.warnings {
        let _ =
            write!(text, "\nwarned at {} % of {} {}, {}", warning.percent, warning.limit, warning.meter, warning.at);
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Command, operate::OperateCommand};

    fn set(line: &str) -> Result<SetArgs, clap::Error> {
        let cli = Cli::try_parse_from(line.split_whitespace())?;
        match cli.command {
            Command::Operate(OperateCommand::Quota(QuotaCommand::Set(args))) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_limit_is_a_number_or_unlimited() {
        let args = set("tenantry quota set acme --meter dispatches --limit 1000 --reason trial").expect("right");
        assert_eq!((args.limit, args.mode, args.cap), (Limit(Some(1000)), Mode::Hard, None));
        assert_eq!((args.meter, args.every), (Limited::Guarded(Meter::Dispatches), None));
        let args =
            set("tenantry quota set acme --meter images/rendered --every day --limit 9 --reason trial").expect("right");
        assert_eq!((args.meter, args.every), (Limited::Events("images/rendered".to_owned()), Some(Every::Day)));
        let line = "tenantry quota set acme --meter api_calls --limit 10 --mode soft_capped --cap 20 \
                    --expires-at 2027-01-01T00:00:00+01:00 --reason trial";
        let args = set(line).expect("right");
        assert_eq!(
            (args.mode, args.cap, args.expires_at),
            (Mode::SoftCapped, Some(20), "2026-12-31T23:00:00Z".parse().ok())
        );
        let args = set("tenantry quota set acme --meter concurrent --limit unlimited --reason trial").expect("right");
        assert_eq!(args.limit, Limit(None));
    }

    #[test]
    fn what_is_no_limit_is_a_misuse() {
        for wrong in [
            "--meter dispatches --limit -1 --reason x",
            "--meter dispatches --limit many --reason x",
            "--meter compute_ms --limit 1 --reason x",
            "--meter images --every year --limit 1 --reason x",
            "--meter dispatches --limit 1 --mode firm --reason x",
            "--meter dispatches --limit 1 --expires-at tomorrow --reason x",
            "--meter dispatches --limit 1",
        ] {
            let error = set(&format!("tenantry quota set acme {wrong}")).expect_err(wrong);
            assert_eq!(error.exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn an_override_is_said_in_a_sentence() {
        let own = Override {
            meter: Meter::Dispatches,
            limit: Some(5),
            mode: Mode::SoftCapped,
            cap: Some(7),
            expires_at: None,
        };
        let view = OverrideView { own, reason: "a trial".into(), set_at: DateTime::UNIX_EPOCH, counts: true };
        assert_eq!(said(&view), "dispatches: 5 soft_capped to 7, because: a trial");
    }
}
