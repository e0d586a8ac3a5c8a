//! What services elsewhere send: the webhooks that there are, the form for another, and the secret of the one that was just
//! made.

use leptos::prelude::*;

use super::{
    api::{HookList, HookRow, ListInbound, PAGE},
    create::{self, NewInbound},
    page::Refused,
    words,
};
use crate::app::{
    answers::{Asked, Told},
    context::use_tenant,
    problem_view::ProblemAlert,
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{Badge, ButtonSize, Card, EmptyState, Glyph, LinkButton, Rows, Skeleton, Tone},
};

/// The section of the page.
#[component]
pub fn Inbound() -> impl IntoView {
    let tenant = use_tenant();
    let create = create::form();
    let made = create.successes();
    let list = Reading::<ListInbound>::of(move || (tenant.fields(), made.get()));
    let rows = Rows::of_page();
    let told = Told::of(vec![Asked::on_page(create).making().emptying(create::FORM)]);
    let manages = words::manages();
    let stage = Stage::of_page();
    view! {
        <section class="section" aria-label="Inbound">
            <ShownOnce shown=told.shown words=&words::SHOWN/>
            {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answer = list.get().await;
                    stage.show(move || match answer {
                        Ok(list) => {
                            let (tools, once) = (list.tools.clone(), list.once.clone());
                            view! {
                                <HookCards list rows/>
                                <input type="hidden" name="once" form=create::FORM value=once/>
                                {manages.get_untracked().then(|| view! { <NewInbound form=create tools/> })}
                            }
                            .into_any()
                        }
                        Err(error) => view! { <Refused problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
        </section>
    }
}

/// The webhooks, newest first, or what to do first where there is none.
#[component]
fn HookCards(list: HookList, rows: Rows) -> impl IntoView {
    let HookList { hooks, more, .. } = list;
    let list = if hooks.is_empty() {
        view! {
            <EmptyState
                glyph=Glyph::Webhook
                title="Nothing comes in yet"
                text="A service that can send webhooks is given an address and a secret. What it signs is let in; everything else is turned away and counted."
            />
        }
        .into_any()
    } else {
        let rows = rows.draw(hooks, move |hook| view! { <Row hook/> }.into_any());
        view! { <ul class="entries" role="list">{rows}</ul> }.into_any()
    };
    let more = more.then(|| view! { <p class="quiet">"The newest 100. The API lists all of them."</p> });
    view! { <Card title="Inbound">{list} {more}</Card> }
}

#[component]
fn Row(hook: HookRow) -> impl IntoView {
    let href = format!("{PAGE}/{}", hook.id);
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <a href=href.clone()>{hook.name}</a>
                    <Badge tone=Tone::Info>{hook.scheme}</Badge>
                </h3>
                <p class="mono break">{hook.url}</p>
                <p class="entry-note">{hook.terms}</p>
            </div>
            <div class="entry-actions">
                <LinkButton href size=ButtonSize::Small>"Open"</LinkButton>
            </div>
        </li>
    }
}
