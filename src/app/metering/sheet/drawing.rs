//! The chart: a column a step, in it a piece a group. Widths are percentages and heights are pixels, so it is sharp and its
//! text readable at any width; every colour is a custom property of the theme.

use leptos::prelude::*;
use tenantry_domain::metering::{Chart, ChartGroup};
use tenantry_kernel::metering::Quantity;

use super::words;

/// Pixels from the top to the base line, and of a column of the full height.
const BASE: f64 = 212.0;
const TALLEST: f64 = 188.0;
/// Where the names of steps stand.
const LABELS: f64 = 234.0;
/// Groups that have a colour of their own; the others share one.
const COLOURS: usize = 5;
/// Most names under the axis.
const TICKS: usize = 6;

/// What is drawn.
pub struct Shown<'a> {
    pub meter: &'a str,
    pub chart: &'a Chart,
    pub told_apart: bool,
}

/// A piece of every column: a group, or all that have no colour of their own.
pub struct Piece {
    pub name: String,
    pub values: Vec<Quantity>,
}

/// The groups as they are drawn, the greatest first.
pub fn pieces(shown: &Shown<'_>) -> Vec<Piece> {
    let own = |group: &ChartGroup| Piece {
        name: group.name.clone().unwrap_or_else(|| if shown.told_apart { "None" } else { "All" }.to_owned()),
        values: group.values.clone(),
    };
    let groups = &shown.chart.groups;
    // One group too many has its own colour rather than the others' alone.
    let alone = if groups.len() <= COLOURS + 1 { groups.len() } else { COLOURS };
    let (alone, others) = groups.split_at(alone);
    let mut pieces: Vec<Piece> = alone.iter().map(own).collect();
    if !others.is_empty() {
        let of_step = |step: usize| others.iter().filter_map(|group| group.values.get(step).copied()).sum();
        let values = (0..shown.chart.steps.len()).map(of_step).collect();
        pieces.push(Piece { name: format!("{} others", others.len()), values });
    }
    pieces
}

/// What a column shows in all.
pub fn sum_of(pieces: &[Piece], step: usize) -> Quantity {
    pieces.iter().filter_map(|piece| piece.values.get(step).copied()).sum()
}

/// The chart with its legend.
pub fn chart(shown: &Shown<'_>) -> impl IntoView + use<> {
    let pieces = pieces(shown);
    let steps = &shown.chart.steps;
    let sums: Vec<Quantity> = (0..steps.len()).map(|step| sum_of(&pieces, step)).collect();
    let greatest = sums.iter().copied().max().unwrap_or_default();
    let top = scale(greatest, words::in_bytes(shown.meter));
    let all: Quantity = shown.chart.groups.iter().map(|group| group.total).sum();
    let busiest = sums.iter().position(|sum| *sum == greatest).and_then(|place| steps.get(place));
    let described = busiest.map(|start| {
        let (most, when) = (words::figure(shown.meter, greatest), words::step(shown.chart.step, *start));
        format!("{}. Most of it, {most}: {when}.", words::total(shown.meter, all))
    });
    let title = format!("{}, {}", words::meter(shown.meter), words::span(shown.chart));
    let columns = (0..steps.len()).map(|step| column(shown, &pieces, step, top)).collect_view();
    let legend = shown.told_apart.then(|| legend(&pieces));
    let grid = [1.0, 0.5].map(|share| grid_line(shown.meter, top, share)).into_iter().collect_view();
    view! {
        {legend}
        <svg
            class="chart-svg"
            data-tall=""
            width="100%"
            height="244"
            role="img"
            aria-labelledby="usage-title"
            aria-describedby="usage-description"
        >
            <title id="usage-title">{title}</title>
            <desc id="usage-description">{described}</desc>
            {grid}
            {columns}
            <line class="chart-base" x1="0" x2="100%" y1=BASE y2=BASE></line>
            {ticks(shown.chart)}
        </svg>
    }
}

/// The upper end of the axis, in units: the next round number, of two where halves would say nothing.
fn scale(greatest: Quantity, binary: bool) -> f64 {
    let greatest = units(greatest);
    if greatest <= 0.0 {
        return 1.0;
    }
    if binary {
        return 2_f64.powf(greatest.max(2.0).log2().ceil());
    }
    let least = if greatest.fract() == 0.0 { greatest.max(2.0) } else { greatest };
    let ten = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 10.0].into_iter().map(|step| step * ten).find(|top| *top >= least).unwrap_or(least)
}

