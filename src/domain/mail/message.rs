//! The message on the wire (RFC 5322, MIME): the same bytes for every attempt of a mail, so that who gets it twice after a
//! crash can tell.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{paper::Written, settings::Sender};

/// Puts a message together; `Err` says why it can never be sent.
pub(super) fn message(
    sender: &Sender,
    mail: Uuid,
    to: &str,
    at: DateTime<Utc>,
    written: &Written,
) -> Result<Message, String> {
    let to: Address = to.parse().map_err(|_| "No mail server takes such an address.".to_owned())?;
    let body = MultiPart::alternative()
        .boundary(format!("tenantry-{}", mail.simple()))
        .singlepart(SinglePart::plain(written.text.clone()))
        .singlepart(SinglePart::html(written.html.clone()));
    Message::builder()
        .from(sender.mailbox().clone())
        .to(Mailbox::new(None, to))
        .subject(written.subject.as_str())
        .date(SystemTime::from(at))
        .message_id(Some(format!("<{}@{}>", mail.simple(), sender.domain())))
        // RFC 3834: nobody's absence is to answer.
        .raw_header(fixed("Auto-Submitted", "auto-generated"))
        .raw_header(fixed("X-Auto-Response-Suppress", "All"))
        .multipart(body)
        .map_err(|error| format!("The message cannot be put together: {error}."))
}

fn fixed(name: &'static str, value: &'static str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(to: &str, subject: &str) -> Result<String, String> {
        let sender = "Tenantry <no-reply@example.com>".parse().expect("a sender");
        let written =
            Written { subject: subject.into(), text: "Grüße".into(), html: "<p>Grüße</p>".into(), links: vec![] };
        let at = "2026-01-02T03:04:05Z".parse().expect("a moment");
        let message = message(&sender, Uuid::from_u128(7), to, at, &written)?;
        Ok(String::from_utf8(message.formatted()).expect("a message is ASCII"))
    }

    #[test]
    fn a_message_says_who_when_and_that_nobody_wrote_it() {
        let text = formatted("ada@example.com", "Größe").expect("a message");
        for line in [
            "From: Tenantry <no-reply@example.com>",
            "To: ada@example.com",
            "Date: Fri, 02 Jan 2026 03:04:05 +0000",
            "Message-ID: <00000000000000000000000000000007@example.com>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
        assert!(text.contains("Subject: =?utf-8?"), "{text}");
        assert_eq!(text, formatted("ada@example.com", "Größe").expect("a message"), "an attempt is like the other");
    }

    #[test]
    fn nothing_that_is_named_becomes_a_header() {
        let text = formatted("ada@example.com", "Acme\r\nBcc: eve@example.com\r\n\r\nHello").expect("a message");
        let (head, _) = text.split_once("\r\n\r\n").expect("a head");
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
        for wrong in ["ada@example.com\r\nRCPT TO:<eve@example.com>", "ada@example.com>", "no address"] {
            assert!(formatted(wrong, "x").is_err(), "{wrong:?}");
        }
    }
}
