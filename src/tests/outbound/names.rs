//! Names: looked up once, judged as a whole, connected to as they were judged.

use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt as _;
use tenantry_domain::outbound::{Call, OutboundError, Resolve, Resolving};
use tenantry_testkit::{Answer, Receiver};

use super::{asking, get, over};

/// Names that answer something else each time; at the end, that there is no such name.
#[derive(Clone, Default)]
struct Shifty {
    answers: Arc<Mutex<VecDeque<Vec<IpAddr>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Shifty {
    fn answering(answers: &[&[&str]]) -> Self {
        let addresses = |texts: &&[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect();
        Self { answers: Arc::new(Mutex::new(answers.iter().map(addresses).collect())), ..Self::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with it").clone()
    }
}

impl Resolve for Shifty {
    fn resolve(&self, name: String) -> Resolving {
        self.asked.lock().expect("nobody panics with it").push(name);
        let answer = self.answers.lock().expect("nobody panics with it").pop_front();
        async move { answer.ok_or_else(|| io::Error::other("the secret reason of 10.9.8.7")) }.boxed()
    }
}

/// Names that never answer.
struct Silent;

impl Resolve for Silent {
    fn resolve(&self, _: String) -> Resolving {
        std::future::pending().boxed()
    }
}

fn at_name(receiver: &Receiver, name: &str) -> String {
    format!("http://{name}:{}/", receiver.port())
}

fn forbidden(host: &str) -> OutboundError {
    OutboundError::Forbidden { host: host.to_owned() }
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_connected_to_where_it_was_judged() {
    let receiver = Receiver::start().await;
    // Whoever asked a second time would be sent elsewhere.
    let names = Shifty::answering(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let outbound = over(names.clone(), true);
    let target = at_name(&receiver, "hooks.example.com");
    assert_eq!(get(&outbound, &target).await.expect("an answer").status, 200);
    assert_eq!(names.asked(), ["hooks.example.com"]);
    // The connection that is kept leads to the address that was judged.
    assert_eq!(get(&outbound, &target).await.expect("an answer").status, 200);
    assert_eq!((names.asked().len(), receiver.connections()), (1, 1));
    let host = format!("hooks.example.com:{}", receiver.port());
    assert_eq!(receiver.received()[1].header("host"), Some(host.as_str()));
}

#[tokio::test]
async fn a_name_that_moves_to_a_private_address_is_refused_from_then_on() {
    let receiver = Receiver::start().await;
    receiver.will("/", Answer::status(200).with("connection", "close"));
    for later in ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1", "0.0.0.0"] {
        let names = Shifty::answering(&[&["127.0.0.1"], &[later]]);
        let outbound = over(names.clone(), true);
        let target = at_name(&receiver, "rebinding.example.com");
        let before = receiver.connections();
        assert_eq!(get(&outbound, &target).await.expect("an answer").status, 200);
        assert_eq!(get(&outbound, &target).await, Err(forbidden("rebinding.example.com")), "{later}");
        assert_eq!((names.asked().len(), receiver.connections()), (2, before + 1), "{later}");
    }
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_call() {
    let receiver = Receiver::start().await;
    let mixes: [&[&str]; 6] = [
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
        &["2606:4700::1111", "::1"],
        &["8.8.8.8", "192.168.0.1", "8.8.4.4"],
        &["::ffff:127.0.0.1"],
        &["::127.0.0.1"],
    ];
    for mix in mixes {
        let names = Shifty::answering(&[mix]);
        let refused = get(&over(names.clone(), false), &at_name(&receiver, "mixed.example.com")).await;
        assert_eq!(refused, Err(forbidden("mixed.example.com")), "{mix:?}");
        assert_eq!(names.asked().len(), 1);
    }
    let names = Shifty::answering(&[&["127.0.0.1", "10.0.0.1"]]);
    let refused = get(&over(names, true), &at_name(&receiver, "mixed.example.com")).await;
    assert_eq!(refused, Err(forbidden("mixed.example.com")), "only this machine is opened");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_refusal_tells_nothing_of_what_was_found() {
    let receiver = Receiver::start().await;
    let names = Shifty::answering(&[&["10.1.2.3"]]);
    let outbound = over(names, true);
    let found = get(&outbound, &at_name(&receiver, "db.example.com")).await.expect_err("private");
    assert_eq!(found.to_string(), "db.example.com is not on the public internet, so it is not called.");
    assert!(!found.is_worth_another_try());
    let failed = get(&outbound, &at_name(&receiver, "db.example.com")).await.expect_err("unknown");
    assert_eq!(failed.to_string(), "No address was found for db.example.com.");
    assert!(failed.is_worth_another_try());
    for told in [format!("{found:?}"), format!("{failed:?}")] {
        assert!(!told.contains("10."), "{told}");
    }
}

#[tokio::test]
async fn a_name_without_addresses_is_unknown() {
    let refused = get(&over(Shifty::answering(&[&[]]), true), "http://empty.example.com/").await;
    assert_eq!(refused, Err(OutboundError::Unknown { host: "empty.example.com".to_owned() }));
}

#[tokio::test]
async fn finding_a_name_is_part_of_the_calls_time() {
    let within = Duration::from_millis(200);
    let call = Call { within, ..asking("http://silent.example.com/") };
    assert_eq!(over(Silent, true).call(call).await, Err(OutboundError::TooSlow { within }));
}

#[tokio::test]
async fn an_address_in_digits_is_never_looked_up() {
    let receiver = Receiver::start().await;
    let names = Shifty::answering(&[&["127.0.0.1"], &["127.0.0.1"]]);
    get(&over(names.clone(), true), &receiver.url("/")).await.expect("an answer");
    for text in ["http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/", "http://localhost/", "http://a.localhost./"]
    {
        let refused = get(&over(names.clone(), false), text).await.expect_err("this machine");
        assert!(matches!(refused, OutboundError::Forbidden { .. }), "{text}: {refused}");
    }
    assert!(names.asked().is_empty());
}

#[tokio::test]
async fn the_systems_names_are_judged_like_all_others() {
    let receiver = Receiver::start().await;
    let target = at_name(&receiver, "localhost");
    let answered = get(&super::open(), &target).await;
    // Where localhost is ::1 alone, nobody listens there; it is let through all the same.
    assert!(matches!(answered, Ok(_) | Err(OutboundError::Unreachable { .. })), "{answered:?}");
    assert_eq!(get(&super::closed(), &target).await, Err(forbidden("localhost")));
}
