//! The real server in the test's own process: router, layers and worker, on a port that was free.

use std::{ops::Deref, sync::Arc};

use axum::Router;
use tenantry_domain::{Services, Settings, db::Db, dispatch::worker, services::PlanChoice, webhooks::endpoints};
use tenantry_http::{App, layers, router, server, site::Site};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Client, Person, TestDatabase};

/// What a server is started with.
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// Whether jobs are run.
    pub worker: bool,
    /// Who may change plans.
    pub plans: PlanChoice,
    /// How many Free organizations a person may own.
    pub free_organizations: u32,
    /// Whether people reach it over https, at `app.example.com`.
    pub https: bool,
    /// The domain of which each tenant has a subdomain.
    pub base_domain: Option<&'static str>,
    /// The proxies that are trusted, as networks with commas between them.
    pub trusted_proxies: &'static str,
    /// Whether an address must be proven before its account opens.
    pub require_verified_email: bool,
    /// Whether it is a server for development.
    pub dev: bool,
    /// Whether tools may be on this machine, where the tests' receivers are.
    pub loopback_tools: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            worker: true,
            plans: PlanChoice::Open,
            free_organizations: 20,
            https: false,
            base_domain: None,
            trusted_proxies: "",
            require_verified_email: false,
            dev: false,
            loopback_tools: true,
        }
    }
}

/// A server over services that somebody else keeps, on a port that was free. It ends with this.
pub struct Served {
    client: Client,
    stop: DropGuard,
}

impl Served {
    /// Tells the server to stop, as a signal would; what is under way may come to its end.
    pub fn stop(self) {
        drop(self.stop);
    }

    /// Serves them, with jobs being run or not, and with something of the caller's around the router.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn over(services: Services, runs_jobs: bool, around: impl FnOnce(Router) -> Router) -> Self {
        Self::at(listener().await, services, runs_jobs, around)
    }

    fn at(listener: TcpListener, services: Services, runs_jobs: bool, around: impl FnOnce(Router) -> Router) -> Self {
        let (client, stop) = (Client::at(&address(&listener)), CancellationToken::new());
        if runs_jobs {
            tokio::spawn(worker::run(services.clone(), stop.clone()));
            tokio::spawn(endpoints::worker::run(services.clone(), stop.clone()));
        }
        let app = App::new(services, Arc::new(Site::empty()));
        let routes = layers::around(around(router::api(&app)), &app);
        tokio::spawn(server::serve(listener, routes, stop.clone()));
        Self { client, stop: stop.drop_guard() }
    }
}

impl Deref for Served {
    type Target = Client;

    /// Nobody, at the server's address.
    fn deref(&self) -> &Client {
        &self.client
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port is free")
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("a bound port has an address"))
}

/// A server over a database of its own. Both end with it.
pub struct TestServer {
    /// Its database.
    pub database: TestDatabase,
    served: Served,
}

impl Deref for TestServer {
    type Target = Client;

    /// Nobody, at the server's address.
    fn deref(&self) -> &Client {
        &self.served
    }
}

impl TestServer {
    /// A server as it is served.
    ///
    /// # Panics
    /// Where no throw-away cluster runs.
    pub async fn start() -> Self {
        Self::with(ServerOptions::default()).await
    }

    /// A server that runs no jobs, for tests of what waits.
    ///
    /// # Panics
    /// Where no throw-away cluster runs.
    pub async fn without_worker() -> Self {
        Self::with(ServerOptions { worker: false, ..ServerOptions::default() }).await
    }

    /// A server that runs no jobs and gives every tenant a host below `localhost`.
    ///
    /// # Panics
    /// Where no throw-away cluster runs.
    pub async fn with_hosts() -> Self {
        let base_domain = Some("localhost");
        Self::with(ServerOptions { worker: false, base_domain, ..ServerOptions::default() }).await
    }

    /// A server with other settings.
    ///
    /// # Panics
    /// Where no throw-away cluster runs.
    pub async fn with(options: ServerOptions) -> Self {
        let database = TestDatabase::new().await;
        let listener = listener().await;
        let base = address(&listener);
        let public = if options.https { "https://app.example.com" } else { &base };
        let settings = Settings {
            plans: options.plans,
            free_organizations: options.free_organizations,
            base_domain: options.base_domain.map(str::to_owned),
            trusted_proxies: options.trusted_proxies.parse().expect("networks"),
            require_verified_email: options.require_verified_email,
            dev: options.dev,
            loopback_tools: options.loopback_tools,
            ..Settings::new(public.parse().expect("an address"))
        };
        let services = database.services_with(settings);
        let served = Served::at(listener, services, options.worker, |router| router);
        Self { database, served }
    }

    /// Another server over the same database, which shares nothing else with this one, as in another process. It runs no
    /// jobs.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn another(&self) -> Served {
        let listener = listener().await;
        let url = address(&listener).parse().expect("an address");
        let settings = Settings { loopback_tools: true, ..Settings::new(url) };
        let services = Services::new(Db::new(&self.database.connections), settings);
        Served::at(listener, services, false, |router| router)
    }

    /// A person with an organization on a plan, acting in it.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn owner(&self, name: &str, plan: &str) -> (Person, crate::Organization) {
        let person = self.sign_up(name).await;
        let organization = person.create_organization(&format!("{name}'s company"), plan).await;
        (person, organization)
    }

    /// A person who belongs to an organization with a role, and to no other.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn member(&self, organization: &crate::Organization, role: tenantry_kernel::Role) -> Person {
        let person = self.sign_up(role.as_str()).await;
        self.database.add_member(organization.id, person.id, role).await;
        person
    }
}
