//! The OrganizationSwitcher: which organization this page shows, and the way to another one.
//!
//! Without a script it is the platform's `<details>` with a form whose buttons are the organizations. With one it can be
//! searched, and is worked by keyboard alone: arrows, Home and End, Enter, Escape, or just typing.

use leptos::{html, prelude::*, task::spawn_local};
use tenantry_kernel::OrganizationId;

use super::{
    organization_rows,
    switcher_keys::{Keys, focus_search},
    switcher_row::{ByAddress, Row},
};
use crate::app::{
    call,
    context::{Home, OrganizationRow, Tabs, at_main_host, use_tenant},
    form::{Form, FormView},
    tenancy::api::{ListOrganizations, SwitchOrganization},
    ui::{Avatar, Badge, Glyph, Icon, Toasts, Tone, grouped, isolated},
};

/// How many organizations are drawn at once; the search finds the others.
const DRAWN: usize = 50;

/// Which organization this page shows, and the way to another one.
#[component]
pub fn OrganizationSwitcher() -> impl IntoView {
    let tenant = use_tenant();
    let (organizations, count) = organization_rows::known();
    let query = RwSignal::new(String::new());
    let shown = Memo::new(move |_| {
        let here = tenant.organization().id;
        organizations.with(|all| matching(all, &query.get(), here))
    });
    let switch = Form::of::<SwitchOrganization>();
    let keys = Keys { details: NodeRef::<html::Details>::new(), search: NodeRef::<html::Input>::new() };
    follow(switch, keys);
    // A form without a script comes back to a page whose menus are folded: its refusal must be seen.
    let refused = switch.problem().with_untracked(Option::is_some);
    let toggled = move |_| {
        if !keys.is_open() {
            query.set(String::new());
            return;
        }
        // The browser tells it late: who has begun to type or to walk meanwhile is left alone.
        if !keys.is_inside() {
            focus_search(keys.search);
        }
        read_all(organizations, count);
    };
    view! {
        <details
            class="menu"
            open=refused
            node_ref=keys.details
            on:toggle=toggled
            on:focusout=move |event| keys.left(&event)
            on:keydown=move |event| keys.pressed(&event)
        >
            <summary class="menu-button" aria-haspopup="menu">
                {move || {
                    let (organization, plan) = (tenant.organization(), tenant.plan());
                    view! {
                        <span class="switcher">
                            <Avatar name=organization.name.clone() square=true/>
                            <span class="switcher-name truncate">{organization.name}</span>
                            <Badge tone=Tone::of_plan(&plan.id)>{plan.name}</Badge>
                        </span>
                    }
                }}
                <span class="vh">" – switch organization"</span>
                <Icon glyph=Glyph::Choose/>
            </summary>
            <div class="menu-panel" tabindex="-1">
                <FormView form=switch class="menu-form">
                    <div class="menu-search with-script">
                        <input
                            class="input"
                            type="search"
                            placeholder="Find an organization"
                            aria-label="Find an organization"
                            autocomplete="off"
                            node_ref=keys.search
                            prop:value=move || query.get()
                            on:input=move |event| query.set(event_target_value(&event))
                        />
                    </div>
                    <ul class="menu-list" role="menu" aria-label="Organizations">
                        {move || shown.with(|shown| shown.rows.clone()).into_iter().map(|row| view! { <Row row/> }).collect_view()}
                    </ul>
                    // In the page from the start: only what changes in a known place is read.
                    <p class="menu-none" role="status">{move || said(&shown.read(), count)}</p>
                </FormView>
                {(count > DRAWN).then(|| view! { <ByAddress/> })}
                <div class="menu-rule"></div>
                <ul class="menu-list" role="list">
                    <li>
                        <a class="menu-item" href=at_main_host("/onboarding/welcome")>
                            <Icon glyph=Glyph::Plus/>
                            <span class="grow">"Create organization"</span>
                        </a>
                    </li>
                </ul>
            </div>
        </details>
    }
}

/// What is drawn of those that fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    rows: Vec<OrganizationRow>,
    /// Others fit that are not drawn.
    more: bool,
    /// Nothing was typed: all fit.
    whole: bool,
}

