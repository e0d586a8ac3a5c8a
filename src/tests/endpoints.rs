//! Endpoints: what they are told, when, how often, and that nothing is lost and nobody is told too much.

mod commands;
mod delivery;
mod disabled;
mod events;
mod memberships;
mod refusals;
mod workers;

use std::time::Duration;

use serde_json::{Value, json};
use tenantry_domain::webhooks::standard::Secret;
use tenantry_testkit::{Organization, Person, Receiver, TestServer};

const ENDPOINTS: &str = "/api/v1/webhooks/endpoints";

fn secret(text: &str) -> Secret {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    Secret::from(BASE64_STANDARD.decode(text.strip_prefix("whsec_").expect("its prefix")).expect("base64"))
}

/// A server, the owner of an organization on Empire, and whoever is told.
struct Stage {
    server: TestServer,
    ada: Person,
    acme: Organization,
    receiver: Receiver,
}

impl Stage {
    async fn new() -> Self {
        Self::over(TestServer::start().await).await
    }

    /// Without a worker of its own.
    async fn idle() -> Self {
        Self::over(TestServer::without_worker().await).await
    }

    async fn over(server: TestServer) -> Self {
        let (ada, acme) = server.owner("Ada", "empire").await;
        Self { server, ada, acme, receiver: Receiver::start().await }
    }

    /// Makes an endpoint at a path of the receiver; answers its id and secret.
    async fn endpoint(&self, path: &str, events: &[&str]) -> (String, String) {
        let body = json!({"url": self.receiver.url(path), "events": events});
        let made = self.ada.post(ENDPOINTS, &body).await.expect(201);
        (made.text_at("/endpoint/id"), made.text_at("/secret"))
    }

    /// Runs `echo` to its end, which is an event.
    async fn job(&self) -> String {
        let id = self.ada.dispatched(json!({})).await;
        self.ada.job_over(&id).await;
        id
    }

    /// Sends a trial and answers its delivery.
    async fn trial(&self, endpoint: &str) -> Value {
        self.ada.post(&format!("{ENDPOINTS}/{endpoint}/test"), &json!({})).await.expect(202).at("/delivery")
    }

    async fn shown(&self, endpoint: &str) -> Value {
        self.ada.get(&format!("{ENDPOINTS}/{endpoint}")).await.expect(200).at("/endpoint")
    }

    /// An endpoint's deliveries, newest first.
    async fn deliveries(&self, endpoint: &str) -> Vec<Value> {
        let page = self.ada.get(&format!("{ENDPOINTS}/{endpoint}/deliveries?limit=100")).await.expect(200);
        page.at("/data").as_array().expect("a list").clone()
    }

    /// Waits until the endpoint's deliveries are as they should be.
    async fn until(&self, endpoint: &str, what: &str, are_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let waiting = async {
            loop {
                let deliveries = self.deliveries(endpoint).await;
                if are_so(&deliveries) {
                    return deliveries;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), waiting).await {
            Ok(deliveries) => deliveries,
            Err(_) => panic!("they are not {what}: {:#?}", self.deliveries(endpoint).await),
        }
    }

    /// Waits until so many have come to the state.
    async fn until_all(&self, endpoint: &str, state: &str, number: usize) -> Vec<Value> {
        self.until(endpoint, state, |deliveries| {
            deliveries.iter().filter(|delivery| delivery["state"] == state).count() == number
        })
        .await
    }

    /// Lets what waits for its next attempt be tried now, and what a lost worker had be taken by another.
    async fn hurry(&self) {
        self.make_due("update org.deliveries set due_at = app.now(), leased_until = null where state = 'waiting'")
            .await;
    }

    /// Changes when deliveries are due, and then has them looked for: one after the other, since who held both would be in
    /// the way of the workers, who hold them too.
    async fn make_due(&self, deliveries: &'static str) {
        self.server.database.change(deliveries).await;
        self.server.database.change("update directory.delivery_backlog set wake_at = app.now()").await;
    }
}
