//! The document around every page: styles, the browser's module, and the policy that says what may run here.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;
use tenantry_http::{
    App as Served,
    guard::{Host, host_of},
    site::Site,
};

use crate::app::App;

/// The document. Where the site has not been built, the page comes without styles and scripts and still works.
pub fn document(site: &Site) -> impl IntoView + use<> {
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    set_policy(&nonce);
    let address = |name: &str| site.asset(name).map(str::to_owned);
    let styles = address("tenantry.css");
    let module = address("tenantry.js").zip(address("parts.js")).zip(address("tenantry_bg.wasm"));
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                {styles.map(|styles| view! { <link rel="stylesheet" href=styles/> })}
                // Nothing is painted before the page's own part has arrived: what is in the middle, or shares a line, would move
                // with each piece of it.
                <link rel="expect" href="#main" blocking="render"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="alternate icon" href="/favicon.ico" sizes="32x32"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/site.webmanifest"/>
                {module.map(|((glue, parts), wasm)| view! { <Module glue parts wasm nonce/> })}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the browser's side. The first script asks for the module as early as can be, and only where scripts run; the
/// second waits for the whole page, so everything that it takes over is there.
#[component]
fn Module(glue: String, parts: String, wasm: String, nonce: String) -> impl IntoView {
    let ask = format!("const tenantryModule = fetch(\"{wasm}\");");
    let take_over = format!(
        "import start, {{ hydrate }} from \"{glue}\";\nstart({{ module_or_path: tenantryModule }}).then(hydrate);"
    );
    view! {
        <link rel="modulepreload" href=glue/>
        <link rel="modulepreload" href=parts/>
        <script nonce=nonce.clone() inner_html=ask></script>
        <script type="module" nonce=nonce inner_html=take_over></script>
    }
}

/// The main host, as another place to which forms of a tenant's host may lead: whose session has ended is asked there who
/// they are.
fn main_host() -> Option<String> {
    let at_tenants_host = use_context::<Parts>().is_some_and(|parts| *host_of(&parts) != Host::Main);
    let served = use_context::<Served>().filter(|_| at_tenants_host)?;
    Some(format!(" {}", served.services.settings.public_url.origin().ascii_serialization()))
}

/// What may run on a page: our own files, and the scripts that this answer itself has written.
fn set_policy(nonce: &str) {
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'{}",
        main_host().unwrap_or_default()
    );
    if let (Some(response), Ok(policy)) = (use_context::<ResponseOptions>(), HeaderValue::try_from(policy)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