/// What stands under the list: that nobody was found, or that there are others.
fn said(shown: &Shown, count: usize) -> Option<String> {
    let Shown { rows, more, whole } = shown;
    let drawn = grouped(rows.len() as u64);
    match (rows.is_empty(), *whole && count > rows.len()) {
        (true, _) => Some("No organization has this name.".to_owned()),
        (false, true) => Some(format!("{drawn} of {}. Type to find the others.", grouped(count as u64))),
        (false, false) => more.then(|| format!("The first {drawn} that fit. Type more to find the others.")),
    }
}

/// Those whose name or address holds the words; the first ones, as many as are drawn. The one of the page comes before them,
/// so that it is never left out.
fn matching(all: &[OrganizationRow], query: &str, here: OrganizationId) -> Shown {
    let words = query.to_lowercase();
    let words: Vec<_> = words.split_whitespace().collect();
    let fits = |row: &&OrganizationRow| {
        let name = row.name.to_lowercase();
        words.iter().all(|word| name.contains(word) || row.slug.contains(word))
    };
    let mut fitting: Vec<&OrganizationRow> = all.iter().filter(fits).collect();
    let more = fitting.len() > DRAWN;
    if let Some(at) = fitting.iter().position(|row| row.id == here).filter(|_| more) {
        fitting[..=at].rotate_right(1);
    }
    let rows = fitting.into_iter().take(DRAWN).cloned().collect();
    Shown { rows, more, whole: words.is_empty() }
}

/// Reads those that the page did not bring, once.
fn read_all(organizations: RwSignal<Vec<OrganizationRow>>, count: usize) {
    if organizations.with_untracked(Vec::len) >= count {
        return;
    }
    spawn_local(async move {
        // Where they cannot be read, those that are there can still be switched to.
        if let Ok(all) = call::call::<ListOrganizations>(call::Fields::new()).await {
            organizations.set(all);
        }
    });
}

/// Shows the other organization once the server has switched.
fn follow(switch: Form, keys: Keys) {
    let tenant = use_tenant();
    let (toasts, tabs) = (Toasts::get(), Tabs::heard());
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
            keys.leave();
            tell(Tone::Success, format!("You are now in {}.", isolated(&name)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> OrganizationId {
        format!("org_{number:026}").parse().expect("an id")
    }

    fn rows(count: usize) -> Vec<OrganizationRow> {
        (0..count)
            .map(|number| OrganizationRow {
                id: id(number),
                name: format!("Firma Nº {number}"),
                slug: format!("firma-{number}"),
                plan: "free".into(),
                address: None,
            })
            .collect()
    }

    #[test]
    fn one_of_a_thousand_is_found_by_name_or_address() {
        let all = rows(1_000);
        let found = |query: &str| matching(&all, query, id(0)).rows;
        assert_eq!(found("").len(), DRAWN);
        assert_eq!(found("nº 777").len(), 1);
        assert_eq!(found("FIRMA-999")[0].name, "Firma Nº 999");
        assert!(found("nobody").is_empty());
    }

    #[test]
    fn the_one_of_the_page_is_drawn_whatever_it_is_called() {
        let names = |count, here| -> Vec<String> {
            matching(&rows(count), "", id(here)).rows.into_iter().map(|row| row.slug).collect()
        };
        assert_eq!(names(121, 120)[..3], ["firma-120", "firma-0", "firma-1"]);
        assert_eq!((names(121, 120).len(), names(121, 3)[0].as_str()), (DRAWN, "firma-3"));
        assert_eq!(names(DRAWN, 3)[0], "firma-0", "where all are drawn, each has its place");
    }

    #[test]
    fn those_that_are_left_out_are_said() {
        let said = |count: usize, query: &str| said(&matching(&rows(count), query, id(0)), count);
        assert_eq!(said(DRAWN, ""), None);
        assert_eq!(said(121, "").as_deref(), Some("50 of 121. Type to find the others."));
        assert_eq!(said(121, "firma").as_deref(), Some("The first 50 that fit. Type more to find the others."));
        assert_eq!(
            (said(121, "nº 77"), said(121, "nobody").as_deref()),
            (None, Some("No organization has this name."))
        );
    }
}
