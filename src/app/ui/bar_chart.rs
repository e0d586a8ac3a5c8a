//! Columns over a few days. Drawn on the server as SVG whose widths are percentages and whose heights are pixels, so that
//! it is sharp and its text readable at any width, without measuring anything in the browser.

use leptos::prelude::*;

use super::figures::{compact, grouped};

/// Pixels from the top to the base line; above the tallest column stands its figure.
const BASE: u64 = 176;
/// Pixels that a column of the full height takes.
const TALLEST: u64 = 148;
/// Where the names of the columns stand, in pixels from the top.
const LABELS: u64 = 198;

/// One place on the axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartColumn {
    /// Its name under the axis, short: `Mon`.
    pub label: String,
    /// Its name in the table: `Monday, 3 March`.
    pub name: String,
    /// Its figures, one of each series.
    pub values: Vec<u64>,
}

/// A bar chart of one series or two, with the same figures in a table for who cannot see it. The last column is now.
#[component]
pub fn BarChart(
    /// Makes the ids of its parts; unique in the page.
    #[prop(into)]
    id: String,
    /// What it shows.
    #[prop(into)]
    title: String,
    /// What can be read from it, in a sentence.
    #[prop(optional, into)]
    description: Signal<String>,
    /// What is counted, one name a series; one or two.
    #[prop(into)]
    series: Vec<String>,
    /// The columns, in order.
    #[prop(into)]
    columns: Signal<Vec<ChartColumn>>,
) -> impl IntoView {
    let (title_id, description_id) = (format!("{id}-title"), format!("{id}-description"));
    let (labelled_by, described_by) = (title_id.clone(), description_id.clone());
    let legend = (series.len() > 1).then(|| view! { <Legend series=series.clone()/> });
    let caption = title.clone();
    view! {
        <figure class="chart">
            {legend}
            <svg
                class="chart-svg"
                width="100%"
                height="208"
                role="img"
                aria-labelledby=labelled_by
                aria-describedby=described_by
            >
                <title id=title_id>{title}</title>
                <desc id=description_id>{move || description.get()}</desc>
                {(0..3).map(grid_line).collect_view()}
                {move || columns.with(|columns| bars(columns))}
                <line class="chart-base" x1="0" x2="100%" y1=BASE y2=BASE></line>
            </svg>
            <div class="vh">
                {move || {
                    let (caption, series) = (caption.clone(), series.clone());
                    view! { <Figures caption series columns=columns.get()/> }
                }}
            </div>
        </figure>
    }
}

/// A line at each third of the height.
fn grid_line(third: u64) -> impl IntoView {
    let y = BASE - TALLEST + third * TALLEST / 3;
    view! { <line class="chart-grid" x1="0" x2="100%" y1=y y2=y></line> }
}

/// All columns, scaled to the greatest figure.
fn bars(columns: &[ChartColumn]) -> Vec<AnyView> {
    let greatest = columns.iter().flat_map(|column| column.values.iter().copied()).max().unwrap_or(0);
    let room = 100.0 / f64::from(u32::try_from(columns.len().max(1)).unwrap_or(u32::MAX));
    let mut start = 0.0;
    columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let drawn = one_column(column, greatest, start, room, place + 1 == columns.len());
            start += room;
            drawn
        })
        .collect()
}

/// One place on the axis: its bars side by side, the greatest figure over them and the name under them. `start` and `room`
/// are percentages of the chart's width.
fn one_column(column: &ChartColumn, greatest: u64, start: f64, room: f64, last: bool) -> AnyView {
    let count = column.values.len().max(1);
    let bar = room * 0.56 / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let middle = start + room / 2.0;
    let mut x = middle - room * 0.28;
    let top = column.values.iter().copied().max().unwrap_or(0);
    let rects = column
        .values
        .iter()
        .zip(1_u32..)
        .map(|(value, number)| {
            let height = height(*value, greatest);
            let rect = view! {
                <rect
                    class="chart-bar"
                    data-series=number
                    x=percentage(x)
                    width=percentage(bar * 0.94)
                    y=BASE - height
                    height=height
                    rx="3"
                ></rect>
            };
            x += bar;
            rect
        })
        .collect_view();
    view! {
        <g class="chart-column" data-last=last.then_some("")>
            <rect class="chart-hover" x=percentage(start) width=percentage(room) y="0" height=BASE rx="6"></rect>
            {rects}
            <text class="chart-value" x=percentage(middle) y=BASE - height(top, greatest) - 8>{compact(top)}</text>
            <text class="chart-label" x=percentage(middle) y=LABELS>{column.label.clone()}</text>
        </g>
    }
    .into_any()
}

/// Pixels of a figure; what is more than nothing is seen.
fn height(value: u64, greatest: u64) -> u64 {
    if value == 0 || greatest == 0 {
        return 0;
    }
    let scaled = u128::from(value) * u128::from(TALLEST) / u128::from(greatest);
    u64::try_from(scaled).unwrap_or(TALLEST).max(2)
}

fn percentage(share: f64) -> String {
    format!("{share:.2}%")
}

/// Which colour is which series.
#[component]
fn Legend(series: Vec<String>) -> impl IntoView {
    let keys = series
        .into_iter()
        .zip(1_u32..)
        .map(|(name, number)| {
            view! {
                <li>
                    <span class="chart-key" data-series=number></span>
                    {name}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="chart-legend" role="list" aria-hidden="true">{keys}</ul> }
}

/// The same figures as a table.
#[component]
fn Figures(caption: String, series: Vec<String>, columns: Vec<ChartColumn>) -> impl IntoView {
    let heads = series.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view();
    let rows = columns
        .into_iter()
        .map(|ChartColumn { name, values, .. }| {
            let cells = values.into_iter().map(|value| view! { <td>{grouped(value)}</td> }).collect_view();
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table>
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_scale_to_the_greatest_figure() {
        assert_eq!(height(10, 10), TALLEST);
        assert_eq!(height(0, 10), 0);
        assert_eq!(height(1, u64::MAX), 2);
        assert_eq!(height(0, 0), 0);
    }
}
