//! Tools that live elsewhere: what they are sent, what their answers mean, and that each job ends once whatever happens.

mod answers;
mod callbacks;
mod retries;
mod workers;

use serde_json::{Value, json};
use tenantry_testkit::{Person, Receiver, TestServer};

/// A server, the owner of an organization on the plan, and whoever its tools call.
struct Stage {
    server: TestServer,
    ada: Person,
    acme: tenantry_testkit::Organization,
    receiver: Receiver,
}

impl Stage {
    async fn on(plan: &str) -> Self {
        let server = TestServer::start().await;
        let (ada, acme) = server.owner("Ada", plan).await;
        Self { server, ada, acme, receiver: Receiver::start().await }
    }

    /// Makes a tool that calls a path of the receiver; answers its signing secret.
    async fn tool(&self, name: &str, path: &str, timeout_seconds: u32) -> String {
        self.tool_at(name, &self.receiver.url(path), timeout_seconds).await
    }

    async fn tool_at(&self, name: &str, url: &str, timeout_seconds: u32) -> String {
        let body = json!({"name": name, "kind": "webhook", "url": url, "timeout_seconds": timeout_seconds});
        self.ada.post("/api/v1/tools", &body).await.expect(201).text_at("/secret")
    }

    /// Dispatches and answers the job's id.
    async fn send(&self, tool: &str, payload: Value) -> String {
        let body = json!({"tool": tool, "action": "run", "payload": payload, "when_full": "queue"});
        self.ada.post("/api/v1/dispatch", &body).await.expect(202).text_at("/job/id")
    }

    /// Dispatches and waits for the end.
    async fn outcome(&self, tool: &str) -> Value {
        let job = self.send(tool, json!({})).await;
        self.ada.job_over(&job).await
    }

    /// The job as it is now.
    async fn job(&self, id: &str) -> Value {
        self.ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200).at("/job")
    }

    /// Waits until the job is as it should be.
    async fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let job = self.job(id).await;
                if is_so(&job) {
                    return job;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, waiting).await.unwrap_or_else(|_| panic!("{id} is not {what}"))
    }
}
