//! What server functions use. Each begins with [`visitor`] and asks it for a scope, since it is a public endpoint as much
//! as a call of ours.

use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use tenantry_domain::{
    Services, Settings,
    access::{Destination, Visitor, permit::UsageRead},
    db::DbError,
    metering, tenancy,
};
use tenantry_http::{
    App, cookie,
    guard::{self, ClientAddress, Host, Meter},
};
use tenantry_kernel::{
    Code, Problem, UserId,
    tenancy::{OrganizationView, TenantStatus},
    text::IdempotencyKey,
};

use super::{
    context::{Flash, Home, OrganizationRow},
    error::AppError,
    shown_once::{MADE_ELSEWHERE, Shown},
    ssr::{flash, own_path},
};

/// Marks a call that came from a form without a script.
#[derive(Clone, Copy, Debug)]
pub struct PlainForm;

/// A context that the handlers in [`super::ssr`] always provide.
fn provided<T: Clone + 'static>() -> Result<T, AppError> {
    use_context().ok_or_else(|| Problem::new(Code::Internal, "Something went wrong on our side.").into())
}

/// The domain's services.
pub fn services() -> Result<Services, AppError> {
    provided::<App>().map(|app| app.services.clone())
}

/// The headers of the request.
pub fn parts() -> Result<Parts, AppError> {
    provided()
}

/// Who asks, and where: in the tenant that the page names, or in the session's current one where it names none. A call
/// counts against what its caller may do at once, like one of the API.
pub async fn visitor(tenant: &str) -> Result<Visitor, AppError> {
    let (services, parts) = (services()?, parts()?);
    let destination = if tenant.is_empty() { Destination::Current } else { Destination::parse(tenant) };
    let found = guard::visitor(&services, &parts, &destination).await;
    let visitor = found.map_err(|error| guard::address::refused_visit(&services, &parts, error.into()))?;
    Meter::of(&parts).burst_of(&services, &visitor).await?;
    Ok(visitor)
}

/// Where the call came from.
pub fn client_address() -> Result<ClientAddress, AppError> {
    let (services, parts) = (services()?, parts()?);
    Ok(ClientAddress::of(&services.settings, &parts.headers, &parts.extensions))
}

/// All that pages show of where a visitor is. Suspended tenants are shown too, with what they had.
pub async fn home(services: &Services, visitor: &Visitor) -> Result<Home, AppError> {
    let place = visitor.place()?;
    let scope = visitor.organization::<UsageRead>()?;
    let context = tenancy::context(services, place).await?;
    let usage = metering::usage(services, &scope).await?;
    Ok(Home { context, usage })
}

/// The first line of what people do at the main host alone.
pub fn at_main_host() -> Result<(), AppError> {
    Ok(guard::main_host(&services()?.settings, &parts()?)?)
}

/// Organizations as the switcher shows them. At a tenant's own host each has the address of its first workspace that works,
/// since a session there cannot switch.
pub fn rows(settings: &Settings, host: &Host, organizations: Vec<OrganizationView>) -> Vec<OrganizationRow> {
    let address = |view: &OrganizationView| {
        let working = view.tenants.iter().find(|tenant| tenant.status == TenantStatus::Active);
        let tenant = working.or(view.tenants.first()).filter(|_| *host != Host::Main)?;
        settings.tenant_link(&tenant.slug, "/dashboard")
    };
    let row = |view: OrganizationView| {
        let address = address(&view);
        OrganizationRow { id: view.id, name: view.name, slug: view.slug, plan: view.plan, address }
    };
    organizations.into_iter().map(row).collect()
}

/// Sets a cookie with the answer.
pub fn set_cookie(cookie: HeaderValue) -> Result<(), AppError> {
    provided::<ResponseOptions>()?.append_header(header::SET_COOKIE, cookie);
    Ok(())
}

/// The status of the page that is being rendered; the first that somebody sets counts.
pub fn page_status(status: u16) {
    let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) else {
        return;
    };
    if response.0.read().is_ok_and(|parts| parts.status.is_none()) {
        response.set_status(status);
    }
}

/// Leads the browser elsewhere after the call; it loads the page anew.
pub fn lead_to(path: &str) {
    leptos_axum::redirect(path);
}

/// Leads a form without a script elsewhere; a script shows the answer where it is.
pub fn lead_form_to(path: &str) {
    if use_context::<PlainForm>().is_some() {
        lead_to(path);
    }
}

/// Leads back to another page's form, which shows what is wrong and what was typed.
pub async fn send_back(page: &str, refused: Flash) -> Result<(), AppError> {
    carry(page, refused, None).await
}

async fn carry(page: &str, form: Flash, reader: Option<UserId>) -> Result<(), AppError> {
    let services = services()?;
    let kept: Result<_, DbError> = flash::keep(&services, page, form, reader).await;
    set_cookie(kept?)?;
    lead_to(page);
    Ok(())
}

/// Leads a form without a script to a page that shows it the answer, once and to the person who asked; a script has it
/// already. What is shown once thus stands in no address.
pub async fn show_form_at(
    page: &str,
    form: &str,
    visitor: &Visitor,
    answer: &impl serde::Serialize,
) -> Result<(), AppError> {
    if use_context::<PlainForm>().is_none() {
        return Ok(());
    }
    let text = serde_json::to_string(answer).map_err(|_| AppError::unreadable())?;
    carry(page, Flash::answered(form.to_owned(), text), Some(visitor.principal.user.id)).await
}

/// Leads to the page that shows what was made here, once and to the person who asked.
pub async fn lead_to_made(visitor: &Visitor, made: &Shown) -> Result<(), AppError> {
    let text = serde_json::to_string(made).map_err(|_| AppError::unreadable())?;
    carry(&made.page, Flash::answered(MADE_ELSEWHERE.to_owned(), text), Some(visitor.principal.user.id)).await
}

/// A place of ours that a form names, or `otherwise`: whatever leads away from this installation is not followed.
pub fn own_destination(named: &str, otherwise: &str) -> String {
    if own_path(named) { named.to_owned() } else { otherwise.to_owned() }
}

/// The session that the browser holds.
pub fn held_session() -> Result<Option<tenantry_domain::accounts::SessionToken>, AppError> {
    Ok(cookie::session_token(&parts()?.headers, &services()?.settings))
}

/// A form's own key for a request that must happen once.
pub fn once_key(text: &str) -> Option<IdempotencyKey> {
    IdempotencyKey::parse(text).ok()
}

/// A new key for a form's hidden field.
pub fn new_once_key(services: &Services) -> String {
    services.entropy.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}
