//! What can be changed of an account.

use leptos::prelude::*;

use super::api::{
    ChangeEmail, ChangePassword, DeviceRow, KeepEmail, ProveEmail, RenameAccount, SignOutDevice, SignOutOthers,
};
use crate::app::{
    accounts::fields::{CurrentPassword, EmailField, NewPassword},
    form::{Form, FormView},
    ui::{Alert, Badge, Button, ButtonSize, ButtonVariant, Card, Field, Tone},
};

/// The ids of the cards' titles: where one goes on after what was done there.
pub const NAME: &str = "card-name";
pub const ADDRESS: &str = "card-address";
pub const PASSWORD: &str = "card-password";
pub const DEVICES: &str = "card-devices";

#[component]
pub fn Name(name: String) -> impl IntoView {
    let form = Form::of::<RenameAccount>();
    view! {
        <Card title="Name" title_id=NAME>
            <FormView form>
                <Field
                    name="name"
                    label="Your name"
                    autocomplete="name"
                    required=true
                    maxlength=100_u32
                    value=form.typed("name").unwrap_or(name)
                    error=form.error("name")
                />
                <div class="actions">
                    <Button pending=form.pending()>"Save the name"</Button>
                </div>
            </FormView>
        </Card>
    }
}

#[component]
pub fn Address(email: String, proven: bool, pending: Option<String>) -> impl IntoView {
    let form = Form::of::<ChangeEmail>();
    let (keep, prove) = (Form::of::<KeepEmail>(), Form::of::<ProveEmail>());
    let unproven = (!proven).then(|| {
        view! {
            <Alert tone=Tone::Info title="This address is not confirmed">
                "Until it is, mails to it carry neither your name nor your organizations\u{2019}."
            </Alert>
            <FormView form=prove class="actions">
                <Button variant=ButtonVariant::Secondary pending=prove.pending()>"Send a link that confirms it"</Button>
            </FormView>
        }
    });
    let waits = pending.map(|pending| {
        view! {
            <Alert tone=Tone::Info title="Another address is on its way">{pending}</Alert>
            <FormView form=keep class="row">
                <Button variant=ButtonVariant::Ghost pending=keep.pending()>"Keep the old address"</Button>
            </FormView>
        }
    });
    view! {
        <Card title="E-mail" title_id=ADDRESS note=format!("{email}. Another address has to be confirmed at both.")>
            {unproven}
            {waits}
            <FormView form>
                <EmailField form label="New e-mail" id="new-email"/>
                <CurrentPassword form id="email-password"/>
                <div class="actions">
                    <Button pending=form.pending()>"Change the address"</Button>
                </div>
            </FormView>
        </Card>
    }
}

#[component]
pub fn Password() -> impl IntoView {
    let form = Form::of::<ChangePassword>();
    view! {
        <Card title="Password" title_id=PASSWORD note="Every other device is signed out.">
            <FormView form>
                <CurrentPassword form id="old-password"/>
                <NewPassword form label="New password"/>
                <div class="actions">
                    <Button pending=form.pending()>"Change the password"</Button>
                </div>
            </FormView>
        </Card>
    }
}

#[component]
pub fn Devices(devices: Vec<DeviceRow>) -> impl IntoView {
    let (one, others) = (Form::of::<SignOutDevice>(), Form::of::<SignOutOthers>());
    let several = devices.len() > 1;
    let rows = devices.into_iter().map(|row| view! { <Device row form=one/> }).collect_view();
    view! {
        <Card
            title="Devices"
            title_id=DEVICES
            note="Where you are signed in. One that nobody uses for two weeks is signed out by itself."
        >
            <ul class="entries" role="list">{rows}</ul>
            {several.then(|| view! {
                <FormView form=others class="actions">
                    <Button pending=others.pending()>"Sign every other device out"</Button>
                </FormView>
            })}
        </Card>
    }
}

#[component]
fn Device(row: DeviceRow, form: Form) -> impl IntoView {
    let DeviceRow { id, device, current, seen } = row;
    let label = format!("Sign out {device}");
    view! {
        <li class="entry">
            <div class="entry-what">
                <h3 class="entry-name">
                    <span>{device}</span>
                    {current.then(|| view! { <Badge tone=Tone::Success>"this device"</Badge> })}
                </h3>
                <p class="entry-note">{seen}</p>
            </div>
            {(!current).then(|| view! {
                <FormView form class="entry-actions">
                    <input type="hidden" name="session" value=id/>
                    <Button size=ButtonSize::Small label pending=form.pending()>"Sign out"</Button>
                </FormView>
            })}
        </li>
    }
}
