//! What is told of endpoints and their messages in words, written by the server.

use tenantry_kernel::{
    TenantId,
    endpoint::{DeliveryAttemptView, DeliveryState, DeliveryView, DisabledReason, EndpointView, MOST_TRIES},
};
use url::Url;

use super::api::{AttemptRow, DeliveryRow, EndpointRow, Mark};
use crate::app::{shown_once::Shown, ui::Tone, when};

/// An endpoint as pages show it.
pub fn row(endpoint: EndpointView) -> EndpointRow {
    let (mark, life) = (mark(&endpoint), life(&endpoint));
    EndpointRow {
        id: endpoint.id.to_string(),
        name: name(&endpoint),
        url: endpoint.url,
        description: endpoint.description,
        events: endpoint.events.iter().map(|event| event.as_str().to_owned()).collect(),
        enabled: endpoint.enabled,
        mark,
        life,
    }
}

/// What it is for, or its host.
fn name(endpoint: &EndpointView) -> String {
    if !endpoint.description.is_empty() {
        return endpoint.description.clone();
    }
    let host = Url::parse(&endpoint.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| endpoint.url.clone())
}

fn mark(endpoint: &EndpointView) -> Mark {
    let (tone, word) = match (endpoint.disabled, endpoint.failing_since) {
        (Some(_), _) => (Tone::Danger, "disabled"),
        (None, Some(_)) => (Tone::Warning, "failing"),
        (None, None) => (Tone::Success, "enabled"),
    };
    Mark { tone, word: word.to_owned() }
}

fn life(endpoint: &EndpointView) -> String {
    let made = when::date(endpoint.created_at);
    let now = match (endpoint.disabled, endpoint.failing_since) {
        (Some(disabled), _) => {
            let why = match disabled.reason {
                DisabledReason::ByHand => "switched off",
                DisabledReason::Gone => "it answered 410 Gone",
                DisabledReason::Failing => "it had taken nothing for days",
            };
            format!(" · disabled {}: {why}", when::moment(disabled.at))
        }
        (None, Some(since)) => format!(" · has taken nothing since {}", when::moment(since)),
        (None, None) => String::new(),
    };
    format!("Created {made}{now}")
}

/// A message as its endpoint's page shows it.
pub fn delivery(delivery: DeliveryView, enabled: bool) -> DeliveryRow {
    let (tone, word) = match delivery.state {
        DeliveryState::Waiting if delivery.attempts == 0 => (Tone::Info, "on its way"),
        DeliveryState::Waiting => (Tone::Warning, "tried again"),
        DeliveryState::Delivered => (Tone::Success, "delivered"),
        DeliveryState::Failed => (Tone::Danger, "failed"),
        DeliveryState::Dropped => (Tone::Neutral, "dropped"),
    };
    let happened = when::second(delivery.occurred_at);
    let then = match (delivery.state, delivery.next_attempt_at) {
        (DeliveryState::Waiting, Some(at)) => format!(" · next attempt {}", when::second(at)),
        (DeliveryState::Dropped, _) => " · the endpoint was disabled before it was delivered".to_owned(),
        (DeliveryState::Failed, _) if delivery.attempts >= MOST_TRIES => " · given up after a day".to_owned(),
        _ => String::new(),
    };
    DeliveryRow {
        id: delivery.id.to_string(),
        kind: delivery.r#type,
        event: delivery.event.to_string(),
        mark: Mark { tone, word: word.to_owned() },
        life: format!("{happened}{then}"),
        attempts: delivery.timeline.into_iter().map(attempt).collect(),
        enabled,
    }
}

fn attempt(attempt: DeliveryAttemptView) -> AttemptRow {
    let answered = attempt.http_status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
    let tone = if attempt.error.is_none() { Tone::Success } else { Tone::Warning };
    AttemptRow {
        title: format!("Attempt {}: {answered}", attempt.number),
        tone,
        facts: format!("{} · took {}", when::second(attempt.started_at), when::duration(attempt.duration_ms.into())),
        reason: attempt.error,
        answer: attempt.answer,
    }
}

/// A secret that was just made.
pub fn shown(tenant: TenantId, endpoint: EndpointView, secret: Option<String>, note: String, page: String) -> Shown {
    let (id, name) = (endpoint.id.to_string(), name(&endpoint));
    let example = receiver(secret.as_deref());
    Shown { tenant: tenant.to_string(), id, name, note, secret, example, page }
}

