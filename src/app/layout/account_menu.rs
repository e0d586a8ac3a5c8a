//! Who is signed in, and the way out.

use leptos::prelude::*;

use crate::app::{
    accounts::api::SignOut,
    context::use_session,
    ui::{Avatar, Menu, MenuButton, MenuList},
};

/// The menu of the person.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let user = use_session().map(|session| session.user);
    let (name, email) = user.map(|user| (user.name, user.email)).unwrap_or_default();
    let sign_out = ServerAction::<SignOut>::new();
    let face = name.clone();
    view! {
        <Menu align_end=true label="Your account" trigger=move || view! { <Avatar name=face.clone()/> }>
            <div class="menu-who">
                <p class="break"><strong>{name}</strong></p>
                <p class="quiet break">{email}</p>
            </div>
            <ActionForm action=sign_out>
                <MenuList>
                    <MenuButton>"Sign out"</MenuButton>
                </MenuList>
            </ActionForm>
        </Menu>
    }
}
