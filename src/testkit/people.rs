//! People and their organizations, made through the doors that real ones use.

use std::{
    ops::Deref,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, Principal},
    accounts::SessionToken,
};
use tenantry_kernel::{OrganizationId, TenantId, UserId};

use crate::{Client, Reply};

/// A password that is not a common one.
const PASSWORD: &str = "correct horse battery";

/// How long a job may take that nothing keeps from running.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who has signed up and is signed in. What a client can do, they can.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their client.
    pub client: Client,
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// An organization with its first workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its part of an address.
    pub slug: String,
    /// The first workspace.
    pub tenant: TenantId,
    /// The first workspace's part of an address.
    pub tenant_slug: String,
}

impl Client {
    /// Makes an account; the person's client holds the session.
    ///
    /// # Panics
    /// When the server refuses.
    #[track_caller]
    pub fn sign_up(&self, name: &str) -> impl Future<Output = Person> + Send {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let email = format!("{}{number}@example.com", letters.to_lowercase());
        let (nobody, name) = (self.with_cookie(None), name.to_owned());
        async move {
            let body = json!({"name": name, "email": email, "password": PASSWORD});
            let reply = nobody.post("/api/v1/auth/sign-up", &body).await.expect(201);
            let id = reply.text_at("/user/id").parse().expect("a person's id");
            let (cookie, _) = reply.cookie().expect("the session's cookie");
            Person { client: nobody.with_cookie(Some(cookie)), id, name, email, password: PASSWORD.to_owned() }
        }
    }

    /// Makes an organization on a plan.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn create_organization(&self, name: &str, plan: &str) -> Organization {
        let body = json!({"name": name, "plan": plan});
        let reply = self.post("/api/tenant/organizations", &body).await.expect(201);
        Organization {
            id: reply.text_at("/organization/id").parse().expect("an organization's id"),
            slug: reply.text_at("/organization/slug"),
            tenant: reply.text_at("/organization/tenants/0/id").parse().expect("a tenant's id"),
            tenant_slug: reply.text_at("/organization/tenants/0/slug"),
        }
    }

    /// Makes an API key and answers its id and its text.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn key(&self, scopes: &[&str]) -> (String, String) {
        let reply = self.post("/api/v1/keys", &json!({"name": "ci", "scopes": scopes})).await.expect(201);
        (reply.text_at("/key/id"), reply.text_at("/secret"))
    }

    /// Asks `echo` for something, waiting for a slot where none is free.
    pub async fn dispatch(&self, payload: Value) -> Reply {
        let body = json!({"tool": "echo", "action": "say", "payload": payload, "when_full": "queue"});
        self.post("/api/v1/dispatch", &body).await
    }

    /// Asks `echo` for something and answers the job's id.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn dispatched(&self, payload: Value) -> String {
        self.dispatch(payload).await.expect(202).text_at("/job/id")
    }

    /// Waits until a job has ended and answers it.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn job_over(&self, id: &str) -> Value {
        let path = format!("/api/v1/jobs/{id}");
        let over = async {
            loop {
                let job = self.get(&path).await.expect(200).at("/job");
                if matches!(job["status"].as_str(), Some("succeeded" | "failed" | "canceled")) {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, over).await.unwrap_or_else(|_| panic!("the job {id} does not end"))
    }

    /// What the organization has used, as the dashboard reads it.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn usage(&self) -> Value {
        self.get("/api/tenant/usage").await.expect(200).json()
    }
}

impl Person {
    /// Signs in again, with a session of its own.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn signed_in_again(&self) -> Self {
        let body = json!({"email": self.email, "password": self.password});
        let reply = self.client.with_cookie(None).post("/api/v1/auth/sign-in", &body).await.expect(200);
        let (cookie, _) = reply.cookie().expect("the session's cookie");
        Self { client: self.client.with_cookie(Some(cookie)), ..self.clone() }
    }

    /// Who they are to the domain's own verbs, by the session that their client holds.
    ///
    /// # Panics
    /// When that session has ended.
    pub async fn principal(&self, services: &Services) -> Principal {
        let text = self.cookie().and_then(|cookie| cookie.split_once('=')).expect("a cookie").1;
        let token = SessionToken::parse(text).expect("a session");
        let entered = access::enter(services, &token, &Host::Main, &Destination::Current).await;
        entered.expect("a session that lives").principal
    }
}
