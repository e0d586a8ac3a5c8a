//! What a job has been through: accepted, tried, tried again, ended.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use tenantry_kernel::dispatch::{Attempt, AttemptOutcome, JobHead, JobStatus};

use super::api::JobSheet;
use crate::app::{
    ui::{Badge, Card, Tone},
    when,
};

/// A moment in the life of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    title: String,
    /// The outcome in a word, and what it means.
    word: Option<(&'static str, Tone)>,
    at: DateTime<Utc>,
    /// How long it took, what was answered.
    facts: Vec<String>,
    /// Why.
    reason: Option<String>,
}

/// What the job has been through, the first thing first.
#[component]
pub fn Timeline(
    /// The job.
    sheet: JobSheet,
) -> impl IntoView {
    let steps = steps(&sheet).into_iter().map(|step| view! { <Moment step/> }).collect_view();
    view! {
        <Card title="Timeline">
            <ol class="timeline" role="list">{steps}</ol>
        </Card>
    }
}

#[component]
fn Moment(step: Step) -> impl IntoView {
    let Step { title, word, at, facts, reason } = step;
    let tone = word.map_or(Tone::Neutral, |(_, tone)| tone);
    let facts = facts.into_iter().map(|fact| format!(" · {fact}")).collect::<String>();
    view! {
        <li class="timeline-step" data-tone=tone.word()>
            <p class="timeline-title">
                <span>{title}</span>
                {word.map(|(word, tone)| view! { <Badge tone>{word}</Badge> })}
            </p>
            <p class="timeline-facts"><time datetime=when::machine(at)>{when::second(at)}</time>{facts}</p>
            {reason.map(|reason| view! { <p class="timeline-reason break">{reason}</p> })}
        </li>
    }
}

fn steps(sheet: &JobSheet) -> Vec<Step> {
    let head = &sheet.head;
    let mut steps = vec![step("Accepted", head.created_at)];
    let mut number = 0;
    for attempt in &sheet.timeline {
        if attempt.outcome != AttemptOutcome::HandedOver {
            number += 1;
        }
        steps.push(earlier(attempt, number));
    }
    steps.extend(last(sheet, number + 1));
    if head.status == JobStatus::Canceled {
        let word = Some(("canceled", Tone::Warning));
        steps.extend(head.finished_at.map(|at| Step { word, ..step("Ended by somebody", at) }));
    }
    steps.extend(sheet.retry_at.filter(|_| head.status == JobStatus::Queued).map(|at| step("Next attempt", at)));
    steps.extend(sheet.waits_until.filter(|_| head.status == JobStatus::Running).map(|at| {
        let reason = Some("The tool has taken it and answers later. Without an answer it fails then.".to_owned());
        Step { reason, ..step("Waits for the tool until", at) }
    }));
    steps
}

fn step(title: impl Into<String>, at: DateTime<Utc>) -> Step {
    Step { title: title.into(), word: None, at, facts: Vec::new(), reason: None }
}

/// An attempt that did not end the job.
fn earlier(attempt: &Attempt, number: usize) -> Step {
    let (title, word) = match attempt.outcome {
        AttemptOutcome::Failed => (format!("Attempt {number}"), ("failed for now", Tone::Warning)),
        AttemptOutcome::Lost => (format!("Attempt {number}"), ("worker lost", Tone::Danger)),
        AttemptOutcome::HandedOver => ("Handed to another worker".to_owned(), ("not counted", Tone::Neutral)),
    };
    let took = (attempt.ended_at - attempt.started_at).num_milliseconds();
    let answered = attempt.http_status.map(|status| format!("HTTP {status}"));
    let facts = answered.into_iter().chain([format!("took {}", when::duration(took))]).collect();
    Step { word: Some(word), facts, reason: attempt.error.clone(), ..step(title, attempt.started_at) }
}

/// The attempt that runs, or that ended the job.
fn last(sheet: &JobSheet, number: usize) -> Option<Step> {
    let JobHead { status, started_at, duration_ms, .. } = &sheet.head;
    let word = match status {
        JobStatus::Running => ("running", Tone::Info),
        JobStatus::Succeeded => ("succeeded", Tone::Success),
        JobStatus::Failed => ("failed", Tone::Danger),
        JobStatus::Queued | JobStatus::Canceled => return None,
    };
    let answered = sheet.http_status.map(|status| format!("HTTP {status}"));
    let took = duration_ms.map(|took| format!("took {}", when::duration(took)));
    let facts = answered.into_iter().chain(took).collect();
    let reason = sheet.error.clone();
    started_at.map(|at| Step { word: Some(word), facts, reason, ..step(format!("Attempt {number}"), at) })
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::money::CostEstimate;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).expect("a moment")
    }

    fn attempt(outcome: AttemptOutcome, second: i64) -> Attempt {
        let (http_status, error) = (Some(503), Some("The tool answered 503.".to_owned()));
        Attempt { started_at: at(second), ended_at: at(second + 2), outcome, http_status, error }
    }

    fn sheet(status: JobStatus, timeline: Vec<Attempt>) -> JobSheet {
        let head = JobHead {
            id: "job_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("an id"),
            tool: "crm".into(),
            action: "test".into(),
            status,
            attempts: 1,
            created_at: at(0),
            started_at: Some(at(100)),
            finished_at: status.is_over().then(|| at(101)),
            duration_ms: status.is_over().then_some(1_000),
            tokens_used: 0,
            api_calls: 0,
            cost_estimate: CostEstimate::default(),
        };
        let (payload, once) = (String::new(), String::new());
        let (result, error, http_status) = (None, None, None);
        JobSheet { head, payload, result, error, http_status, timeline, retry_at: None, waits_until: None, once }
    }

    fn titles(sheet: &JobSheet) -> Vec<String> {
        steps(sheet).into_iter().map(|step| step.title).collect()
    }

    #[test]
    fn attempts_are_counted_and_a_hand_over_is_none() {
        let earlier = vec![
            attempt(AttemptOutcome::Failed, 1),
            attempt(AttemptOutcome::HandedOver, 20),
            attempt(AttemptOutcome::Lost, 40),
        ];
        let sheet = sheet(JobStatus::Succeeded, earlier);
        let said = titles(&sheet);
        assert_eq!(said, ["Accepted", "Attempt 1", "Handed to another worker", "Attempt 2", "Attempt 3"]);
        assert_eq!(steps(&sheet)[1].facts, ["HTTP 503", "took 2.0 s"]);
        assert_eq!(steps(&sheet)[4].word, Some(("succeeded", Tone::Success)));
    }

    #[test]
    fn what_the_tool_answered_at_last_is_said_as_it_was_before() {
        let refused = JobSheet { http_status: Some(403), ..sheet(JobStatus::Failed, Vec::new()) };
        assert_eq!(steps(&refused)[1].facts, ["HTTP 403", "took 1.0 s"]);
    }

    #[test]
    fn what_is_awaited_is_said() {
        let waiting = sheet(JobStatus::Queued, vec![attempt(AttemptOutcome::Failed, 1)]);
        assert_eq!(titles(&JobSheet { retry_at: Some(at(9)), ..waiting }), ["Accepted", "Attempt 1", "Next attempt"]);
        let left = JobSheet { waits_until: Some(at(99)), ..sheet(JobStatus::Running, Vec::new()) };
        assert_eq!(titles(&left), ["Accepted", "Attempt 1", "Waits for the tool until"]);
        assert_eq!(titles(&sheet(JobStatus::Canceled, Vec::new())), ["Accepted", "Ended by somebody"]);
    }
}
