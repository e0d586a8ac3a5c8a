//! What has come by a webhook.

use leptos::prelude::*;

use super::api::{PAGE, ROWS, ReceiptRow};
use crate::app::ui::{Badge, Card, CodeBlock, Disclosure, EmptyState, Glyph, Rows, Tone};

/// The receipts, newest first.
#[component]
pub fn Receipts(
    /// The webhook's id.
    hook: String,
    /// The receipts.
    receipts: Vec<ReceiptRow>,
    /// There are others.
    more: bool,
    /// Where they stand on the page.
    rows: Rows,
) -> impl IntoView {
    let shown = receipts.len();
    let list = if receipts.is_empty() {
        view! {
            <EmptyState
                glyph=Glyph::Tray
                title="Nothing has come"
                text="Each message that is let in is shown here, and by the hour how many were turned away by which rule."
            />
        }
        .into_any()
    } else {
        let rows = rows.draw(receipts, move |receipt| view! { <Row receipt/> }.into_any());
        view! { <ul class="entries" role="list">{rows}</ul> }.into_any()
    };
    view! {
        <Card title="What has come">
            {list}
            {more.then(|| {
                let next = u32::try_from(shown).unwrap_or(u32::MAX).saturating_add(ROWS);
                view! {
                    <p>
                        <a
                            class="button"
                            data-variant="secondary"
                            data-size="small"
                            href=format!("{PAGE}/{hook}?rows={next}")
                            data-noscroll=""
                        >
                            "Show more"
                        </a>
                    </p>
                }
            })}
        </Card>
    }
}

#[component]
fn Row(receipt: ReceiptRow) -> impl IntoView {
    let ReceiptRow { outcome, refused, title, note, job, body, .. } = receipt;
    let tone = if refused { Tone::Warning } else { Tone::Success };
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <span>{title}</span>
                    <Badge tone>{outcome}</Badge>
                </h3>
                <p class="entry-note break">{note}</p>
                {body.map(|body| view! {
                    <Disclosure summary="What it said"><CodeBlock title="Body" code=body wrap=true/></Disclosure>
                })}
            </div>
            {job.map(|job| view! {
                <div class="entry-actions"><a href=format!("/jobs/{job}")>"Open the job"</a></div>
            })}
        </li>
    }
}
