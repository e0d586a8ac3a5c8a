//! What tells something.

use leptos::prelude::*;

use super::Group;
use crate::app::ui::{
    Alert, Avatar, Badge, BarChart, Button, ButtonSize, Card, Cell, ChartColumn, CodeBlock, Column, DefinitionList,
    EmptyState, Fact, Glyph, Meter, Notice, PageHeader, Room, RowHead, ShareBar, Skeleton, Stat, Table, Toast, Tone,
    UpgradePrompt,
};

const TONES: [(Tone, &str); 7] = [
    (Tone::Neutral, "Neutral"),
    (Tone::Brand, "Brand"),
    (Tone::Brass, "Brass"),
    (Tone::Success, "Success"),
    (Tone::Warning, "Warning"),
    (Tone::Danger, "Danger"),
    (Tone::Info, "Info"),
];

/// Words, figures and lists.
#[component]
pub fn Telling(within: &'static str) -> impl IntoView {
    let badge =
        |(tone, name): (Tone, &'static str)| view! { <Badge tone>{name}</Badge> <Badge tone dot=true>{name}</Badge> };
    let alert = |(tone, name): (Tone, &'static str)| {
        view! { <Alert tone title=name>"One sentence says what is so, the next what to do."</Alert> }
    };
    view! {
        <Group title="Words">
            <PageHeader title="A page" lead="What it is for, in a sentence."><Button>"Act"</Button></PageHeader>
            <div class="row">{TONES.map(badge)}</div>
            {[Tone::Info, Tone::Success, Tone::Warning, Tone::Danger].map(|tone| alert((tone, tone.word())))}
            <Alert tone=Tone::Warning title="Nothing can be dispatched right now">
                <UpgradePrompt plan=Some("Pro".to_owned()) href="#main" own=true/>
            </Alert>
            <Room most="What is said here takes as much room as it ever may.\nThat is two paragraphs.">
                <Alert tone=Tone::Neutral>"It says little right now."</Alert>
            </Room>
            <Notice tone=Tone::Warning text="This device is offline. What you see was read before.">
                <Button size=ButtonSize::Small r#type="button">"Try now"</Button>
            </Notice>
            <Toast tone=Tone::Success text="You are now in Meridian." on_close=|()| ()/>
        </Group>
        <Group title="Figures">
            <div class="row">
                <Stat label="Running" value="3"/>
                <Stat label="Cost estimate" value="12.40" note=Some("USD".to_owned())/>
            </div>
            <Meter label="Plenty left" used=40_u64 limit=Some(500)/>
            <Meter label="Near the limit" used=412_u64 limit=Some(500) note=Some("Resets on 1 June".to_owned())/>
            <Meter label="All used" used=500_u64 limit=Some(500) large=true/>
            <Meter label="Without a limit" used=500_u64 limit=None/>
            <ShareBar label="echo" value=260_u64 total=412_u64/>
            <BarChart id=format!("gallery-{within}") title="Dispatches" series=vec!["Dispatches".to_owned()] columns=week()/>
        </Group>
        <Group title="Things">
            <Card title="A card" note="What stands in it">
                <DefinitionList>
                    <Fact name="Job">"job_01h2xcejqtf2nbrexx3vqjhp41"</Fact>
                    <Fact name="Whose"><Avatar name="Harbour Works" square=true/></Fact>
                </DefinitionList>
            </Card>
            <Table caption="Jobs" columns=vec![Column::text("Job"), Column::text("Status"), Column::figures("Took")]>
                <tr>
                    <RowHead>"say"</RowHead>
                    <Cell label="Status"><Badge tone=Tone::Success dot=true>"succeeded"</Badge></Cell>
                    <Cell label="Took" end=true>"12 ms"</Cell>
                </tr>
                <tr>
                    <RowHead>"import"</RowHead>
                    <Cell label="Status"><Badge tone=Tone::Danger dot=true>"failed"</Badge></Cell>
                    <Cell label="Took" end=true>"30 s"</Cell>
                </tr>
            </Table>
            <CodeBlock title="Result" code="{\n  \"message\": \"Hello\"\n}"/>
            <EmptyState glyph=Glyph::Jobs title="No jobs yet" text="Dispatch one, and it stands here at once.">
                <Button>"Dispatch"</Button>
            </EmptyState>
            <Skeleton lines=3/>
            <Skeleton block=true/>
        </Group>
    }
}

fn week() -> Vec<ChartColumn> {
    let day =
        |(label, value): (&str, u64)| ChartColumn { label: label.into(), name: label.into(), values: vec![value] };
    [("Mon", 40), ("Tue", 62), ("Wed", 12), ("Thu", 0), ("Fri", 88), ("Sat", 3), ("Sun", 51)].map(day).to_vec()
}
