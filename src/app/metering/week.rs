//! The last seven days.

use leptos::prelude::*;
use tenantry_kernel::usage::DayUsage;

use crate::app::{
    context::use_tenant,
    ui::{BarChart, Card, ChartColumn, grouped},
    when,
};

/// Dispatches and API calls of the last seven days, drawn on the server.
#[component]
pub fn Week() -> impl IntoView {
    let tenant = use_tenant();
    let days = Memo::new(move |_| tenant.of_usage(|usage| usage.daily.clone()));
    let columns = Signal::derive(move || days.with(|days| days.iter().map(column).collect::<Vec<_>>()));
    let description = Signal::derive(move || days.with(|days| summary(days)));
    view! {
        <Card title="Last seven days" note="In UTC" class="span-8">
            <BarChart
                id="week"
                title="Dispatches and API calls of the last seven days"
                description
                series=vec!["Dispatches".to_owned(), "API calls".to_owned()]
                columns
            />
        </Card>
    }
}

fn column(day: &DayUsage) -> ChartColumn {
    ChartColumn {
        label: when::short_weekday(day.date).to_owned(),
        name: when::long_day(day.date),
        values: vec![day.dispatches, day.api_calls],
    }
}

fn summary(days: &[DayUsage]) -> String {
    let dispatches: u64 = days.iter().map(|day| day.dispatches).sum();
    let calls: u64 = days.iter().map(|day| day.api_calls).sum();
    format!("{} dispatches and {} API calls in seven days.", grouped(dispatches), grouped(calls))
}
