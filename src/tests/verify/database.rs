//! The database's half: one policy, key, grant, function or view is broken at a time, as a superuser could by mistake.

use std::time::Duration;

use tenantry_domain::ops::verify::{self, Ground, Report, Tally, World};
use tenantry_testkit::TestDatabase;

/// A database with the two organizations in it, to break things in.
struct Scene {
    database: TestDatabase,
    ground: Ground,
    world: World,
}

impl Scene {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let ground = Ground { connections: database.connections.clone(), own_cluster: true };
        let world = World::make(&database.services, &ground.connections).await.expect("the world is made");
        Self { database, ground, world }
    }

    async fn attacked(&self) -> Report {
        let mut tally = Tally::default();
        verify::database(&self.database.services, &self.ground, &self.world, &mut tally).await.expect("attacked");
        tally.report(Duration::ZERO)
    }
}

#[tokio::test]
async fn nothing_gets_through_the_database_as_it_is_made() {
    let scene = Scene::new().await;
    let report = scene.attacked().await;
    assert_eq!(report.findings, [], "{:?}", report.groups);
    assert!(report.tried > 700, "{:?}", report.groups);
}
