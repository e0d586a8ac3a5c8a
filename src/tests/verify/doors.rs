//! The doors' half: one guard is taken away at a time, by a route that answers in the place of the real one.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, put},
};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tenantry_domain::ops::verify::{Ground, Report, Tally, World};
use tenantry_http::{
    App,
    guard::SignedIn,
    layers,
    problem::ApiError,
    router,
    site::Site,
    verify::{Doors, walk},
};
use tenantry_kernel::{JobId, Problem};
use tenantry_testkit::TestDatabase;

/// The API over a database with the two organizations in it.
struct Scene {
    database: TestDatabase,
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
        Self { database, ground, world, app }
    }

    /// Walks the API, with these routes in the place of the real ones.
    async fn walked(&self, instead: Router) -> Report {
        let routes = instead.fallback_service(router::api(&self.app));
        let doors = Doors {
            app: self.app.clone(),
            router: layers::around(routes, &self.app),
            functions: Vec::new(),
            pages: Vec::new(),
        };
        let mut tally = Tally::default();
        walk(&doors, &self.ground, &self.world, &mut tally).await.expect("walked");
        tally.report(Duration::ZERO)
    }
}

#[tokio::test]
async fn nothing_gets_through_the_doors_as_they_are() {
    let scene = Scene::new().await;
    let report = scene.walked(Router::new()).await;
    assert_eq!(report.findings, [], "{:?}", report.groups);
    assert!(report.tried > 400, "{:?}", report.groups);
}

/// Every finding names the place, and one of them the attack.
#[track_caller]
fn named(report: &Report, place: &str, attack: &str) {
    let places: Vec<&str> = report.findings.iter().map(|finding| finding.place.as_str()).collect();
    assert!(places.iter().all(|named| *named == place), "{places:?}");
    assert!(report.findings.iter().any(|finding| finding.attack == attack), "{:#?}", report.findings);
}

#[tokio::test]
async fn a_route_that_reads_without_a_scope_is_seen_and_named() {
    let scene = Scene::new().await;
    let everything = scene.database.superuser_options();
    let unguarded = move |Path(id): Path<String>| async move {
        let job: JobId = id.parse().map_err(|_| Problem::not_found())?;
        let mut superuser = PgConnection::connect_with(&everything).await.expect("the superuser enters");
        let payload: Option<String> = sqlx::query_scalar("select payload from tenant.job_payloads where job_id = $1")
            .bind(job.uuid())
            .fetch_optional(&mut superuser)
            .await
            .expect("the superuser reads everything");
        let payload = payload.ok_or_else(Problem::not_found)?;
        Ok::<_, ApiError>(Json(json!({"job": {"payload": payload}})))
    };
    let report = scene.walked(Router::new().route("/api/v1/jobs/{id}", get(unguarded))).await;
    named(&report, "GET /api/v1/jobs/{id}", "a stranger with another's job's id in the path");
    named(&report, "GET /api/v1/jobs/{id}", "a member of both with another's job's id in the path");
    named(&report, "GET /api/v1/jobs/{id}", "nobody");
}

#[tokio::test]
async fn a_route_that_asks_for_no_permission_is_seen_and_named() {
    let scene = Scene::new().await;
    let lax = get(|_: SignedIn| async { Json(json!({"subscription": {}})) })
        .merge(put(|_: SignedIn| async { Json(json!({"subscription": {}})) }));
    let report = scene.walked(Router::new().route("/api/v1/subscription", lax).with_state(scene.app.clone())).await;
    named(&report, "PUT /api/v1/subscription", "Viewer of the organization");
    named(&report, "PUT /api/v1/subscription", "Operator of the organization");
}

#[tokio::test]
async fn a_route_that_tells_a_missing_thing_from_anothers_is_seen_and_named() {
    let scene = Scene::new().await;
    let job = scene.world.first.names.iter().find(|name| name.kind == "job's id").expect("it has a job").text.clone();
    let telling = move |_: SignedIn, Path(id): Path<String>| async move {
        let detail = if id == job { "This job is somebody else's." } else { "There is no such job." };
        ApiError(Problem { detail: detail.to_owned(), ..Problem::not_found() })
    };
    let report =
        scene.walked(Router::new().route("/api/v1/jobs/{id}", get(telling)).with_state(scene.app.clone())).await;
    named(&report, "GET /api/v1/jobs/{id}", "a stranger with another's job's id in the path");
}
