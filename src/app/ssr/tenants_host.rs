//! Pages at a tenant's own host: its workspace and nothing else. What belongs to the installation is at the main host.

use tenantry_http::{hand_over::ENTER, paths::with_query};

use super::start::{BY_MAIL, asks_again, next_of};
use crate::app::context::Start;

/// Where somebody is led who may not see the page at `path`, given with its query, at a tenant's host. Whether there is such
/// a tenant makes no difference to who has no session there.
pub fn detour(start: &Start, path_and_query: &str) -> Option<String> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    if start.problem.is_some() {
        return None;
    }
    let instead = match path {
        "/" => Some("/dashboard".to_owned()),
        "/sign-in" | "/sign-up" if !asks_again(path_and_query) => {
            Some(next_of(path_and_query).unwrap_or_else(|| "/dashboard".to_owned()))
        }
        _ if asks_again(path_and_query) || path.starts_with("/onboarding/") || BY_MAIL.contains(&path) => {
            return Some(format!("{}{path_and_query}", start.public_url));
        }
        _ => None,
    };
    match &start.session {
        Some(_) => instead,
        None => Some(with_query(ENTER, &[("next", instead.as_deref().unwrap_or(path_and_query))])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ssr::start::tests::signed_in;

    #[test]
    fn every_page_asks_the_main_host_who_looks() {
        let stranger = Start { public_url: "http://127.0.0.1:3000".into(), at_tenants_host: true, ..Start::default() };
        for page in leptos_axum::generate_route_list(crate::app::App) {
            let to = detour(&stranger, page.path()).expect("nothing is shown to strangers");
            let at_main = page.path().starts_with("/onboarding/") || BY_MAIL.contains(&page.path());
            let there = format!("http://127.0.0.1:3000{}", page.path());
            assert!(if at_main { to == there } else { to.starts_with("/enter?next=%2F") }, "{to}");
        }
        assert_eq!(detour(&stranger, "/nothing?a=b").as_deref(), Some("/enter?next=%2Fnothing%3Fa%3Db"));
        assert_eq!(detour(&stranger, "/sign-in?next=/plans").as_deref(), Some("/enter?next=%2Fplans"));
        assert_eq!(detour(&stranger, "/").as_deref(), Some("/enter?next=%2Fdashboard"));
    }

    #[test]
    fn who_is_in_sees_the_workspace_and_is_led_to_the_main_host_for_what_is_there() {
        let public_url = "http://127.0.0.1:3000".to_owned();
        let start = Start { public_url, at_tenants_host: true, ..signed_in() };
        for page in ["/dashboard", "/dispatch", "/plans", "/jobs/job_1", "/nothing"] {
            assert_eq!(detour(&start, page), None, "{page}");
        }
        assert_eq!(detour(&start, "/").as_deref(), Some("/dashboard"));
        assert_eq!(detour(&start, "/sign-in?next=//evil.example").as_deref(), Some("/dashboard"));
        let wizard = detour(&start, "/onboarding/welcome");
        assert_eq!(wizard.as_deref(), Some("http://127.0.0.1:3000/onboarding/welcome"));
    }
}
