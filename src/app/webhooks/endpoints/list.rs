//! The endpoints that there are.

use leptos::prelude::*;

use super::api::{EndpointRow, Endpoints, page_of};
use crate::app::ui::{Badge, ButtonSize, Card, EmptyState, Glyph, LinkButton, Rows};

/// The endpoints, newest first, or what to do first where there is none.
#[component]
pub fn EndpointList(
    /// The endpoints.
    endpoints: Endpoints,
    /// Where they stand on the page.
    rows: Rows,
) -> impl IntoView {
    let Endpoints { endpoints, .. } = endpoints;
    let list = if endpoints.is_empty() {
        view! {
            <EmptyState
                glyph=Glyph::Webhook
                title="No endpoints yet"
                text="Add the address of a system of yours. It is told when jobs end, limits come near, keys and the plan change."
            />
        }
        .into_any()
    } else {
        let rows = rows.draw(endpoints, move |endpoint| view! { <Row endpoint/> }.into_any());
        view! { <ul class="entries" role="list">{rows}</ul> }.into_any()
    };
    view! { <Card title="Endpoints of this workspace">{list}</Card> }
}

#[component]
fn Row(endpoint: EndpointRow) -> impl IntoView {
    let href = page_of(&endpoint.id);
    let events = endpoint.events.into_iter().map(|event| view! { <Badge>{event}</Badge> }).collect_view();
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <a href=href.clone()>{endpoint.name}</a>
                    <Badge tone=endpoint.mark.tone>{endpoint.mark.word}</Badge>
                </h3>
                <p class="mono break">{endpoint.url}</p>
                <p class="row" data-gap="2"><span class="vh">"Events: "</span>{events}</p>
                <p class="entry-note">{endpoint.life}</p>
            </div>
            <div class="entry-actions">
                <LinkButton href size=ButtonSize::Small>"Open"</LinkButton>
            </div>
        </li>
    }
}
