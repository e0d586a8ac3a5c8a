//! What became of an endpoint's messages.

use leptos::prelude::*;

use super::{
    api::{AttemptRow, DeliveryRow, MOST_ROWS, ROWS, Replay, page_of},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Badge, Button, ButtonSize, ButtonVariant, Card, CodeBlock, Disclosure, EmptyState, Glyph, Rows},
};

/// The form that sends a message again. It belongs to the page, since a row goes with its list.
pub fn form() -> Form {
    Form::of::<Replay>()
}

/// The deliveries, newest first.
#[component]
pub fn Deliveries(
    /// The endpoint's id.
    endpoint: String,
    /// The deliveries.
    deliveries: Vec<DeliveryRow>,
    /// There are others.
    more: bool,
    /// The form that sends one again.
    form: Form,
    /// Where they stand on the page.
    rows: Rows,
    /// Is told to read them anew.
    again: Callback<()>,
) -> impl IntoView {
    let shown = deliveries.len();
    let list = if deliveries.is_empty() {
        view! {
            <EmptyState
                glyph=Glyph::Webhook
                title="Nothing was sent yet"
                text="Send a test, or wait for something to happen. What was sent can be looked at here for two weeks."
            />
        }
        .into_any()
    } else {
        let rows = rows.draw(deliveries, move |delivery| view! { <Row delivery form/> }.into_any());
        view! { <ul class="entries" role="list">{rows}</ul> }.into_any()
    };
    view! {
        <Card
            title="Deliveries"
            actions=move || view! {
                <Button
                    r#type="button"
                    variant=ButtonVariant::Ghost
                    size=ButtonSize::Small
                    attr:class="button with-script"
                    on:click=move |_| again.run(())
                >
                    "Refresh"
                </Button>
            }
        >
            {list}
            {more.then(|| view! { <More endpoint shown/> })}
        </Card>
    }
}

#[component]
fn Row(delivery: DeliveryRow, form: Form) -> impl IntoView {
    let DeliveryRow { id, kind, event, mark, life, attempts, enabled } = delivery;
    let count = attempts.len();
    let attempts = attempts.into_iter().map(|attempt| view! { <Attempt attempt/> }).collect_view();
    let summary = if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") };
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <span>{kind}</span>
                    <Badge tone=mark.tone>{mark.word}</Badge>
                </h3>
                <p class="mono break">{event}</p>
                <p class="entry-note">{life}</p>
                {(count > 0).then(|| view! {
                    <Disclosure summary><ol class="timeline" role="list">{attempts}</ol></Disclosure>
                })}
            </div>
            <div class="entry-actions">
                <FormView form told_elsewhere=true>
                    <TenantField/>
                    <input type="hidden" name="delivery" value=id/>
                    <Button size=ButtonSize::Small pending=form.pending() refusal=words::refusal_of(enabled)>"Send again"</Button>
                </FormView>
            </div>
        </li>
    }
}

#[component]
fn Attempt(attempt: AttemptRow) -> impl IntoView {
    let AttemptRow { title, tone, facts, reason, answer } = attempt;
    view! {
        <li class="timeline-step" data-tone=tone.word()>
            <p class="timeline-title"><span>{title}</span></p>
            <p class="timeline-facts">{facts}</p>
            {reason.map(|reason| view! { <p class="timeline-reason break">{reason}</p> })}
            {answer.map(|code| view! { <CodeBlock title="The beginning of the answer" code wrap=true/> })}
        </li>
    }
}

/// The way to the older ones. It is a link, so it works without a script; the page stays where it is scrolled to.
#[component]
fn More(endpoint: String, shown: usize) -> impl IntoView {
    let next = u32::try_from(shown).unwrap_or(MOST_ROWS) + ROWS;
    if next > MOST_ROWS {
        return view! { <p class="quiet">{format!("The newest {MOST_ROWS}. The API lists all of them.")}</p> }
            .into_any();
    }
    let href = format!("{}?rows={next}", page_of(&endpoint));
    view! {
        <p>
            <a class="button" data-variant="secondary" data-size="small" href=href data-noscroll="">"Show more"</a>
        </p>
    }
    .into_any()
}
