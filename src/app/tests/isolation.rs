//! Every server function and page with another's names, and the proof that it is seen when one of them has no guard.

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::RawForm, http::StatusCode, response::IntoResponse as _, routing::post};
use tenantry_domain::ops::verify::{Ground, Report, Tally, World};
use tenantry_http::{App, layers, problem::ApiError, router, site::Site, verify::walk};
use tenantry_kernel::{JobId, Problem};
use tenantry_testkit::TestDatabase;

use crate::app::ssr;

/// An installation over a database with the two organizations in it.
struct Scene {
    _database: TestDatabase,
    ground: Ground,
    world: World,
    app: App,
}

impl Scene {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let ground = Ground { connections: database.connections.clone(), own_cluster: true };
        let world = World::make(&database.services, &ground.connections).await.expect("the world is made");
        let app = App::new(database.services.clone(), Arc::new(Site::empty()));
        Self { _database: database, ground, world, app }
    }

    /// Walks all doors, with these routes in the place of the real ones.
    async fn walked(&self, instead: Router) -> Report {
        let real = router::api(&self.app).merge(ssr::router(self.app.clone()));
        let routes = layers::around(instead.fallback_service(real), &self.app);
        let doors = ssr::doors(self.app.clone(), routes);
        let mut tally = Tally::default();
        walk(&doors, &self.ground, &self.world, &mut tally).await.expect("walked");
        tally.report(Duration::ZERO)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_gets_through_a_server_function_or_a_page() {
    let scene = Scene::new().await;
    let report = scene.walked(Router::new()).await;
    assert_eq!(report.findings, [], "{:?}", report.groups);
    assert!(report.tried > 800, "{:?}", report.groups);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_function_without_its_guard_is_seen_and_named() {
    let scene = Scene::new().await;
    let job = scene.world.first.names.iter().find(|name| name.kind == "job's id").expect("it has a job");
    let (theirs, canary): (JobId, String) = (job.text.parse().expect("an id"), scene.world.first.canary.clone());
    // What it would answer that looked a job up by its id alone.
    let unguarded = move |RawForm(form): RawForm| async move {
        let asked = url::form_urlencoded::parse(&form).any(|(_, value)| value == theirs.to_string());
        if asked { (StatusCode::OK, canary).into_response() } else { ApiError(Problem::not_found()).into_response() }
    };
    let report = scene.walked(Router::new().route("/api/rpc/dispatch/job", post(unguarded))).await;
    let places: Vec<&str> = report.findings.iter().map(|finding| finding.place.as_str()).collect();
    assert!(!places.is_empty() && places.iter().all(|place| *place == "POST /api/rpc/dispatch/job"), "{places:?}");
    for attack in ["nobody", "a stranger with another's job's id in the body's job"] {
        assert!(report.findings.iter().any(|finding| finding.attack == attack), "{attack}: {:#?}", report.findings);
    }
}
