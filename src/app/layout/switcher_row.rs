//! The lines of the organization switcher: a button that switches where one is, or, at a tenant's own host, a link to the
//! host of the other one, since a session there cannot switch.

use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::app::{
    context::{OrganizationRow, at_main_host, use_start, use_tenant},
    plan_words,
    tenancy::api::SwitchOrganization,
    ui::{Avatar, Badge, Glyph, Icon, Tone},
};

/// One organization.
#[component]
pub fn Row(row: OrganizationRow) -> impl IntoView {
    let tenant = use_tenant();
    let OrganizationRow { id, name, slug, plan, address } = row;
    let current = Memo::new(move |_| tenant.organization().id == id);
    // The plan of the current one may change while one looks.
    let plan = Signal::derive(move || if current.get() { tenant.plan().id } else { plan.clone() });
    let checked = move || if current.get() { "true" } else { "false" };
    let marked = move || current.get().then_some("true");
    let inside = view! {
        <Avatar name=name.clone() square=true/>
        <span class="grow menu-two">
            <span class="truncate">{name}</span>
            <span class="truncate quiet">{slug}</span>
        </span>
        {move || {
            let plan = plan.get();
            view! { <Badge tone=Tone::of_plan(&plan)>{plan_words::name_of(&plan)}</Badge> }
        }}
        {move || current.get().then(|| view! { <Icon glyph=Glyph::Check/> })}
    };
    let choice = match address {
        Some(address) => view! {
            <a class="menu-item" role="menuitemradio" href=address aria-checked=checked aria-current=marked>
                {inside}
            </a>
        }
        .into_any(),
        None => view! {
            <button
                class="menu-item"
                type="submit"
                role="menuitemradio"
                name="organization"
                value=id.to_string()
                aria-checked=checked
                aria-current=marked
            >
                {inside}
            </button>
        }
        .into_any(),
    };
    view! { <li role="none">{choice}</li> }
}

/// The way to an organization that is not drawn, where no script can search. At a tenant's own host it begins at the main
/// one.
#[component]
pub fn ByAddress() -> impl IntoView {
    if use_start().with_value(|start| start.at_tenants_host) {
        let all = at_main_host("/dashboard");
        return view! { <p class="without-script menu-address"><a href=all>"All your organizations"</a></p> }
            .into_any();
    }
    let action = SwitchOrganization::PATH;
    view! {
        <form class="without-script menu-address" method="post" action=action>
            <label class="field-label" for="switch-address">"Another organization, by its address"</label>
            <div class="row" data-gap="2">
                <input class="input grow" id="switch-address" name="organization" required=true/>
                <button class="button" data-variant="secondary" data-size="normal" type="submit">"Switch"</button>
            </div>
        </form>
    }
    .into_any()
}
