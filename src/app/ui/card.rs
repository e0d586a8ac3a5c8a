//! A card: things that belong together. And a stat: one figure with its name.

use leptos::prelude::*;

/// Things that belong together, with a title where one is given.
#[component]
pub fn Card(
    /// Its title, a heading of the second level.
    #[prop(optional, into)]
    title: Option<String>,
    /// The title's id, for what leads there.
    #[prop(optional, into)]
    title_id: Option<String>,
    /// A line under the title.
    #[prop(optional, into)]
    note: Option<String>,
    /// What stands at the end of the title's line.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// What stands under a line at the foot.
    #[prop(optional, into)]
    foot: Option<ViewFn>,
    /// Its content reaches its edges: a table, a list.
    #[prop(optional)]
    flush: bool,
    /// Lies in the ground instead of on it.
    #[prop(optional)]
    sunk: bool,
    /// More classes: its place in a grid, `span-4`.
    #[prop(optional, into)]
    class: String,
    children: Children,
) -> impl IntoView {
    let class = if class.is_empty() { "card".to_owned() } else { format!("card {class}") };
    let head = (title.is_some() || actions.is_some()).then(|| {
        view! {
            <div class="card-head">
                <div class="card-text">
                    {title.map(|title| view! { <h2 class="card-title" id=title_id>{title}</h2> })}
                    {note.map(|note| view! { <p class="card-note">{note}</p> })}
                </div>
                {actions.map(|actions| actions.run())}
            </div>
        }
    });
    view! {
        <section class=class data-flush=flush.then_some("") data-tone=sunk.then_some("sunk")>
            {head}
            {children()}
            {foot.map(|foot| view! { <div class="card-foot">{foot.run()}</div> })}
        </section>
    }
}

/// One figure with its name.
#[component]
pub fn Stat(
    /// What is counted.
    #[prop(into)]
    label: String,
    /// How much it is.
    #[prop(into)]
    value: Signal<String>,
    /// What to know about it.
    #[prop(optional, into)]
    note: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <div class="stat">
            <span class="stat-label">{label}</span>
            <span class="stat-value">{move || value.get()}</span>
            {move || note.get().map(|note| view! { <span class="stat-note">{note}</span> })}
        </div>
    }
}
