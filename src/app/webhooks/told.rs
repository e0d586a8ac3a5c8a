//! What is told of a webhook and of what has come by it in words, written by the server.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    TenantId,
    inbound::{InboundView, Outcome, ReceiptView, Scheme},
};

use super::api::{HookRow, ReceiptRow};
use crate::app::{curl, shown_once::Shown, when};

/// A webhook as pages show it.
pub fn row(view: InboundView) -> HookRow {
    let terms = terms(&view);
    HookRow {
        id: view.id.to_string(),
        name: view.name,
        url: view.url,
        scheme: scheme(view.scheme).to_owned(),
        allowlist: view.allowlist.join("\n"),
        tool: view.tool,
        terms,
    }
}

fn terms(view: &InboundView) -> String {
    let from = match &view.allowlist[..] {
        [] => "From everywhere".to_owned(),
        [one] => format!("From {one}"),
        [one, rest @ ..] => format!("From {one} and {} more", rest.len()),
    };
    let becomes = view.tool.as_deref().map_or_else(|| "kept and shown".to_owned(), |tool| format!("a job of {tool}"));
    format!("{from} · {becomes} · created {}", when::date(view.created_at))
}

/// What a scheme is called.
const fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Standard => "Standard Webhooks",
        Scheme::Stripe => "Stripe",
        Scheme::HmacSha256 => "HMAC-SHA256",
    }
}

/// What has come, as pages show it.
pub fn receipt(view: ReceiptView) -> ReceiptRow {
    let refused = view.outcome == Outcome::Refused;
    let (outcome, title) = match view.outcome {
        Outcome::Accepted => ("let in".to_owned(), view.kind.unwrap_or_else(|| "A message".to_owned())),
        Outcome::Repeated => ("repeated".to_owned(), "Had been let in before".to_owned()),
        Outcome::Refused => {
            let title = view.code.map_or("Turned away", |code| code.title());
            (view.code.map_or("refused", |code| code.as_str()).to_owned(), title.to_owned())
        }
    };
    let note = match view.outcome {
        Outcome::Accepted => {
            let named = view.message.map(|message| format!(" · {message}")).unwrap_or_default();
            let bytes = view.bytes.map(|bytes| format!(" · {bytes} bytes")).unwrap_or_default();
            format!("{} · from {}{bytes}{named}", when::second(view.received_at), view.address)
        }
        Outcome::Repeated | Outcome::Refused => {
            let (count, last) = (view.count, when::second(view.last_at));
            let many = if count == 1 { "Once".to_owned() } else { format!("{count} times within the hour") };
            format!("{many} · the last at {last}, from {}", view.address)
        }
    };
    let (id, job) = (view.id.to_string(), view.job.map(|job| job.to_string()));
    ReceiptRow { id, outcome, refused, title, note, job, body: view.body }
}

/// A webhook whose secret was just made, and when the one ends that it replaces.
pub fn made(
    tenant: TenantId,
    view: &InboundView,
    secret: Option<String>,
    previous_ends: Option<DateTime<Utc>>,
    page: String,
) -> Shown {
    let note = match (&secret, previous_ends) {
        (Some(_), Some(end)) => format!("The old secret is good until {}.", when::moment(end)),
        (Some(_), None) => format!("Its sender needs it, and the address {}.", view.url),
        (None, _) => String::new(),
    };
    let example = secret.as_deref().map(|secret| example(view, Some(secret))).unwrap_or_default();
    let (tenant, id, name) = (tenant.to_string(), view.id.to_string(), view.name.clone());
    Shown { tenant, id, name, note, secret, example, page }
}

/// A command that sends a message which is let in. Where the secret is not shown, it is read from the environment.
pub fn example(view: &InboundView, secret: Option<&str>) -> String {
    curl::signed_message(&view.url, view.scheme, secret)
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::Code;

    use super::{super::api::PAGE, *};

    fn id<T: std::str::FromStr>(text: &str) -> T {
        text.parse().ok().expect("an id")
    }

    fn tenant() -> TenantId {
        id("ten_00000000000000000000000000")
    }

    fn view() -> InboundView {
        InboundView {
            id: id("inb_00000000000000000000000000"),
            name: "crm".into(),
            scheme: Scheme::Stripe,
            allowlist: vec!["10.0.0.0/8".into(), "192.0.2.7/32".into()],
            tool: Some("echo".into()),
            url: "http://localhost/hooks/inb_1".into(),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn come(outcome: Outcome, code: Option<Code>, count: u64) -> ReceiptRow {
        receipt(ReceiptView {
            id: id("rcp_00000000000000000000000000"),
            outcome,
            code,
            count,
            address: "192.0.2.1".into(),
            message: None,
            kind: None,
            bytes: Some(12),
            job: None,
            body: None,
            received_at: DateTime::UNIX_EPOCH,
            last_at: DateTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_webhook_says_who_may_send_and_what_becomes_of_it() {
        let row = row(view());
        assert_eq!(row.terms, "From 10.0.0.0/8 and 1 more · a job of echo · created 1 Jan 1970");
        assert_eq!((row.scheme.as_str(), row.allowlist.as_str()), ("Stripe", "10.0.0.0/8\n192.0.2.7/32"));
        let open = InboundView { allowlist: vec![], tool: None, ..view() };
        assert!(super::row(open).terms.starts_with("From everywhere · kept and shown"));
    }

    #[test]
    fn what_was_turned_away_says_by_which_rule_and_how_often() {
        let one = come(Outcome::Refused, Some(Code::SignatureInvalid), 7);
        assert_eq!((one.outcome.as_str(), one.title.as_str()), ("SIGNATURE_INVALID", "Signature invalid"));
        assert!(
            one.refused && one.note.starts_with("7 times within the hour · the last at 1 Jan 1970"),
            "{}",
            one.note
        );
        let let_in = come(Outcome::Accepted, None, 1);
        assert_eq!(let_in.note, "1 Jan 1970, 00:00:00 UTC · from 192.0.2.1 · 12 bytes");
        assert!(!let_in.refused);
    }

    #[test]
    fn a_secret_is_shown_with_something_that_works() {
        let shown = made(tenant(), &view(), Some("whsec_abc=".into()), None, PAGE.to_owned());
        assert!(shown.example.contains("whsec_abc=") && shown.example.contains("stripe-signature"));
        let again = made(tenant(), &view(), None, None, PAGE.to_owned());
        assert_eq!((again.secret, again.example.as_str()), (None, ""));
    }
}
