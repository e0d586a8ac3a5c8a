//! The picture of the product on the landing page: drawn with the product's own parts, and silent for the ear, since the
//! words beside it say the same.

use leptos::prelude::*;

use crate::app::ui::{Avatar, Badge, Card, Glyph, Icon, Meter, Tone};

/// The picture.
#[component]
pub fn Picture() -> impl IntoView {
    view! {
        <div class="plan" aria-hidden="true">
            <div class="plan-window">
                <div class="plan-bar">
                    <span class="switcher">
                        <Avatar name="Harbour Works" square=true/>
                        <span class="switcher-name truncate">"Harbour Works"</span>
                        <Badge tone=Tone::of_plan("pro")>"Pro"</Badge>
                    </span>
                    <Icon glyph=Glyph::Choose/>
                </div>
                <div class="plan-body">
                    <Card>
                        <Meter label="Dispatches" used=3_214_u64 limit=Some(5_000_u64) large=true/>
                        <Meter label="Running now" used=3_u64 limit=Some(5_u64)/>
                        <Meter label="API calls today" used=412_u64 limit=Some(1_000_u64)/>
                    </Card>
                    <ul class="plan-rooms" role="list">
                        <Room name="Harbour Works" plan="pro" word="Pro" current=true/>
                        <Room name="Atelier 9" plan="free" word="Free"/>
                        <Room name="Meridian" plan="empire" word="Empire"/>
                    </ul>
                </div>
            </div>
            <div class="plan-slips">
                <div class="plan-slip">
                    <pre>"202 Accepted\n{ \"job\": {\n    \"tool\": \"echo\",\n    \"status\": \"queued\" } }"</pre>
                </div>
                <div class="plan-slip">
                    <pre>"402 DISPATCH_QUOTA_EXCEEDED\n{ \"used\": 500, \"limit\": 500,\n  \"upgrade_url\": \"/plans\" }"</pre>
                </div>
            </div>
        </div>
    }
}

#[component]
fn Room(name: &'static str, plan: &'static str, word: &'static str, #[prop(optional)] current: bool) -> impl IntoView {
    view! {
        <li data-current=current.then_some("")>
            <Avatar name square=true/>
            <span class="grow truncate">{name}</span>
            <Badge tone=Tone::of_plan(plan)>{word}</Badge>
        </li>
    }
}
