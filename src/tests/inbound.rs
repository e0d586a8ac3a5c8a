//! Inbound webhooks: looked after by whoever may, sent to by whoever has the secret, and by nobody else.

mod bodies;
mod crash;
mod effects;
mod firewall;
mod flood;
mod looked_after;
mod rotation;

use serde_json::{Value, json};
use tenantry_testkit::{Client, Sender, TestServer};

const WEBHOOKS: &str = "/api/v1/webhooks/inbound";

const SCHEMES: [&str; 3] = ["standard", "stripe", "hmac-sha256"];

/// A message as services send them.
fn event(id: &str) -> Value {
    json!({"id": id, "type": "invoice.paid", "data": {"amount": 1250}})
}

/// A server, its owner, and a webhook of each scheme with a tool.
async fn three(plan: &str) -> (TestServer, tenantry_testkit::Person, Vec<Sender>) {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", plan).await;
    let mut senders = Vec::new();
    for scheme in SCHEMES {
        senders.push(ada.inbound(scheme, &json!({"tool": "echo"})).await);
    }
    (server, ada, senders)
}

/// The receipts of a webhook, newest first.
async fn receipts(client: &Client, sender: &Sender) -> Vec<Value> {
    let reply = client.get(&format!("{WEBHOOKS}/{}/receipts?limit=100", sender.id)).await.expect(200);
    reply.json()["data"].as_array().expect("receipts").clone()
}

/// How many of them met each rule: the code, or the outcome where there is none.
async fn met(client: &Client, sender: &Sender) -> Vec<(String, u64)> {
    let mut met: Vec<(String, u64)> = Vec::new();
    for receipt in receipts(client, sender).await {
        let rule = receipt["code"].as_str().or(receipt["outcome"].as_str()).expect("a word").to_owned();
        let count = receipt["count"].as_u64().expect("a number");
        match met.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, sum)) => *sum += count,
            None => met.push((rule, count)),
        }
    }
    met.sort();
    met
}

async fn jobs(server: &TestServer) -> i64 {
    server.database.truth("select count(*) from org.jobs").await
}
