//! The doors' half: one guard is taken away at a time, by a route that answers in the place of the real one.

use std::{sync::Arc, time::Duration};

use axum::Router;
use tenantry_domain::ops::verify::{Ground, Report, Tally, World};
use tenantry_http::{
    App, layers, router,
    site::Site,
    verify::{Doors, walk},
};
use tenantry_testkit::TestDatabase;

/// The API over a database with the two organizations in it.
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
        let app = App { services: database.services.clone(), site: Arc::new(Site::empty()) };
        Self { _database: database, ground, world, app }
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
    assert!(report.tried > 500, "{:?}", report.groups);
}
