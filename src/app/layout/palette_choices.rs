//! What the command palette offers, and how one chooses: by typing, arrows and Enter, or by hand. The field keeps the focus
//! and names the line that Enter would take (the combobox pattern of the ARIA Authoring Practices).

use leptos::{ev::KeyboardEvent, html, prelude::*, task::spawn_local, wasm_bindgen::JsCast as _, web_sys::HtmlElement};
use leptos_router::hooks::use_navigate;

use super::{
    load, organization_rows,
    places::{PLACES, Place},
};
use crate::app::{
    call,
    context::{Home, OrganizationRow, Tabs, at_main_host, use_tenant},
    form::Form,
    tenancy::api::{ListOrganizations, SwitchOrganization},
    ui::{Avatar, Glyph, Icon, Toasts, Tone, isolated},
};

/// How many lines are drawn at once.
const DRAWN: usize = 12;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    /// A page, by its place in the list.
    Page(usize),
    /// An organization.
    Organization(OrganizationRow),
    /// The wizard, for another organization.
    Found,
}

impl Choice {
    /// What one may type to find it.
    fn words(&self) -> String {
        match self {
            Self::Page(place) => {
                PLACES.get(*place).map(|place| format!("{} {}", place.name, place.also)).unwrap_or_default()
            }
            Self::Organization(row) => format!("switch organization {} {}", row.name, row.slug),
            Self::Found => "create new organization".to_owned(),
        }
        .to_lowercase()
    }
}

/// Those that fit what was typed, the first ones; of equals pages come first.
fn fitting(all: &[Choice], typed: &str) -> Vec<Choice> {
    let typed = typed.to_lowercase();
    let fits = |choice: &&Choice| {
        let words = choice.words();
        typed.split_whitespace().all(|word| words.contains(word))
    };
    all.iter().filter(fits).take(DRAWN).cloned().collect()
}