/// A server in Node that lets in what Tenantry has signed and nothing else, and each message once. Where the secret is not
/// shown, it is read from the environment.
pub fn receiver(secret: Option<&str>) -> String {
    let secret = secret.map_or_else(|| "process.env.WEBHOOK_SECRET".to_owned(), |secret| format!("'{secret}'"));
    format!(
        r#"// npm install standardwebhooks
import {{ createServer }} from 'node:http';
import {{ Webhook }} from 'standardwebhooks';

const webhook = new Webhook({secret});
const seen = new Set(); // in your database, so that it outlives a restart

createServer(async (request, response) => {{
  let body = '';
  for await (const chunk of request) body += chunk;
  try {{
    const {{ type, data }} = webhook.verify(body, request.headers);
    const id = request.headers['webhook-id'];
    if (!seen.has(id)) {{
      seen.add(id);
      console.log(type, data);
    }}
    response.writeHead(204).end();
  }} catch {{
    response.writeHead(401).end();
  }}
}}).listen(process.env.PORT ?? 8080);"#
    )
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use tenantry_kernel::endpoint::{DisabledView, EventType};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn endpoint() -> EndpointView {
        EndpointView {
            id: "end_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("an id"),
            url: "https://hooks.example.com/in?token=x".into(),
            description: String::new(),
            events: vec![EventType::JobFailed],
            enabled: true,
            disabled: None,
            failing_since: None,
            created_at: at("2026-11-21T23:40:59Z"),
        }
    }

    #[test]
    fn an_endpoint_says_how_it_is_and_since_when() {
        let fine = row(endpoint());
        assert_eq!((fine.name.as_str(), fine.mark.word.as_str()), ("hooks.example.com", "enabled"));
        assert_eq!(fine.life, "Created 21 Nov 2026");
        let failing = row(EndpointView { failing_since: Some(at("2026-11-22T01:00:00Z")), ..endpoint() });
        assert_eq!(failing.mark.tone, Tone::Warning);
        assert!(failing.life.ends_with("has taken nothing since 22 Nov 2026, 01:00 UTC"), "{}", failing.life);
        let disabled = Some(DisabledView { reason: DisabledReason::Gone, at: at("2026-11-22T01:00:00Z") });
        let gone = row(EndpointView { disabled, enabled: false, description: "CRM".into(), ..endpoint() });
        assert_eq!((gone.name.as_str(), gone.mark.tone), ("CRM", Tone::Danger));
        assert!(gone.life.ends_with("it answered 410 Gone"), "{}", gone.life);
    }

    #[test]
    fn a_message_says_what_became_of_it() {
        let attempts = vec![DeliveryAttemptView {
            number: 1,
            started_at: at("2026-11-22T01:00:00Z"),
            duration_ms: 15_000,
            http_status: None,
            answer: None,
            error: Some("There was no whole answer within 15 s.".into()),
        }];
        let view = DeliveryView {
            id: "dlv_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("an id"),
            endpoint: endpoint().id,
            event: "evt_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("an id"),
            r#type: "job.failed".into(),
            state: DeliveryState::Waiting,
            attempts: 1,
            timeline: attempts,
            next_attempt_at: Some(at("2026-11-22T01:00:20Z")),
            occurred_at: at("2026-11-22T00:59:59Z"),
            ended_at: None,
        };
        let told = delivery(view.clone(), true);
        assert_eq!(told.life, "22 Nov 2026, 00:59:59 UTC · next attempt 22 Nov 2026, 01:00:20 UTC");
        assert_eq!(told.mark, Mark { tone: Tone::Warning, word: "tried again".into() });
        assert_eq!(told.attempts[0].title, "Attempt 1: no answer");
        assert_eq!(told.attempts[0].facts, "22 Nov 2026, 01:00:00 UTC · took 15.0 s");
        let failed = DeliveryView { state: DeliveryState::Failed, attempts: 9, next_attempt_at: None, ..view };
        assert!(delivery(failed, true).life.ends_with("given up after a day"));
    }

    #[test]
    fn the_example_holds_the_secret_where_it_is_shown() {
        assert!(receiver(Some("whsec_abc=")).contains("new Webhook('whsec_abc=')"));
        assert!(receiver(None).contains("new Webhook(process.env.WEBHOOK_SECRET)"));
    }
}
