//! What one presses, follows and unfolds.

use leptos::prelude::*;

use super::Group;
use crate::app::ui::{
    Avatar, Badge, Button, ButtonSize, ButtonVariant, CopyButton, Dialog, DialogCloser, DialogOpener, Disclosure,
    Glyph, LinkButton, Menu, MenuButton, MenuLink, MenuList, Tone,
};

const VARIANTS: [(ButtonVariant, &str); 4] = [
    (ButtonVariant::Primary, "Primary"),
    (ButtonVariant::Secondary, "Secondary"),
    (ButtonVariant::Ghost, "Ghost"),
    (ButtonVariant::Danger, "Danger"),
];

/// Buttons, links, menus and questions.
#[component]
pub fn Acting(within: &'static str) -> impl IntoView {
    let states = |(variant, name): (ButtonVariant, &'static str)| {
        view! {
            <div class="row">
                <Button variant>{name}</Button>
                <Button variant size=ButtonSize::Small>"Small"</Button>
                <Button variant glyph=Glyph::Dispatch>"With an icon"</Button>
                <Button variant glyph=Glyph::Close label="Close" r#type="button"/>
                <Button variant pending=Signal::stored(true)>"Under way"</Button>
                <Button variant disabled=Signal::stored(true)>"Disabled"</Button>
                <Button variant refusal=Some("Your role here is viewer: ask an admin.".to_owned())>"Not allowed"</Button>
            </div>
        }
    };
    let question = format!("gallery-question-{within}");
    view! {
        <Group title="Buttons">{VARIANTS.map(states)}</Group>
        <Group title="Links">
            <div class="row">
                <LinkButton href="#main" variant=ButtonVariant::Primary>"Start"</LinkButton>
                <LinkButton href="#main">"Follow"</LinkButton>
                <a href="#main">"A link in a text"</a>
                <CopyButton text="tnt_live_…">"Copy"</CopyButton>
            </div>
        </Group>
        <Group title="What unfolds">
            <div class="row">
                <Menu trigger=|| view! { <Avatar name="Ada Byron"/> } label="Account" chooses=true>
                    <MenuList label="Signed in as Ada">
                        <MenuLink href="#main" glyph=Glyph::Key>"Keys"</MenuLink>
                        <MenuButton current=Signal::stored(true)>
                            "Harbour Works" <Badge tone=Tone::of_plan("pro")>"Pro"</Badge>
                        </MenuButton>
                    </MenuList>
                </Menu>
                <DialogOpener id=question.clone() variant=ButtonVariant::Danger>"Delete"</DialogOpener>
            </div>
            <Disclosure summary="Why is this so?">"Because a disclosure says more to who asks for more."</Disclosure>
            <Disclosure summary="Open from the start" open=true>"It can begin unfolded."</Disclosure>
            <Dialog id=question.clone() title="Delete the tool?">
                <p>"Jobs that wait for it fail. This cannot be undone."</p>
                <div class="actions">
                    <Button variant=ButtonVariant::Danger r#type="button">"Delete"</Button>
                    <DialogCloser id=question variant=ButtonVariant::Ghost>"Keep"</DialogCloser>
                </div>
            </Dialog>
        </Group>
    }
}
