//! The tools that there are.

use leptos::prelude::*;

use super::{
    api::{PAGE, ROWS, Shelf, ToolRow},
    trial::Trial,
    words,
};
use crate::app::{
    context::TenantDispatch,
    ui::{Badge, ButtonSize, Card, LinkButton, Rows, Tone},
};

/// The tools, by name. The built-in ones are always there, so it is never empty.
#[component]
pub fn ToolList(
    /// The tools.
    shelf: Shelf,
    /// Dispatching from the page.
    dispatch: TenantDispatch,
    /// Where they stand on the page.
    rows: Rows,
) -> impl IntoView {
    let Shelf { tools, more, once, .. } = shelf;
    let shown = tools.len();
    let rows = rows.draw(tools, move |tool| view! { <Row tool dispatch once=once.clone()/> }.into_any());
    view! {
        <Card title="Tools of this workspace">
            <ul class="entries" role="list">{rows}</ul>
            {more.then(|| view! { <More shown/> })}
        </Card>
    }
}

#[component]
fn Row(tool: ToolRow, dispatch: TenantDispatch, once: String) -> impl IntoView {
    let href = format!("{PAGE}/{}", tool.id);
    let place = if tool.url.is_some() { "mono break" } else { "soft" };
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <a href=href.clone()>{tool.name.clone()}</a>
                    <Marks tool=tool.clone()/>
                </h3>
                <p class=place>{words::place(&tool)}</p>
                <p class="entry-note">{words::terms(&tool)}</p>
            </div>
            <div class="entry-actions">
                <Trial tool dispatch once size=ButtonSize::Small/>
                <LinkButton href size=ButtonSize::Small>"Open"</LinkButton>
            </div>
        </li>
    }
}

/// What kind of tool it is, and what the plan lacks for it.
#[component]
pub fn Marks(
    /// The tool.
    tool: ToolRow,
) -> impl IntoView {
    let kind = if tool.url.is_some() { (Tone::Info, "webhook") } else { (Tone::Neutral, "built in") };
    view! {
        <Badge tone=kind.0>{kind.1}</Badge>
        {move || words::needs(&tool).map(|needs| view! { <Badge tone=Tone::Warning>{needs}</Badge> })}
    }
}

/// The way to the others. It is a link, so it works without a script; the page stays where it is scrolled to.
#[component]
fn More(shown: usize) -> impl IntoView {
    let next = u32::try_from(shown).unwrap_or(u32::MAX).saturating_add(ROWS);
    view! {
        <p>
            <a class="button" data-variant="secondary" data-size="small" href=format!("{PAGE}?rows={next}") data-noscroll="">
                "Show more"
            </a>
        </p>
    }
}
