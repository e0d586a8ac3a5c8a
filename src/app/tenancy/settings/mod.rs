//! The settings of an organization: what it is called, by which name programs call it, whose midnight begins its day; and the
//! ids of all that.

pub mod api;
mod facts;
mod general;
#[cfg(feature = "ssr")]
mod server;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use tenantry_kernel::Permission;

use crate::app::{
    answers::{Asked, Told},
    context::use_tenant,
    form::Form,
    layout::PageTitle,
    problem_view::ProblemPage,
    reading::{Reading, Stage},
    ui::{Alert, LinkButton, PageHeader, Skeleton, Tone},
};
use api::ReadSettings;
use facts::{Organization, ThisWorkspace};
use general::{Editing, General};

/// Settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let tenant = use_tenant();
    let editing = Editing::of_page();
    // What somebody else changes shows in the place of the page, and in when the day ends.
    let seen = Memo::new(move |_| {
        let day_ends = tenant.of_usage(|usage| usage.api_calls.resets_at);
        (tenant.organization(), day_ends, tenant.can(Permission::OrganizationManage))
    });
    let changes = Memo::new(move |before: Option<&u32>| {
        // Read, not tracked alone: a memo that nobody reads has seen nothing yet.
        seen.with(|_| ());
        before.map_or(0, |before| before.wrapping_add(1))
    });
    let sheet = Reading::<ReadSettings>::of(move || (tenant.fields(), changes.get().wrapping_add(editing.saved.get())));
    Told::of(vec![Asked::on_page(editing.form).saying("The settings are saved.")]);
    Effect::new(move |_| {
        if editing.form.answers() > 0 && editing.form.is_done() {
            tenant.refresh();
        }
    });
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Settings"/>
        <div class="page" data-width="narrow">
            <PageHeader title="Settings" lead="They hold for everybody in the organization.">
                <LinkButton href="/plans">"Plans"</LinkButton>
                <LinkButton href="/account">"Your account"</LinkButton>
            </PageHeader>
            <Saved form=editing.form/>
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    stage.show(move || match answer {
                        Ok(sheet) => {
                            view! {
                                <General sheet=sheet.clone() editing/>
                                <Organization id=sheet.id made=sheet.made/>
                                <ThisWorkspace host=sheet.host/>
                            }
                            .into_any()
                        }
                        Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

/// What a form without a script has just done; with one it is told at the edge of the page.
#[component]
fn Saved(form: Form) -> impl IntoView {
    let query = use_query_map();
    let said = Memo::new(move |_| query.with(|query| query.get("saved").is_some_and(|saved| saved == "yes")));
    move || {
        let is_last = form.answers() == 0 && form.problem().with(Option::is_none);
        (said.get() && is_last).then(|| view! { <Alert tone=Tone::Success>"The settings are saved."</Alert> })
    }
}
