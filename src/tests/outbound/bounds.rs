//! Whoever answers late, without end, wrongly or not at all costs a bounded time and a bounded memory.

use std::time::{Duration, Instant};

use tenantry_domain::outbound::{Call, OutboundError};
use tenantry_testkit::{Answer, Receiver};

use super::{asking, get, open};

/// Much less than what never ends, much more than a busy machine loses.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn whoever_is_slow_is_cut_off_whatever_part_is_slow() {
    let receiver = Receiver::start().await;
    let within = Duration::from_millis(300);
    for answer in
        [Answer::Never, Answer::Drip(Duration::from_millis(20)), Answer::status(200).after(Duration::from_secs(60))]
    {
        receiver.will("/", answer.clone());
        let (began, call) = (Instant::now(), Call { within, ..asking(&receiver.url("/")) });
        assert_eq!(open().call(call).await, Err(OutboundError::TooSlow { within }), "{answer:?}");
        assert!(began.elapsed() >= within && began.elapsed() < SOON, "{answer:?}: {:?}", began.elapsed());
    }
    let told = OutboundError::TooSlow { within };
    assert_eq!(told.to_string(), "There was no whole answer within 0.3 s.");
}

#[tokio::test]
async fn a_late_answer_in_time_is_an_answer() {
    let receiver = Receiver::start().await;
    receiver.will("/", Answer::of(200, "text/plain", "at last").after(Duration::from_millis(300)));
    assert_eq!(get(&open(), &receiver.url("/")).await.expect("an answer").body, "at last");
}

#[tokio::test]
async fn an_answer_may_be_as_long_as_was_asked_for_and_no_byte_longer() {
    let receiver = Receiver::start().await;
    for answer in [Answer::of(200, "text/plain", vec![b'x'; 5000]), Answer::packed("text/plain", &[b'x'; 5000])] {
        receiver.will("/", answer);
        let call = |most| Call { most, ..asking(&receiver.url("/")) };
        let answered = open().call(call(5000)).await.expect("an answer");
        assert_eq!(answered.body, vec![b'x'; 5000]);
        assert!(!answered.headers.contains_key("content-encoding"), "it is unpacked");
        let refused = open().call(call(4999)).await.expect_err("too long");
        assert_eq!(refused.to_string(), "The answer is longer than 4999 bytes.");
        assert!(!refused.is_worth_another_try());
    }
    receiver.will("/", Answer::status(200));
    let nothing = Call { most: 0, ..asking(&receiver.url("/")) };
    assert!(open().call(nothing).await.expect("an answer").body.is_empty());
}

#[tokio::test]
async fn what_never_ends_is_left_as_soon_as_it_is_too_long() {
    let receiver = Receiver::start().await;
    let outbound = open();
    for (answer, most_sent) in [(Answer::Endless, 16 << 20), (Answer::Bomb, 2 << 20)] {
        receiver.will("/", answer.clone());
        let (began, before) = (Instant::now(), receiver.sent());
        let refused = get(&outbound, &receiver.url("/")).await.expect_err("too long");
        assert_eq!(refused, OutboundError::TooLong { most: 64 * 1024 }, "{answer:?}");
        assert!(began.elapsed() < SOON, "{answer:?}: {:?}", began.elapsed());
        // What was under way between the two is all that was lost.
        let sent = receiver.sent() - before;
        assert!(sent < most_sent, "{answer:?}: {sent} bytes were taken");
    }
}

#[tokio::test]
async fn headers_without_end_are_no_answer() {
    let receiver = Receiver::start().await;
    receiver.will("/", Answer::EndlessHeaders);
    let began = Instant::now();
    let refused = get(&open(), &receiver.url("/")).await.expect_err("no answer");
    assert!(matches!(refused, OutboundError::Broken { .. }), "{refused}");
    assert!(began.elapsed() < SOON && receiver.sent() < 16 << 20, "{:?}, {}", began.elapsed(), receiver.sent());

    let long = "x".repeat(40 * 1024);
    receiver.will("/long", Answer::status(200).with("x-one", &long));
    assert_eq!(get(&open(), &receiver.url("/long")).await.expect("an answer").headers["x-one"], *long);
    receiver.will("/long", Answer::status(200).with("x-one", &long).with("x-two", &long));
    assert_eq!(get(&open(), &receiver.url("/long")).await, Err(OutboundError::LongHeaders));
}

#[tokio::test]
async fn whoever_breaks_off_is_told_from_whoever_is_not_there() {
    let receiver = Receiver::start().await;
    for answer in [Answer::Reset, Answer::ResetMidway, Answer::TooShort, Answer::Garbage] {
        receiver.will("/", answer.clone());
        let broken = get(&open(), &receiver.url("/")).await.expect_err("no whole answer");
        assert_eq!(broken.to_string(), "127.0.0.1 broke off, or its answer was no HTTP.", "{answer:?}");
        assert!(broken.is_worth_another_try());
    }
    receiver.will("/", Answer::of(200, "text/plain", "no gzip").with("content-encoding", "gzip"));
    let garbled = get(&open(), &receiver.url("/")).await.expect_err("it cannot be unpacked");
    assert!(matches!(garbled, OutboundError::Broken { .. }), "{garbled}");

    let gone = receiver.url("/");
    drop(receiver);
    let unreachable = get(&open(), &gone).await.expect_err("nobody is there");
    assert_eq!(unreachable.to_string(), "127.0.0.1 takes no connection.");
    assert!(unreachable.is_worth_another_try());
}

#[tokio::test]
async fn what_comes_after_an_answer_is_in_no_other() {
    let receiver = Receiver::start().await;
    receiver.will_in_turn("/", [Answer::TooMuch, Answer::of(200, "text/plain", "mine")]);
    let outbound = open();
    let first = get(&outbound, &receiver.url("/")).await.expect("an answer");
    assert_eq!(first.body, "hello");
    let second = get(&outbound, &receiver.url("/")).await.expect("an answer");
    assert_eq!(second.body, "mine");
}
