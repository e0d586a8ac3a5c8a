//! Who is signed in, and the way out.

use leptos::prelude::*;

use crate::app::{
    accounts::api::SignOut,
    context::{Tabs, use_session},
    form::{Form, FormView},
    ui::{Avatar, Menu, MenuButton, MenuLink, MenuList},
};

/// The menu of the person.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let user = use_session().map(|session| session.user);
    let (name, email) = user.map(|user| (user.name, user.email)).unwrap_or_default();
    let form = Form::of::<SignOut>();
    Tabs::heard().leave_with(form);
    let face = name.clone();
    view! {
        <Menu align_end=true label="Your account" trigger=move || view! { <Avatar name=face.clone()/> }>
            <div class="menu-who">
                <p class="break"><strong>{name}</strong></p>
                <p class="quiet break">{email}</p>
            </div>
            <MenuList>
                <MenuLink href="/account">"Your account"</MenuLink>
            </MenuList>
            <FormView form class="menu-form">
                <MenuList>
                    <MenuButton>"Sign out"</MenuButton>
                </MenuList>
            </FormView>
        </Menu>
    }
}