/// A quantity as a length: what is drawn need not be exact.
fn units(quantity: Quantity) -> f64 {
    quantity.to_string().parse().unwrap_or_default()
}

fn percentage(share: f64) -> String {
    format!("{share:.3}%")
}

/// One step: its pieces one on the other, and its figures for who points at it.
fn column(shown: &Shown<'_>, pieces: &[Piece], step: usize, top: f64) -> impl IntoView + use<> {
    let room = 100.0 / shown.chart.steps.len().max(1) as f64;
    let full = match shown.chart.steps.len() {
        0..=60 => 0.7,
        61..=200 => 0.84,
        _ => 1.0,
    };
    let (start, x) = (room * step as f64, room * (step as f64 + (1.0 - full) / 2.0));
    let mut y = BASE;
    let drawn = (1_u32..)
        .zip(pieces)
        .filter_map(|(number, piece)| {
            let value = units(piece.values.get(step).copied()?);
            // What is more than nothing is seen.
            let height = if value > 0.0 { (value / top * TALLEST).clamp(1.0, TALLEST) } else { return None };
            y -= height;
            let (x, y, width, height) =
                (percentage(x), format!("{y:.1}"), percentage(room * full), format!("{height:.1}"));
            Some(view! { <rect class="chart-bar" data-series=number x=x y=y width=width height=height></rect> })
        })
        .collect_view();
    let said = said(shown, pieces, step);
    view! {
        <g class="chart-column">
            <title>{said}</title>
            <rect class="chart-hover" x=percentage(start) y="0" width=percentage(room) height=BASE></rect>
            {drawn}
        </g>
    }
}

/// A step in words.
fn said(shown: &Shown<'_>, pieces: &[Piece], step: usize) -> String {
    let start = shown.chart.steps.get(step).copied().unwrap_or_default();
    let mut said =
        format!("{}: {}", words::step(shown.chart.step, start), words::figure(shown.meter, sum_of(pieces, step)));
    for piece in pieces.iter().filter(|_| shown.told_apart) {
        let value = piece.values.get(step).copied().unwrap_or_default();
        if value != Quantity::default() {
            said.extend(["\n", &piece.name, " ", &words::figure(shown.meter, value)]);
        }
    }
    said
}

/// A line across, with its figure.
fn grid_line(meter: &str, top: f64, share: f64) -> impl IntoView + use<> {
    let y = BASE - TALLEST * share;
    let value: Quantity = format!("{:.9}", top * share).parse().unwrap_or_default();
    let figure = words::short(meter, value);
    view! {
        <line class="chart-grid" x1="0" x2="100%" y1=y y2=y></line>
        <text class="chart-scale" x="0" y=y>{figure}</text>
    }
}

/// Names of some steps, so many as have room; on a phone every other one.
fn ticks(chart: &Chart) -> impl IntoView + use<> {
    let count = chart.steps.len();
    let every = count.div_ceil(TICKS).max(1);
    let hours =
        chart.steps.first().zip(chart.steps.last()).is_some_and(|(first, last)| (*last - *first).num_hours() < 48);
    let tick = |place: usize| {
        let x = percentage(100.0 / count as f64 * (place as f64 + 0.5));
        let text = chart.steps.get(place).map(|start| words::tick(chart.step, *start, hours));
        let minor = (place / every % 2 == 1).then_some("");
        view! { <text class="chart-label" data-minor=minor x=x y=LABELS>{text}</text> }
    };
    (0..count).step_by(every).map(tick).collect_view()
}

/// Which colour is which group.
fn legend(pieces: &[Piece]) -> impl IntoView + use<> {
    let key = |(number, piece): (u32, &Piece)| {
        let name = piece.name.clone();
        view! { <li><span class="chart-key" data-series=number></span>{name}</li> }
    };
    let keys = (1_u32..).zip(pieces).map(key).collect_view();
    view! { <ul class="chart-legend" role="list" aria-hidden="true">{keys}</ul> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let scale = |text: &str, binary| scale(text.parse().expect("a quantity"), binary);
        let round = ["0", "1", "2", "3", "7", "9", "10", "101", "1204"].map(|text| scale(text, false));
        assert_eq!(round, [1.0, 2.0, 2.0, 4.0, 8.0, 10.0, 10.0, 200.0, 2_000.0]);
        assert!((scale("0.3", false) - 0.4).abs() < 1e-9);
        assert_eq!(["1", "1025", "3000000"].map(|text| scale(text, true)), [2.0, 2_048.0, 4_194_304.0]);
    }
}
