//! What disturbs: sessions of the database that are ended one by one, and a server that is killed and started again.

use std::{sync::Arc, time::Duration};

use tenantry_domain::db::roles;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Chance, ledger::Ledger, stage::Doors};
use crate::{Binary, TestDatabase};

/// Ends a session of the servers' every so often, whatever it is doing.
pub(super) async fn end_sessions(
    database: &TestDatabase,
    ledger: &Ledger,
    mut chance: Chance,
    stop: CancellationToken,
) {
    let mut superuser = database.superuser().await;
    while !stop.is_cancelled() {
        sleep(Duration::from_millis(10 + chance.below(120) as u64)).await;
        let sessions: Vec<i32> = sqlx::query_scalar(
            "select pid from pg_stat_activity where datname = current_database() and usename in ($1, $2) order by pid",
        )
        .bind(roles::APP)
        .bind(roles::PLATFORM)
        .fetch_all(&mut superuser)
        .await
        .expect("the superuser's own session is left alone");
        let Some(session) = chance.one_of(&sessions) else { continue };
        sqlx::query("select pg_terminate_backend($1)").bind(session).execute(&mut superuser).await.expect("it may");
        ledger.count(|tally| tally.sessions_ended += 1);
    }
}

/// Runs the program over the same database, kills it with -9 every so often, and starts it again. It blocks its thread.
pub(super) fn kill_servers(
    address: &str,
    doors: &Arc<Doors>,
    ledger: &Ledger,
    mut chance: Chance,
    stop: &CancellationToken,
) {
    let folder = Binary::new_folder();
    while !stop.is_cancelled() {
        let server = Binary::serve_over(&folder, address);
        doors.moved(server.client().base());
        std::thread::sleep(Duration::from_millis(300 + chance.below(1200) as u64));
        server.kill();
        ledger.count(|tally| tally.servers_killed += 1);
    }
    // What is left behind is a copy of a throw-away secret and a note.
    let _left_behind = std::fs::remove_dir_all(folder);
}
