//! The OrganizationSwitcher: which organization this page shows, and the way to another one.
//!
//! Without a script it is the platform's `<details>` with a form whose buttons are the organizations. With one it can be
//! searched, and is worked by keyboard alone: arrows, Home and End, Enter, Escape, or just typing.

use leptos::{html, prelude::*, task::spawn_local};

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
    ui::{Avatar, Badge, Glyph, Icon, Toasts, Tone},
};

/// How many organizations are drawn at once; the search finds the others.
const DRAWN: usize = 50;

/// Which organization this page shows, and the way to another one.
#[component]
pub fn OrganizationSwitcher() -> impl IntoView {
    let tenant = use_tenant();
    let (organizations, count) = organization_rows::known();
    let query = RwSignal::new(String::new());
    let shown = Memo::new(move |_| organizations.with(|all| matching(all, &query.get())));
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
                        {move || shown.get().into_iter().map(|row| view! { <Row row/> }).collect_view()}
                    </ul>
                    {move || shown.with(Vec::is_empty).then(|| {
                        view! { <p class="menu-none" role="status">"No organization has this name."</p> }
                    })}
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

/// Those whose name or address holds the words; the first ones, as many as are drawn.
fn matching(all: &[OrganizationRow], query: &str) -> Vec<OrganizationRow> {
    let words = query.to_lowercase();
    let words: Vec<_> = words.split_whitespace().collect();
    let fits = |row: &&OrganizationRow| {
        let name = row.name.to_lowercase();
        words.iter().all(|word| name.contains(word) || row.slug.contains(word))
    };
    all.iter().filter(fits).take(DRAWN).cloned().collect()
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
            keys.close();
            tell(Tone::Success, format!("You are now in {name}."));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<OrganizationRow> {
        (0..count)
            .map(|number| OrganizationRow {
                id: "org_00000000000000000000000000".parse().expect("an id"),
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
        assert_eq!(matching(&all, "").len(), DRAWN);
        assert_eq!(matching(&all, "nº 777").len(), 1);
        assert_eq!(matching(&all, "FIRMA-999")[0].name, "Firma Nº 999");
        assert!(matching(&all, "nobody").is_empty());
    }
}
