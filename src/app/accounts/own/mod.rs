//! One's own account: name, address, password, devices, and its end.

pub mod api;
mod cards;
mod end;

use leptos::prelude::*;

use super::named;
use crate::app::{
    layout::{PageTitle, focus_heading},
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
    let said = Memo::new(move |_| match done.get().as_str() {
        "name" => Some(("Your name is changed.", cards::NAME)),
        "proof" => Some(("A link is on its way to you. It confirms your address.", cards::ADDRESS)),
        "email" => Some(("Look into both mailboxes: each has a link to open.", cards::ADDRESS)),
        "password" => Some(("Your password is changed, and every other device is signed out.", cards::PASSWORD)),
        "device" => Some(("The device is signed out.", cards::DEVICES)),
        "devices" => Some(("Every other device is signed out.", cards::DEVICES)),
        _ => None,
    });
    // The page was loaded anew: one goes on where it was done.
    Effect::new(move |_| said.get().into_iter().for_each(|(_, place)| focus_heading(place)));
    view! {
        <PageTitle text="Account"/>
        <div class="page" data-width="narrow">
            <PageHeader title="Your account" lead="It is yours in every organization that you belong to."/>
            {move || said.get().map(|(text, _)| view! { <Alert tone=Tone::Success>{text}</Alert> })}
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
