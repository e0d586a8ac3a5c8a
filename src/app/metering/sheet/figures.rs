//! The same as the chart in figures: a row a step, a column a group.

use leptos::prelude::*;

use super::{
    drawing::{Shown, pieces, sum_of},
    words,
};
use crate::app::ui::{Cell, Column, RowHead, Table};

/// The table. Steps in which nothing was used have no row.
pub fn table(shown: &Shown<'_>) -> impl IntoView + use<> {
    let pieces = pieces(shown);
    let apart = shown.told_apart && pieces.len() > 1;
    let mut columns = vec![Column::text("When"), Column::figures("All")];
    if apart {
        columns.extend(pieces.iter().map(|piece| Column::figures(piece.name.clone())));
    }
    let used = |step: &usize| {
        pieces.iter().any(|piece| piece.values.get(*step).is_some_and(|value| *value != Default::default()))
    };
    let row = |step: usize| {
        let start = shown.chart.steps.get(step).copied().unwrap_or_default();
        let name = words::step(shown.chart.step, start);
        let all = words::figure(shown.meter, sum_of(&pieces, step));
        let cells = pieces
            .iter()
            .filter(|_| apart)
            .map(|piece| {
                let figure = words::figure(shown.meter, piece.values.get(step).copied().unwrap_or_default());
                let label = piece.name.clone();
                view! { <Cell label end=true>{figure}</Cell> }
            })
            .collect_view();
        view! {
            <tr>
                <RowHead>{name}</RowHead>
                <Cell label="All" end=true>{all}</Cell>
                {cells}
            </tr>
        }
    };
    let rows = (0..shown.chart.steps.len()).filter(used).map(row).collect_view();
    let caption = format!("{}, {}", words::meter(shown.meter), words::span(shown.chart));
    view! { <Table caption columns>{rows}</Table> }
}
