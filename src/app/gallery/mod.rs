//! The gallery: every component in every state, in both themes side by side, for whoever works on the looks. It is there in
//! development alone, drawn by the server without scripts, so no visitor fetches a byte of it.

mod acting;
mod asking;
mod telling;

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::prelude::*;
use tenantry_http::site::Site;

use self::{acting::Acting, asking::Asking, telling::Telling};
use super::ui::Mark;

/// The gallery as a document.
pub fn page(site: &Site) -> Response {
    let styles = site.asset("tenantry.css").map(str::to_owned);
    let html = Owner::new().with(|| view! { <Document styles/> }.to_html());
    let mut response = Html(html).into_response();
    let policy =
        HeaderValue::from_static("default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[component]
fn Document(styles: Option<String>) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>"Gallery · Tenantry"</title>
                {styles.map(|styles| view! { <link rel="stylesheet" href=styles/> })}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
            </head>
            <body>
                <main class="gallery" id="main">
                    <h1 class="row"><Mark/>"Gallery"</h1>
                    <p class="soft">"Every component in every state. What stands here is what pages are made of."</p>
                    <div class="gallery-themes">
                        <Theme name="light"/>
                        <Theme name="dark"/>
                    </div>
                </main>
            </body>
        </html>
    }
}

/// Everything in one theme. Names and ids carry the theme's, since a document has each once.
#[component]
fn Theme(name: &'static str) -> impl IntoView {
    view! {
        <section class="gallery-theme" data-theme=name aria-label=name>
            <Acting within=name/>
            <Asking within=name/>
            <Telling within=name/>
        </section>
    }
}

/// A group of what belongs together.
#[component]
fn Group(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="gallery-group">
            <h2>{title}</h2>
            {children()}
        </div>
    }
}
