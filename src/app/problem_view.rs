//! A problem on a page: the sentence, the way out, and the code for whoever looks it up.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use tenantry_kernel::{Code, Problem};

use super::{
    context::at_main_host,
    layout,
    ui::{Alert, ButtonVariant, EmptyState, Glyph, LinkButton, Tone, grouped},
    when,
};

/// Where a larger plan is chosen, if that would help.
fn upgrade(problem: &Problem) -> Option<String> {
    let named = problem.limit.as_ref().and_then(|limit| limit.upgrade_url.clone());
    let by_plan = matches!(problem.code, Code::FeatureNotInPlan | Code::PlanExpired | Code::ConcurrentLimit);
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

/// A refusal where it happened.
#[component]
pub fn ProblemAlert(
    /// The problem.
    problem: Problem,
) -> impl IntoView {
    let (facts, upgrade, again) = (facts(&problem), upgrade(&problem), again(&problem));
    let Problem { detail, fix, code, type_uri, .. } = problem;
    view! {
        <Alert tone=Tone::Danger title=detail>
            <div class="stack" data-gap="2">
                {facts.map(|facts| view! { <p>{facts}</p> })}
                <p>
                    {fix} " "
                    <a href=type_uri rel="external" class="mono nowrap">{code.as_str()}</a>
                </p>
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
    let title = if problem.code == Code::NotFound { "There is nothing here".to_owned() } else { problem.title };
    let text = match problem.code {
        Code::NotFound => "It may belong to another organization, or the address is not right.".to_owned(),
        _ => format!("{} {}", problem.detail, problem.fix),
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
