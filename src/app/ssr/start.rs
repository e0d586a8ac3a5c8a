//! Finding out what a page begins with.

use axum::http::request::Parts;
use tenantry_domain::{
    Services,
    access::{AccessError, Destination, Visitor},
    tenancy,
};
use tenantry_http::guard::{self, Host, host_of};

use super::{flash, window};
use crate::app::{
    context::{ORGANIZATIONS_AT_START, Session, Start},
    error::AppError,
    layout, server,
};

/// What the page at `path` begins with. A database that is away is told on the page; every other page would be wrong.
pub async fn load(services: &Services, parts: &Parts, path: &str) -> Start {
    let public_url = services.settings.link("");
    let at_tenants_host = *host_of(parts) != Host::Main;
    match try_load(services, parts, path).await {
        Ok(start) => Start { public_url, at_tenants_host, ..start },
        Err(error) => Start { problem: Some(error), public_url, at_tenants_host, ..Start::default() },
    }
}

async fn try_load(services: &Services, parts: &Parts, path: &str) -> Result<Start, AppError> {
    let visitor = match guard::visitor(services, parts, &window::named(&parts.uri)).await {
        // What an address names may be no place of theirs; then they are where they are.
        Err(AccessError::NotFound | AccessError::Mismatch) => {
            guard::visitor(services, parts, &Destination::Current).await
        }
        visitor => visitor,
    };
    let session = match visitor {
        Ok(visitor) => Some(session(services, host_of(parts), &visitor).await?),
        Err(AccessError::Unauthenticated) => None,
        Err(error) => return Err(error.into()),
    };
    // A form that is shown without its error is better than no page.
    let reader = session.as_ref().map(|session| session.user.id);
    let flash = flash::take(services, &parts.headers, path, reader).await.unwrap_or_default();
    Ok(Start { session, flash, ..Start::default() })
}

async fn session(services: &Services, host: &Host, visitor: &Visitor) -> Result<Session, AppError> {
    let mut organizations = tenancy::organizations(services, visitor).await?.organizations;
    let organization_count = organizations.len();
    if organization_count > ORGANIZATIONS_AT_START {
        // Where not all are brought, the one of the page is the first, however late its name comes.
        let here = visitor.place.as_ref().map(|place| place.organization);
        if let Some(at) = organizations.iter().position(|view| Some(view.id) == here) {
            organizations[..=at].rotate_right(1);
        }
        organizations.truncate(ORGANIZATIONS_AT_START);
    }
    let home = match visitor.place {
        Some(_) => Some(server::home(services, visitor).await?),
        None => None,
    };
    Ok(Session {
        user: visitor.principal.user.clone(),
        organization_count,
        organizations: server::rows(&services.settings, host, organizations),
        home,
    })
}

/// Pages that links in mails lead to, and what asks for them: anybody's, at the main host.
pub const BY_MAIL: [&str; 3] = ["/forgot-password", "/reset-password", "/verify-email"];

/// Where somebody is led who may not see the page at `path`, given with its query.
pub fn detour(start: &Start, path_and_query: &str) -> Option<String> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    if start.problem.is_some() {
        return None;
    }
    let door = matches!(path, "/sign-in" | "/sign-up") && !asks_again(path_and_query);
    let wizard = path.starts_with("/onboarding/");
    let workspace = layout::in_navigation(path)
        || path.starts_with("/jobs/")
        || path.starts_with("/tools/")
        || path.starts_with("/webhooks/");
    match &start.session {
        Some(_) if door => Some(next_of(path_and_query).unwrap_or_else(|| start.first_page().to_owned())),
        None if wizard || workspace || path == layout::ACCOUNT => {
            Some(format!("/sign-in?next={}", encode(path_and_query)))
        }
        Some(session) if workspace && session.home.is_none() => Some("/onboarding/welcome".to_owned()),
        _ => None,
    }
}

/// Is it the sign-in for whoever is signed in and must prove again who they are?
pub fn asks_again(path_and_query: &str) -> bool {
    path_and_query.strip_prefix("/sign-in?").is_some_and(|query| {
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "again" && !value.is_empty())
    })
}

/// The place that a sign-in is to lead to, if it is ours.
pub fn next_of(path_and_query: &str) -> Option<String> {
    let query = path_and_query.split_once('?')?.1;
    let next = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next")?.1.into_owned();
    super::own_path(&next).then_some(next)
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use tenantry_kernel::tenancy::UserView;

    use super::*;

    pub fn signed_in() -> Start {
        let user = UserView {
            id: "usr_00000000000000000000000000".parse().expect("an id"),
            name: "Ada".into(),
            email: "ada@example.com".into(),
        };
        let session = Session { user, organizations: vec![], organization_count: 0, home: None };
        Start { session: Some(session), ..Start::default() }
    }

    #[test]
    fn a_stranger_is_led_to_the_sign_in_and_back() {
        let stranger = Start::default();
        assert_eq!(detour(&stranger, "/jobs/job_1?a=b").as_deref(), Some("/sign-in?next=%2Fjobs%2Fjob_1%3Fa%3Db"));
        assert_eq!(detour(&stranger, "/onboarding/plan").as_deref(), Some("/sign-in?next=%2Fonboarding%2Fplan"));
        for open in ["/", "/sign-in", "/sign-up", "/nothing"] {
            assert_eq!(detour(&stranger, open), None, "{open}");
        }
    }

    #[test]
    fn every_page_but_the_public_ones_asks_who_looks() {
        let pages = leptos_axum::generate_route_list(crate::app::App);
        assert!(pages.len() > 10, "the pages were not found");
        for page in pages {
            let public = matches!(page.path(), "/" | "/sign-in" | "/sign-up") || BY_MAIL.contains(&page.path());
            assert_eq!(detour(&Start::default(), page.path()).is_none(), public, "{}", page.path());
        }
    }

    #[test]
    fn a_person_without_an_organization_is_led_to_the_wizard() {
        assert_eq!(detour(&signed_in(), "/dashboard").as_deref(), Some("/onboarding/welcome"));
        assert_eq!(detour(&signed_in(), "/onboarding/plan"), None);
        assert_eq!(detour(&signed_in(), "/account"), None, "an account is theirs without one");
        assert_eq!(detour(&signed_in(), "/sign-in").as_deref(), Some("/onboarding/welcome"));
    }

    #[test]
    fn who_is_signed_in_goes_on_to_where_they_wanted_if_it_is_ours() {
        assert_eq!(detour(&signed_in(), "/sign-in?next=%2Fplans").as_deref(), Some("/plans"));
        assert_eq!(detour(&signed_in(), "/sign-in?next=//evil.example").as_deref(), Some("/onboarding/welcome"));
        assert_eq!(detour(&signed_in(), "/sign-in?again=yes&next=%2Fkeys"), None, "who they are is to be proven again");
    }
}
