//! The keys that there are.

use leptos::prelude::*;

use super::{
    answers::Forms,
    api::{KeyRing, KeyRow, MOST_ROWS, PAGE, ROWS},
    create::Once,
    page::refusal,
    revoke::Revoke,
    rotate::Rotate,
};
use crate::app::ui::{Badge, Card, EmptyState, Glyph, Rows, Tone};

/// The keys, newest first, or what to do first where there is none.
#[component]
pub fn KeyList(
    /// The keys.
    ring: KeyRing,
    /// What is done to them.
    forms: Forms,
    /// Where they stand on the page.
    rows: Rows,
) -> impl IntoView {
    let KeyRing { keys, more, once } = ring;
    let shown = keys.len();
    let list = if keys.is_empty() {
        view! {
            <EmptyState
                glyph=Glyph::Key
                title="No keys yet"
                text="A program signs in with a key instead of a person's password. Create one for each program, with no more scopes than it needs, so that each can be revoked alone."
            />
        }
        .into_any()
    } else {
        let once = once.clone();
        let rows = rows.draw(keys, move |row| view! { <Row row forms once=once.clone()/> }.into_any());
        view! { <ul class="entries" role="list">{rows}</ul> }.into_any()
    };
    view! {
        <Once once/>
        <Card title="Keys of this workspace">
            {list}
            {more.then(|| view! { <More shown/> })}
        </Card>
    }
}

#[component]
fn Row(row: KeyRow, forms: Forms, once: String) -> impl IntoView {
    let KeyRow { name, text, scopes, test, grace, expired, life, .. } = row.clone();
    let marks = [(test, Tone::Info, "test"), (grace, Tone::Warning, "in grace"), (expired, Tone::Danger, "expired")];
    let marks = marks.into_iter().filter(|(holds, ..)| *holds);
    let marks = marks.map(|(_, tone, word)| view! { <Badge tone>{word}</Badge> }).collect_view();
    let scopes = scopes.into_iter().map(|scope| view! { <Badge>{scope}</Badge> }).collect_view();
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <span>{name}</span>
                    {marks}
                </h3>
                <p class="mono break">{text}</p>
                <p class="row" data-gap="2"><span class="vh">"Scopes: "</span>{scopes}</p>
                <p class="entry-note">{life}</p>
            </div>
            <div class="entry-actions">
                <Rotate row=row.clone() form=forms.rotate once refusal=refusal()/>
                <Revoke row form=forms.revoke refusal=refusal()/>
            </div>
        </li>
    }
}

/// The way to the older ones. It is a link, so it works without a script; the page stays where it is scrolled to.
#[component]
fn More(shown: usize) -> impl IntoView {
    let next = u32::try_from(shown).unwrap_or(MOST_ROWS) + ROWS;
    if next > MOST_ROWS {
        return view! { <p class="quiet">{format!("The newest {MOST_ROWS}. The API lists all of them.")}</p> }
            .into_any();
    }
    view! {
        <p>
            <a class="button" data-variant="secondary" data-size="small" href=format!("{PAGE}?rows={next}") data-noscroll="">
                "Show more"
            </a>
        </p>
    }
    .into_any()
}
