//! The database's half: one policy, key, grant, function or view is broken at a time, as a superuser could by mistake.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};
use tenantry_domain::ops::verify::{self, Finding, Ground, Report, Tally, World};
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

/// One thing that somebody breaks, how it is mended, and what the report must name.
struct Break {
    breaking: String,
    mending: String,
    place: String,
    /// A word of the attack that must have got through, where one can; the catalog names everything else.
    attack: &'static str,
}

fn broken(breaking: &str, mending: &str, place: &str, attack: &'static str) -> Break {
    Break { breaking: breaking.into(), mending: mending.into(), place: place.into(), attack }
}

impl Scene {
    /// Breaks each thing by itself, and lists what the verification did not see.
    async fn unseen(&self, breaks: &[Break]) -> Vec<String> {
        let mut superuser = self.database.superuser().await;
        let mut unseen = Vec::new();
        for Break { breaking, mending, place, attack } in breaks {
            run(&mut superuser, breaking).await;
            let report = self.attacked().await;
            run(&mut superuser, mending).await;
            let named = |finding: &Finding| finding.place == *place && finding.attack.contains(attack);
            if !report.findings.iter().any(named) {
                unseen.push(format!("{breaking}\n    found: {:#?}", report.findings));
            }
        }
        unseen
    }
}

async fn run(superuser: &mut PgConnection, statements: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(superuser).await;
    done.unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// Every policy: its table, its name, whether it admits (or else restricts), and the statement that makes it again.
async fn policies(database: &TestDatabase) -> Vec<(String, String, bool, String)> {
    sqlx::query_as(
        "select format('%I.%I', schemaname, tablename), format('%I', policyname), permissive = 'PERMISSIVE',
                format('create policy %I on %I.%I as %s for %s to %s %s %s', policyname, schemaname, tablename, permissive,
                       cmd, array_to_string(roles, ', '), 'using (' || qual || ')',
                       'with check (' || with_check || ')')
         from pg_policies order by 1, 2",
    )
    .fetch_all(&mut database.superuser().await)
    .await
    .expect("the catalog answers")
}

#[tokio::test]
async fn nothing_gets_through_the_database_as_it_is_made() {
    let scene = Scene::new().await;
    let report = scene.attacked().await;
    assert_eq!(report.findings, [], "{:?}", report.groups);
    assert_eq!(report.untried, [""; 0]);
    assert!(report.tried > 700, "{:?}", report.groups);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_policy_of_every_table_is_missed_when_it_is_gone_or_wide_open() {
    let scene = Scene::new().await;
    let mut breaks = Vec::new();
    for (table, policy, permissive, creation) in policies(&scene.database).await {
        let drop = format!("drop policy {policy} on {table}");
        let mending = format!("drop policy if exists {policy} on {table}; {creation}");
        breaks.push(broken(&drop, &mending, &table, if policy == "open" { "suspended" } else { "reading" }));
        if policy == "look_up" {
            let wide = format!("alter policy {policy} on {table} to tenantry_app");
            breaks.push(broken(&wide, &mending, &table, "reading everything"));
            continue;
        }
        let read = if permissive { "reading everything" } else { "reading while suspended" };
        let write = if permissive { "making a row" } else { "making a row while suspended" };
        breaks.push(broken(&format!("alter policy {policy} on {table} using (true)"), &mending, &table, read));
        breaks.push(broken(&format!("alter policy {policy} on {table} with check (true)"), &mending, &table, write));
    }
    assert!(breaks.len() > 40, "the policies were not found");
    // Two databases, for two cores.
    let (half, rest) = breaks.split_at(breaks.len() / 2);
    let other = Scene::new().await;
    let (mut unseen, others) = tokio::join!(scene.unseen(half), other.unseen(rest));
    unseen.extend(others);
    assert!(unseen.is_empty(), "not seen:\n{}", unseen.join("\n"));
    for scene in [scene, other] {
        assert_eq!(scene.attacked().await.findings, [], "every break was mended");
    }
}
