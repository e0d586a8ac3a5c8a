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
    // Whoever never calls the API sees one thing at a time.
    let calls = Memo::new(move |_| days.with(|days| days.iter().any(|day| day.api_calls > 0)));
    let columns =
        Signal::derive(move || days.with(|days| days.iter().map(|day| column(day, calls.get())).collect::<Vec<_>>()));
    let description = Signal::derive(move || days.with(|days| summary(days)));
    view! {
        <Card title="Last seven days" note="Dispatches, by days in UTC" class="span-8">
            {move || {
                let (title, series) = if calls.get() {
                    ("Dispatches and API calls of the last seven days", vec!["Dispatches".to_owned(), "API calls".to_owned()])
                } else {
                    ("Dispatches of the last seven days", vec!["Dispatches".to_owned()])
                };
                view! { <BarChart id="week" title description series columns/> }
            }}
        </Card>
    }
}

fn column(day: &DayUsage, calls: bool) -> ChartColumn {
    let values = if calls { vec![day.dispatches, day.api_calls] } else { vec![day.dispatches] };
    ChartColumn { label: when::short_weekday(day.date).to_owned(), name: when::long_day(day.date), values }
}

fn summary(days: &[DayUsage]) -> String {
    let dispatches: u64 = days.iter().map(|day| day.dispatches).sum();
    let calls: u64 = days.iter().map(|day| day.api_calls).sum();
    format!("{} dispatches and {} API calls in seven days.", grouped(dispatches), grouped(calls))
}
