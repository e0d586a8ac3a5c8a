//! Tables. On a phone a row becomes a small card, with each column's title before its value.

use leptos::prelude::*;

/// The title of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// What the column holds.
    pub title: String,
    /// Its values are figures and stand at the end of their cells.
    pub end: bool,
    /// The title is for the ear alone: a column of buttons.
    pub hidden: bool,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A column of figures.
    #[must_use]
    pub fn figures(title: impl Into<String>) -> Self {
        Self { title: title.into(), end: true, ..Self::default() }
    }

    /// A column of buttons.
    #[must_use]
    pub fn actions(title: impl Into<String>) -> Self {
        Self { title: title.into(), end: true, hidden: true }
    }
}

/// A table. Its children are `<tr>`s: first a [`RowHead`], then [`Cell`]s.
#[component]
pub fn Table(
    /// What the table holds.
    #[prop(into)]
    caption: String,
    /// Shows the caption; otherwise a title beside the table says it already.
    #[prop(optional)]
    caption_shown: bool,
    /// The titles of the columns.
    #[prop(into)]
    columns: Vec<Column>,
    /// On a phone a row is two lines, without the columns' titles: what it is, of what kind, how it stands, when, how much.
    #[prop(optional)]
    brief: bool,
    children: Children,
) -> impl IntoView {
    let heads = columns
        .into_iter()
        .map(|Column { title, end, hidden }| {
            let title = if hidden { view! { <span class="vh">{title}</span> }.into_any() } else { title.into_any() };
            view! { <th scope="col" data-align=end.then_some("end")>{title}</th> }
        })
        .collect_view();
    view! {
        <div class="table-wrap">
            <table class="table" data-stack=if brief { "brief" } else { "" }>
                <caption class=(!caption_shown).then_some("vh")>{caption}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The cell that names its row.
#[component]
pub fn RowHead(children: Children) -> impl IntoView {
    view! { <th scope="row">{children()}</th> }
}

/// A cell.
#[component]
pub fn Cell(
    /// The column's title, shown before the value on a phone.
    #[prop(optional, into)]
    label: Option<String>,
    /// Holds a figure.
    #[prop(optional)]
    end: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <td data-label=label data-align=end.then_some("end")>
            {children()}
        </td>
    }
}
