//! What is said when a limit is near or reached, on the dashboard: in a place of its own, so that nothing moves when it is.

use leptos::prelude::*;

use super::pressing::{Notice, longest, most_pressing};
use crate::app::{
    context::use_tenant,
    ui::{Alert, Room, Tone},
};

/// The most pressing limit, or that none is near. Limits are reached while one looks, so it has room for either.
#[component]
pub fn LimitNotice() -> impl IntoView {
    let tenant = use_tenant();
    // What is said changes seldom; the numbers behind it often.
    let notice = Memo::new(move |_| tenant.of_usage(most_pressing));
    let longest = Memo::new(move |_| tenant.of_usage(longest));
    move || {
        // Where nothing is limited nothing is ever said.
        longest.with(Option::is_some).then(|| {
            view! {
                <Room most=Signal::derive(move || longest.get().unwrap_or_default())>
                    {move || match notice.get() {
                        Some(notice) => view! { <Near notice/> }.into_any(),
                        None => view! { <Far/> }.into_any(),
                    }}
                </Room>
            }
        })
    }
}

#[component]
fn Near(notice: Notice) -> impl IntoView {
    let Notice { tone, title, text, href, way } = notice;
    view! {
        <Alert tone title>
            <p>{text} " " <a href=href>{way}</a></p>
        </Alert>
    }
}

#[component]
fn Far() -> impl IntoView {
    view! {
        <Alert tone=Tone::Neutral title="Every limit has room">
            "At 80 and 100 % it is said here, and owners and admins get a mail."
        </Alert>
    }
}
