//! What letters say.

use super::*;
use crate::{Keyring, Settings, accounts::link::Purpose, db::secret::InstallationSecret};

fn means() -> (Settings, Keyring) {
    let secret = InstallationSecret::from_text(&"a".repeat(32)).expect("long enough");
    (Settings::new("https://app.example.com".parse().expect("an address")), Keyring::of(&secret))
}

fn letters() -> Vec<Letter> {
    let link = |purpose| Link { id: Uuid::from_u128(7), purpose };
    let name = || "Ada <b>\r\nBcc: eve@example.com".to_owned();
    vec![
        Letter::ResetPassword { name: name(), link: link(Purpose::Reset) },
        Letter::PasswordReset { name: name() },
        Letter::PasswordChanged { name: name() },
        Letter::NewDevice { name: name(), device: "Firefox on Linux".into(), address: Some("203.0.113.7".into()) },
        Letter::VerifyEmail { link: link(Purpose::Verify) },
        Letter::AccountExists { name: name() },
        Letter::LeaveAddress { name: name(), email: "b@example.com".into(), link: link(Purpose::Leave) },
        Letter::ArriveAddress { link: link(Purpose::Arrive) },
        Letter::AddressChanged { name: name(), email: "b@example.com".into() },
        Letter::AccountDeleted,
        Letter::QuotaWarning {
            organization: name(),
            tenant: Uuid::from_u128(8).into(),
            meter: "dispatches".into(),
            percent: 80,
            limit: 500,
        },
        Letter::EndpointDisabled {
            organization: name(),
            tenant: Uuid::from_u128(8).into(),
            host: "hooks.example.com".into(),
            description: name(),
            gone: true,
        },
    ]
}

#[test]
fn a_letter_is_kept_as_data_without_its_token() {
    let (settings, keyring) = means();
    for letter in letters() {
        let kept = letter.to_text();
        assert_eq!(Letter::read(&kept).as_ref(), Some(&letter));
        let written = letter.write(&settings, &keyring, true);
        let token = written.links[0].split_once("token=").map(|(_, token)| token.to_owned());
        assert_eq!(token.is_some(), letter.link().is_some());
        assert!(token.is_none_or(|token| !kept.contains(&token)), "{kept}");
    }
    assert_eq!(Letter::read(r#"{"kind":"invented_later"}"#), None);
}

#[test]
fn every_letter_says_in_text_and_html_alike_what_it_is_about() {
    let (settings, keyring) = means();
    for letter in letters() {
        let written = letter.write(&settings, &keyring, true);
        assert!(!written.subject.is_empty() && !written.subject.chars().any(char::is_control), "{}", written.subject);
        assert!(!written.html.contains("<b>") && !written.text.contains("&lt;"), "{}", written.html);
        assert!(written.links[0].starts_with("https://app.example.com/"), "{:?}", written.links);
        for link in &written.links {
            assert!(written.text.contains(link), "{}", written.text);
            assert!(written.html.contains(&link.replace('&', "&amp;")), "{}", written.html);
        }
    }
}

#[test]
fn an_address_that_nobody_has_proven_gets_no_word_that_somebody_chose() {
    let (settings, keyring) = means();
    for letter in letters().into_iter().filter(|letter| !matches!(letter, Letter::AddressChanged { .. })) {
        let written = letter.write(&settings, &keyring, false);
        for word in ["Ada", "eve@example.com", "b@example.com", "hooks.example.com"] {
            let said = [&written.subject, &written.text, &written.html].into_iter().any(|text| text.contains(word));
            assert!(!said, "{word} in {}", written.text);
        }
        let gaps = ["Hello ,", "  ", " .", "at ,"].iter().any(|gap| written.text.contains(gap));
        assert!(!gaps && !written.subject.contains("  "), "{}", written.text);
    }
}