/// The palette's inside.
#[component]
pub fn Choices(
    /// What it stands in.
    dialog: NodeRef<html::Dialog>,
    /// Grows each time that it is opened.
    opened: Signal<u32>,
) -> impl IntoView {
    let tenant = use_tenant();
    let (organizations, count) = organization_rows::known();
    let (typed, at) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let field = NodeRef::<html::Input>::new();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    Effect::new(move |_| {
        opened.track();
        typed.set(String::new());
        at.set(0);
        if let Some(field) = field.get() {
            // What was just fetched is in the page with the next frame; a field that has left it needs no focus.
            request_animation_frame(move || drop(field.focus()));
        }
    });
    spawn_local(async move {
        if organizations.with_untracked(Vec::len) < count
            && let Ok(all) = call::call::<ListOrganizations>(call::Fields::new()).await
        {
            organizations.set(all);
        }
    });
    let shown = Memo::new(move |_| {
        let current = tenant.organization().id;
        let pages = (0..PLACES.len()).map(Choice::Page);
        let others = organizations.get().into_iter().filter(|row| row.id != current).map(Choice::Organization);
        let all: Vec<_> = pages.chain([Choice::Found]).chain(others).collect();
        fitting(&all, &typed.get())
    });
    let take = taker(close);
    let pressed = move |event: KeyboardEvent| {
        let count = shown.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => walk(at, (at.get() + 1) % count),
            "ArrowUp" if count > 0 => walk(at, (at.get() + count - 1) % count),
            "Enter" => {
                if let Some(choice) = shown.with(|shown| shown.get(at.get()).cloned()) {
                    take.run(choice);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let lines = move || {
        let line = |(place, choice): (usize, Choice)| view! { <Line place choice at take/> };
        shown.get().into_iter().enumerate().map(line).collect_view()
    };
    view! {
        <div class="palette-field">
            <Icon glyph=Glyph::Search/>
            <input
                class="palette-input"
                type="text"
                role="combobox"
                aria-label="A page or an organization"
                aria-expanded=move || if shown.with(Vec::is_empty) { "false" } else { "true" }
                aria-controls="palette-list"
                aria-activedescendant=move || (!shown.with(Vec::is_empty)).then(|| line_id(at.get()))
                placeholder="A page or an organization"
                autocomplete="off"
                spellcheck="false"
                node_ref=field
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                }
                on:keydown=pressed
            />
            <kbd aria-hidden="true">"Esc"</kbd>
        </div>
        <ul class="palette-list" id="palette-list" role="listbox" aria-label="Places">{lines}</ul>
        {move || shown.with(Vec::is_empty).then(|| {
            view! { <p class="menu-none" role="status">"Nothing here is called that."</p> }
        })}
    }
}

/// The id of a line, by its place.
fn line_id(place: usize) -> String {
    format!("palette-{place}")
}

/// Goes to a line, and brings it into sight where the window is too low for all of them.
fn walk(at: RwSignal<usize>, to: usize) {
    at.set(to);
    let Some(line) = document().get_element_by_id(&line_id(to)) else { return };
    if let (Some(list), Ok(line)) = (line.parent_element(), line.dyn_into::<HtmlElement>()) {
        let (top, end) = (line.offset_top(), line.offset_top() + line.offset_height());
        let first = end - list.client_height();
        list.set_scroll_top(if to == 0 { 0 } else { list.scroll_top().clamp(first.min(top), top) });
    }
}

/// What a choice does; the palette closes first.
fn taker(close: impl Fn() + Copy + Send + Sync + 'static) -> Callback<Choice> {
    let (tenant, navigate, toasts) = (use_tenant(), use_navigate(), Toasts::get());
    let tabs = Tabs::heard();
    let switch = Form::of::<SwitchOrganization>();
    let tell = move |tone, text: String| {
        if let Some(toasts) = toasts {
            toasts.tell(tone, text);
        }
    };
    Effect::new(move |_| {
        if let Some(home) = switch.done::<Home>() {
            let name = home.context.organization.name.clone();
            tabs.went(&home);
            tenant.enter(home);
            tell(Tone::Success, format!("You are now in {}.", isolated(&name)));
        } else if let Some(problem) = switch.problem().get() {
            tell(Tone::Danger, problem.detail);
        }
    });
    Callback::new(move |choice| {
        close();
        match choice {
            Choice::Page(place) => {
                if let Some(place) = PLACES.get(place) {
                    navigate(place.href, Default::default());
                }
            }
            Choice::Found => load(&at_main_host("/onboarding/welcome")),
            // At a tenant's own host one goes to the other's host instead of switching.
            Choice::Organization(OrganizationRow { address: Some(address), .. }) => load(&address),
            Choice::Organization(row) => switch.send(call::fields(&[("organization", &row.id.to_string())])),
        }
    })
}

#[component]
fn Line(place: usize, choice: Choice, at: RwSignal<usize>, take: Callback<Choice>) -> impl IntoView {
    let chosen = move || at.get() == place;
    let (picture, name, hint) = match &choice {
        Choice::Page(page) => match PLACES.get(*page) {
            Some(Place { glyph, name, .. }) => (view! { <Icon glyph=*glyph/> }.into_any(), (*name).to_owned(), "Page"),
            None => (().into_any(), String::new(), ""),
        },
        Choice::Organization(row) => {
            (view! { <Avatar name=row.name.clone() square=true/> }.into_any(), row.name.clone(), "Switch")
        }
        Choice::Found => (view! { <Icon glyph=Glyph::Plus/> }.into_any(), "Create organization".to_owned(), "Wizard"),
    };
    view! {
        <li
            class="palette-line"
            id=line_id(place)
            role="option"
            aria-selected=move || if chosen() { "true" } else { "false" }
            on:pointermove=move |_| at.set(place)
            on:click=move |_| take.run(choice.clone())
        >
            {picture}
            <span class="grow truncate">{name}</span>
            <span class="quiet">{hint}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(name: &str, slug: &str) -> Choice {
        Choice::Organization(OrganizationRow {
            id: "org_00000000000000000000000000".parse().expect("an id"),
            name: name.into(),
            slug: slug.into(),
            plan: "free".into(),
            address: None,
        })
    }

    #[test]
    fn pages_are_found_by_what_people_call_them_and_organizations_by_name() {
        let pages = (0..PLACES.len()).map(Choice::Page);
        let all: Vec<_> = pages.chain([Choice::Found, organization("Ærø Fisk", "aero-fisk")]).collect();
        let names = |typed: &str| fitting(&all, typed).len();
        assert_eq!(fitting(&all, "")[0], Choice::Page(0));
        assert!(
            fitting(&all, "upgrade").iter().all(|choice| matches!(choice, Choice::Page(_))) && names("upgrade") == 1
        );
        assert_eq!(fitting(&all, "ÆRØ"), [organization("Ærø Fisk", "aero-fisk")]);
        assert_eq!((names("organization create"), names("nothing like it")), (1, 0));
    }
}
