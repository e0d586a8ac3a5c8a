//! Drawing what one meter has counted, on the server: the chart, its parts and the same in figures, written with the
//! components that pages are written with, so that whatever a tool is called stays text.

mod asked;
mod drawing;
mod figures;
mod parts;
mod words;

use leptos::prelude::*;
use tenantry_domain::{
    Services,
    access::{OrgScope, permit::UsageRead},
    metering::{self, Chart, SeriesError},
};
use tenantry_kernel::{TenantId, metering::Quantity};

pub use self::asked::Asked;
use super::api::{UsageChoices, UsageSheet};
use crate::app::error::AppError;

/// Where a page stands, and what its reader may see there.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub tenant: TenantId,
    pub sees_keys: bool,
}

/// What can be asked for, and the days that an address means.
pub async fn choices(
    services: &Services,
    scope: &OrgScope<UsageRead>,
    asked: &Asked,
) -> Result<UsageChoices, AppError> {
    let meters = metering::meters(services, scope).await?.data;
    let meters = meters.into_iter().map(|known| (known.meter.clone(), words::meter(&known.meter))).collect();
    Ok(UsageChoices { meters, days: asked.shown_days(metering::today(services, scope).await?) })
}

/// One meter over time. What is wrong with what was asked stands in the answer: the page shows it beside its form.
pub async fn read(
    services: &Services,
    scope: &OrgScope<UsageRead>,
    place: Place,
    asked: &Asked,
) -> Result<UsageSheet, AppError> {
    let today = metering::today(services, scope).await?;
    let query = asked.query(today);
    match metering::chart(services, scope, &query, place.sees_keys).await {
        Ok(chart) => {
            let limit = metering::limit_on(services, scope, asked.meter()).await?;
            let limit = limit.map(|limit| words::limit(asked.meter(), &limit));
            let file = asked.file(&query, place.tenant);
            Ok(UsageSheet { limit, file, ..sheet(asked, place.tenant, &chart) })
        }
        Err(SeriesError::Invalid(errors)) => {
            Ok(UsageSheet { faults: errors.into_iter().map(|error| error.detail).collect(), ..UsageSheet::default() })
        }
        Err(SeriesError::Db(error)) => Err(error.into()),
    }
}

fn sheet(asked: &Asked, tenant: TenantId, chart: &Chart) -> UsageSheet {
    let meter = asked.meter();
    let total: Quantity = chart.groups.iter().map(|group| group.total).sum();
    let used = total != Quantity::default();
    let told_apart = asked.by().is_some();
    let shown = drawing::Shown { meter, chart, told_apart };
    UsageSheet {
        title: words::title(meter, asked.by()),
        span: words::span(chart),
        chart: if used { markup(|| drawing::chart(&shown)) } else { String::new() },
        parts: if used && told_apart { markup(|| parts::list(asked, tenant, chart, total)) } else { String::new() },
        table: markup(|| figures::table(&shown)),
        total: words::total(meter, total),
        alone: chart.alone.as_deref().and_then(|name| asked.alone(name)),
        whole: asked.address(tenant, None),
        ..UsageSheet::default()
    }
}

/// Writes a view as it stands in a page.
fn markup<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html())
}
