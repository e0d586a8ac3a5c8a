//! The design system: what a page is made of. It knows the kernel at most and no tenant, no slice and no server; its looks
//! are in `style/`, where every value is a token.
//!
//! Every component renders valid HTML, the same on the server and in the browser: no time, no chance, no locale. What can
//! work without scripts does. A component's root takes further attributes and listeners: `<Button attr:form="x" on:click=…>`.
//! They stay those of the first rendering where a view is rendered anew in its place, so what belongs to a row of a list is a
//! prop.
//! What may change while one looks is a `Signal` and takes a value, a signal or a closure.
//!
//! | to | write |
//! |---|---|
//! | act | `<Button variant=ButtonVariant::Primary pending=action.pending()>"Save"</Button>` |
//! | act, not allowed | `<Button refusal=Signal::derive(move \|\| why())>"Dispatch"</Button>` |
//! | act with an icon alone | `<Button glyph=Glyph::Close label="Close" r#type="button"/>` |
//! | go somewhere | `<LinkButton href="/sign-up" variant=ButtonVariant::Primary>"Start"</LinkButton>` |
//! | ask for a line | `<Field name="email" label="E-mail" r#type="email" required=true error=error_of("email")/>` |
//! | ask for lines | `<TextArea name="payload" label="Payload" mono=true value="{}"/>` |
//! | offer while one types | `<Field name="zone" label="Zone" list="zones"/><Suggestions id="zones" values=names/>` |
//! | choose from a list | `<Select name="tool" label="Tool" options=vec![SelectOption::new("echo", "Echo")]/>` |
//! | choose from a few | `<RadioCards name="plan" legend="Plan" choices=plans selected="free"/>` of [`Choice`] |
//! | agree | `<Checkbox name="queue" label="Wait for a free slot"/>` |
//! | head a page | `<PageHeader title="Usage" lead="…">` buttons `</PageHeader>` |
//! | group | `<Card title="This month" class="span-4">…</Card>`, `flush=true` around a table |
//! | show a figure | `<Stat label="Running" value="3"/>` · [`grouped`], [`compact`], [`bytes`] write numbers |
//! | show a status | `<Badge tone=Tone::Success dot=true>"succeeded"</Badge>` · a plan: `tone=Tone::of_plan("pro")` |
//! | show who | `<Avatar name="Ada Lovelace"/>`, `square=true` for an organization |
//! | show use of a limit | `<Meter label="Dispatches" used=412 limit=Some(500) note="Resets on 1 June"/>`, `large=true` on a dashboard |
//! | show a part of a whole | `<ShareBar label="echo" value=260 total=412/>` |
//! | show days | `<BarChart id="week" title="…" series=vec!["Dispatches".into()] columns=days/>` of [`ChartColumn`] |
//! | tell in the page | `<Alert tone=Tone::Danger title="Not sent">"…"</Alert>` |
//! | tell what changes while one looks | `<Room most=longest>` one `<Alert>` or another `</Room>`: nothing below it moves |
//! | tell what is so for a while | `<Notice tone=Tone::Warning text="This device is offline.">` small buttons `</Notice>` in the shell |
//! | tell at the edge | `Toasts::provide()` and `<ToastRegion toasts/>` in the shell, then `toasts.tell(Tone::Success, "Saved")` |
//! | say what would help | `<UpgradePrompt plan=Some("Pro".to_owned()) href="/plans" own=true/>` |
//! | say that there is nothing | `<EmptyState glyph=Glyph::Jobs title="No jobs yet" text="…">` a button `</EmptyState>` |
//! | hold a place | `<Skeleton lines=4/>`, `<Skeleton block=true/>` as a fallback |
//! | list | `<Table caption="Jobs" columns=vec![Column::text("Job"), Column::figures("Took")]>` rows of `<tr>` with [`RowHead`], [`Cell`] |
//! | list what is read anew | `Rows::of_page()` in the page, then `rows.draw(items, \|item\| view! { <li>…</li> }.into_any())` |
//! | lead through steps | `<Stepper label="Set-up" steps=steps current=1/>` of [`StepItem`] |
//! | unfold a menu | `<Menu trigger=\|\| view! { "More" }><MenuList><MenuLink href="/account">"Account"</MenuLink></MenuList></Menu>` |
//! | unfold a text | `<Disclosure summary="Why?">"…"</Disclosure>` |
//! | ask before destroying | `<DialogOpener id="end">"Delete"</DialogOpener><Dialog id="end" title="Delete it?">` a form, `<DialogCloser id="end">"Keep"</DialogCloser>` `</Dialog>` |
//! | show facts | `<DefinitionList><Fact name="Job">"job_…"</Fact></DefinitionList>` |
//! | show code | `<CodeBlock title="Result" code=json/>` |
//! | let copy | `<CopyButton text=key>"Copy the key"</CopyButton>`, beside the text itself |
//! | navigate | `<NavLink href="/dashboard" glyph=Glyph::Dashboard>"Dashboard"</NavLink>` in a `.rail-list`, the later ones in a `<NavSheet>` |
//! | draw | `<Icon glyph=Glyph::Key/>`, `<Mark/>`, `<FloorPlan/>` |
//! | name in a sentence | `<bdi>{name}</bdi>`, in a plain text [`isolated`] |
//! | speak only | `<VisuallyHidden>"…"</VisuallyHidden>` |
//!
//! Where things stand in a page is said with the classes at the head of `style/layout.css`.

mod alert;
mod avatar;
mod badge;
mod bar_chart;
mod button;
mod card;
mod checkbox;
mod code_block;
mod copy_button;
mod definition_list;
mod dialog;
mod disclosure;
mod empty_state;
mod field;
mod figures;
mod floor_plan;
mod icon;
mod isolated;
mod mark;
mod menu;
mod meter;
mod nav_link;
mod notice;
mod page_header;
mod radio_cards;
mod room;
mod rows;
mod select;
mod skeleton;
mod stepper;
mod suggestions;
mod table;
mod text_area;
mod toast;
mod tone;
mod upgrade_prompt;
mod visually_hidden;

#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use self::{
    alert::Alert,
    avatar::Avatar,
    badge::Badge,
    bar_chart::{BarChart, ChartColumn},
    button::{Button, ButtonSize, ButtonVariant, LinkButton},
    card::{Card, Stat},
    checkbox::Checkbox,
    code_block::CodeBlock,
    copy_button::CopyButton,
    definition_list::{DefinitionList, Fact},
    dialog::{Dialog, DialogCloser, DialogOpener},
    disclosure::Disclosure,
    empty_state::EmptyState,
    field::Field,
    figures::{bytes, compact, estimate, grouped, percent},
    floor_plan::FloorPlan,
    icon::{Glyph, Icon},
    isolated::isolated,
    mark::Mark,
    menu::{Menu, MenuButton, MenuLink, MenuList},
    meter::{Meter, MeterTone, ShareBar},
    nav_link::{NavLink, NavSheet},
    notice::Notice,
    page_header::PageHeader,
    radio_cards::{Choice, RadioCards},
    room::Room,
    rows::Rows,
    select::{Select, SelectOption},
    skeleton::Skeleton,
    stepper::{StepItem, Stepper},
    suggestions::Suggestions,
    table::{Cell, Column, RowHead, Table},
    text_area::TextArea,
    toast::{Toast, ToastRegion, Toasts},
    tone::Tone,
    upgrade_prompt::UpgradePrompt,
    visually_hidden::VisuallyHidden,
};
