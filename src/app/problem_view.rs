//! A problem on a page: the sentence, the way out, and the code for whoever looks it up.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use tenantry_kernel::{Code, Problem};

use super::{
    context::at_main_host,
    error::NO_PAGE,
    layout,
    ui::{Alert, ButtonVariant, EmptyState, Glyph, LinkButton, Tone, grouped},
    when,
};

/// Where a larger plan is chosen, if that would help.
fn upgrade(problem: &Problem) -> Option<String> {
    let named = problem.limit.as_ref().and_then(|limit| limit.upgrade_url.clone());
    let by_plan = matches!(problem.code, Code::FeatureNotInPlan | Code::PlanExpired);
    named.or_else(|| by_plan.then(|| "/plans".to_owned()))
}

/// Where who is signed in proves again who they are, and from where they come back here.
fn again(problem: &Problem) -> Option<String> {
    let asks = problem.code == Code::ReauthenticationRequired;
    asks.then(|| {
        let here = use_location().pathname.get_untracked();
        at_main_host(&format!("/sign-in?again=yes&next={here}"))
    })
}

/// The facts of the limit that refused, in a sentence.
fn facts(problem: &Problem) -> Option<String> {
    let limit = problem.limit.as_ref()?;
    let used = limit.limit.map(|most| format!("{} of {} used.", grouped(limit.used), grouped(most)));
    let resets = limit.resets_at.map(|at| format!("Starts anew on {}.", when::moment(at)));
    match (used, resets) {
        (Some(used), Some(resets)) => Some(format!("{used} {resets}")),
        (used, resets) => used.or(resets),
    }
}

/// What to do about it, for who reads it on a page: the contract's own words tell programs what to send.
fn way_out(problem: &Problem) -> String {
    let Problem { code, fix, .. } = problem;
    if fix != code.fix() {
        return fix.clone();
    }
    let words = match code {
        Code::RateLimited | Code::GuardUnavailable => return later(problem.retry_after),
        Code::Internal => return reported(problem.request_id.as_deref()),
        Code::Unauthenticated => "Sign in again.",
        Code::ConcurrentLimit => "Tick “Wait where every slot is taken”, or wait until a running job has ended.",
        Code::Invalid => "Correct it and send it again.",
        Code::BodyTooLarge => "Send less.",
        Code::Conflict => "Look at it again, then decide anew.",
        Code::IdempotencyInFlight => "Wait a moment: it is under way.",
        Code::Malformed
        | Code::CrossSite
        | Code::TenantMismatch
        | Code::MethodNotAllowed
        | Code::UnsupportedMediaType
        | Code::IdempotencyKeyReused => "Load the page anew and try again.",
        other => other.fix(),
    };
    words.to_owned()
}

/// When another try makes sense; what is over in seconds need not be counted.
fn later(seconds: Option<u32>) -> String {
    match seconds {
        Some(seconds @ 2..=119) => format!("Try again in {seconds} seconds."),
        Some(seconds @ 120..) => format!("Try again in {} minutes.", seconds.div_ceil(60)),
        Some(_) | None => "Try again in a moment.".to_owned(),
    }
}

/// What helps to find out what broke.
fn reported(request: Option<&str>) -> String {
    match request {
        Some(request) => format!("Try again; if it stays, report it with the request’s id, {request}."),
        None => "Try again; if it stays, tell whoever runs this installation.".to_owned(),
    }
}

/// A refusal where it happened.
#[component]
pub fn ProblemAlert(
    /// The problem.
    problem: Problem,
) -> impl IntoView {
    let (facts, upgrade, again) = (facts(&problem), upgrade(&problem), again(&problem));
    let fix = way_out(&problem);
    let Problem { detail, code, type_uri, .. } = problem;
    // Of what the browser says itself nothing more is to be looked up.
    let explained = (type_uri != NO_PAGE)
        .then(|| view! { " " <a href=type_uri rel="external" class="mono nowrap">{code.as_str()}</a> });
    view! {
        <Alert tone=Tone::Danger title=detail>
            <div class="stack" data-gap="2">
                {facts.map(|facts| view! { <p>{facts}</p> })}
                <p>{fix} {explained}</p>
                {upgrade.map(|href| view! { <p><a href=href>"Compare plans"</a></p> })}
                {again.map(|href| view! { <p><a href=href rel="external">"Sign in again"</a></p> })}
            </div>
        </Alert>
    }
}

/// A refusal in the place of what was asked for.
#[component]
pub fn ProblemPage(
    /// The problem.
    problem: Problem,
    /// Nothing else stands on the page.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    status(problem.status);
    let fix = way_out(&problem);
    let title = if problem.code == Code::NotFound { "There is nothing here".to_owned() } else { problem.title };
    let text = match problem.code {
        Code::NotFound => "It may belong to another organization, or the address is not right.".to_owned(),
        _ => format!("{} {fix}", problem.detail),
    };
    let glyph = if problem.code == Code::NotFound { Glyph::Search } else { Glyph::Warning };
    // A session that ended elsewhere leaves a page that knows too much: the sign-in loads anew.
    let (href, external, words) = match problem.code {
        Code::Unauthenticated => ("/sign-in".to_owned(), true, "Sign in"),
        Code::GuardUnavailable => (layout::here(), true, "Try again"),
        _ => ("/dashboard".to_owned(), false, "To the dashboard"),
    };
    view! {
        <EmptyState glyph title text whole>
            <LinkButton href external variant=ButtonVariant::Secondary>{words}</LinkButton>
        </EmptyState>
    }
}

/// Sets the status of the page that is being rendered.
pub fn status(status: u16) {
    #[cfg(feature = "ssr")]
    super::server::page_status(status);
    #[cfg(not(feature = "ssr"))]
    let _browser_has_none = status;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_on_a_page_what_a_program_should_send() {
        for code in Code::ALL {
            let said = way_out(&Problem::new(*code, "It is refused."));
            for word in [
                "\"",
                "Retry-After",
                "credential",
                "header",
                "errors",
                "application/json",
                "the detail",
                "the tenant out",
            ] {
                assert!(!said.contains(word), "{code}: {said}");
            }
            assert!(said.ends_with('.') && !said.is_empty(), "{code}: {said}");
        }
    }

    #[test]
    fn what_the_refusal_itself_knows_better_is_said() {
        let own = Problem::new(Code::GuardUnavailable, "Away.").with_fix("Check the connection.");
        assert_eq!(way_out(&own), "Check the connection.");
        let wait = |seconds| way_out(&Problem::new(Code::RateLimited, "Slower.").with_retry_after(seconds));
        assert_eq!(
            [wait(1), wait(17), wait(150)].map(|said| said.replace("Try again in ", "")),
            ["a moment.", "17 seconds.", "3 minutes."]
        );
        let broken = Problem { request_id: Some("req_7".into()), ..Problem::new(Code::Internal, "Broken.") };
        assert!(
            way_out(&broken).contains("req_7") && !way_out(&Problem::new(Code::Internal, "Broken.")).contains("id")
        );
    }
}
