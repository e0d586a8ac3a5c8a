//! One's own account: name, address, password, devices, and its end.

pub mod api;
mod cards;
mod end;

use leptos::prelude::*;

use super::named;
use crate::app::{
    layout::PageTitle,
    problem_view::ProblemPage,
    reading::Reading,
    ui::{Alert, PageHeader, Skeleton, Tone},
};
use api::{AccountSheet, ReadAccount};
use cards::{Address, Devices, Name, Password};
use end::End;

/// The page. Whatever is done on it loads it anew, so it shows what is so.
#[component]
pub fn AccountPage() -> impl IntoView {
    let sheet = Reading::<ReadAccount>::once();
    let done = named("done");
    // What a form of ours has just done; an address that somebody made up says nothing that would harm.
    let said = move || match done.get().as_str() {
        "name" => Some("Your name is changed."),
        "proof" => Some("A link is on its way to you. It confirms your address."),
        "email" => Some("Look into both mailboxes: each has a link to open."),
        "password" => Some("Your password is changed, and every other device is signed out."),
        "device" => Some("The device is signed out."),
        "devices" => Some("Every other device is signed out."),
        _ => None,
    };
    view! {
        <PageTitle text="Account"/>
        <div class="page" data-width="narrow">
            <PageHeader title="Your account" lead="It is yours in every organization that you belong to."/>
            {move || said().map(|text| view! { <Alert tone=Tone::Success>{text}</Alert> })}
            <Suspense fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    match sheet.get().await {
                        Ok(sheet) => view! { <Sheet sheet/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                    }
                })}
            </Suspense>
        </div>
    }
}

#[component]
fn Sheet(sheet: AccountSheet) -> impl IntoView {
    let AccountSheet { name, email, proven, pending, devices, owns_alone } = sheet;
    view! {
        <Name name/>
        <Address email proven pending/>
        <Password/>
        <Devices devices/>
        <End owns_alone/>
    }
}
