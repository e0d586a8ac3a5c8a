//! Signatures by the examples of those who made the schemes, and everything that is not quite one.

use super::*;

fn secret() -> Secret {
    Secret::from(BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64"))
}

const STANDARD: [(&str, &[u8]); 3] = [
    (ID, b"msg_p5jXN8AQM9LWM0D4loKWxJek"),
    (TIMESTAMP, b"1614265330"),
    (SIGNATURE, b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
];

const BODY: &[u8] = b"{\"test\": 2432232314}";

fn signed(scheme: Scheme, headers: &Headers<'_>, body: &[u8]) -> bool {
    read(scheme, headers).is_ok_and(|claim| claim.is_signed(&[&secret()], body))
}

/// The headers with another value in one of them.
fn with<'a>(headers: &[(&'a str, &'a [u8])], name: &str, value: &'a [u8]) -> Vec<(&'a str, &'a [u8])> {
    headers.iter().map(|(own, kept)| (*own, if *own == name { value } else { *kept })).collect()
}

#[test]
fn the_standards_own_example_is_signed_and_nothing_near_it() {
    assert!(signed(Scheme::Standard, &STANDARD, BODY));
    assert!(!signed(Scheme::Standard, &STANDARD, b"{\"test\":2432232314}"), "written anew");
    for (name, value) in [
        (ID, &b"msg_p5jXN8AQM9LWM0D4loKWxJel"[..]),
        (TIMESTAMP, b"1614265331"),
        (SIGNATURE, b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="),
        (SIGNATURE, b"v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        (SIGNATURE, b"v1,"),
        (SIGNATURE, b""),
    ] {
        assert!(!signed(Scheme::Standard, &with(&STANDARD, name, value), BODY), "{name}");
    }
    let other = Secret::from(vec![7; 24]);
    let claim = read(Scheme::Standard, &STANDARD).expect("right in form");
    assert!(!claim.is_signed(&[&other], BODY) && !claim.is_signed(&[], BODY));
    assert!(claim.is_signed(&[&other, &secret()], BODY), "while it is being rotated either is good");
}

#[test]
fn a_sender_that_rotates_signs_twice_in_one_header() {
    let both = b"v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert!(signed(Scheme::Standard, &with(&STANDARD, SIGNATURE, both), BODY));
    let many = ["v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; MOST_SIGNATURES + 1].join(" ");
    let many = with(&STANDARD, SIGNATURE, many.as_bytes());
    assert_eq!(read(Scheme::Standard, &many), Err(Fault("There are more than 16 signatures.")));
}

#[test]
fn the_names_of_svix_are_read_and_both_at_once_are_not() {
    let svix: Vec<(&str, &[u8])> = SVIX.into_iter().zip(STANDARD).map(|(name, (_, value))| (name, value)).collect();
    assert!(signed(Scheme::Standard, &svix, BODY));
    assert!(read(Scheme::Standard, &[svix, STANDARD.to_vec()].concat()).is_err());
}

#[test]
fn what_is_said_twice_or_not_at_all_claims_nothing() {
    for header in STANDARD {
        assert!(read(Scheme::Standard, &[STANDARD.to_vec(), vec![header]].concat()).is_err(), "{} twice", header.0);
        let without: Vec<_> = STANDARD.into_iter().filter(|(name, _)| *name != header.0).collect();
        assert!(read(Scheme::Standard, &without).is_err(), "without {}", header.0);
    }
    for id in [&b""[..], b"msg.1", b"msg 1", b"m\xffg", &[b'x'; 256]] {
        assert!(read(Scheme::Standard, &with(&STANDARD, ID, id)).is_err());
    }
    for at in [&b""[..], b"-1", b"+1614265330", b"1614265330.0", b"0x1", b"1614265330161426"] {
        assert!(read(Scheme::Standard, &with(&STANDARD, TIMESTAMP, at)).is_err());
    }
}

/// A tag that is right in form and signs nothing.
const NO_TAG: &str = "e2462c1d7ef3b2b0f6d0a9b8a0fbdbeb7b1f7b7ac1bb4b6a7b8f7cb1c0b8d2f1";

fn stripe(text: &str) -> Vec<(&str, &[u8])> {
    vec![(STRIPE_SIGNATURE, text.as_bytes())]
}

/// A signature that was made as the documents say, by hand.
fn tag_of(text: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    hmac::sign(&key, text).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn stripe_signs_its_time_and_the_body_with_the_secrets_text() {
    let tag = tag_of(b"1614265330.{\"test\": 2432232314}");
    assert!(signed(Scheme::Stripe, &stripe(&format!("t=1614265330,v1={tag},v0={NO_TAG}")), BODY));
    assert!(signed(Scheme::Stripe, &stripe(&format!("t=1614265330, v1={NO_TAG}, v1={tag}")), BODY));
    for wrong in [
        format!("t=1614265331,v1={tag}"),
        format!("t=1614265330,v0={tag}"),
        format!("t=1614265330,t=1614265331,v1={tag}"),
        format!("v1={tag}"),
        "t=1614265330".to_owned(),
        String::new(),
    ] {
        assert!(!signed(Scheme::Stripe, &stripe(&wrong), BODY), "{wrong}");
    }
    let twice = [stripe("t=1614265330,v1="), stripe("t=1614265330,v1=")].concat();
    assert!(read(Scheme::Stripe, &twice).is_err());
}

#[test]
fn a_hub_signs_the_body_alone() {
    let tag = tag_of(BODY);
    let hub = |text: &str| signed(Scheme::HmacSha256, &[(HUB_SIGNATURE, text.as_bytes())], BODY);
    assert!(hub(&format!("sha256={tag}")) && hub(&format!("sha256={}", tag.to_uppercase())));
    for wrong in [tag.clone(), format!("sha1={tag}"), format!("sha256={}", &tag[1..]), format!("sha256={tag}0")] {
        assert!(!hub(&wrong), "{wrong}");
    }
    assert!(!hub(&format!("sha256=é{}", &tag[2..])), "a letter of two bytes is no digit");
}

#[test]
fn a_time_is_good_for_five_minutes_in_both_directions() {
    let claim = read(Scheme::Standard, &STANDARD).expect("right in form");
    let at = |seconds: i64| DateTime::from_timestamp(1_614_265_330 + seconds, 0).expect("a time");
    for (seconds, good) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        assert_eq!(claim.is_timely(at(seconds)), good, "{seconds}");
    }
    let hub = read(Scheme::HmacSha256, &[(HUB_SIGNATURE, format!("sha256={NO_TAG}").as_bytes())]);
    assert!(hub.expect("right in form").is_timely(at(1_000_000)));
}

#[test]
fn a_message_is_told_by_its_id_and_without_one_by_its_body() {
    let standard = read(Scheme::Standard, &STANDARD).expect("right in form");
    let (one, same) = (standard.identity(Some("evt_1"), b"a"), standard.identity(None, b"b"));
    assert_eq!(one, same, "the id that is signed counts, whatever the body says");
    assert_eq!(one.id.as_deref(), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
    let text = format!("t=1,v1={NO_TAG}");
    let stripe = read(Scheme::Stripe, &stripe(&text)).expect("right in form");
    assert_eq!(stripe.identity(Some("evt_1"), b"a").key, stripe.identity(Some("evt_1"), b"b").key);
    assert_ne!(stripe.identity(None, b"a").key, stripe.identity(None, b"b").key);
    assert_eq!(stripe.identity(Some("not an id"), b"a"), stripe.identity(None, b"a"));
    let text = format!("sha256={NO_TAG}");
    let hub = read(Scheme::HmacSha256, &[(HUB_SIGNATURE, text.as_bytes())]).expect("right in form");
    assert_eq!(hub.identity(Some("evt_1"), b"a"), hub.identity(None, b"a"));
    assert_eq!(hub.identity(None, b"a").seen_for, TimeDelta::minutes(5));
}
