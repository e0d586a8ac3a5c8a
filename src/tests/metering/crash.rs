//! Two spawned servers over one database, of which now and then one is killed as the system would kill it, and clients
//! that send each batch until it is answered. What was acknowledged is there, and nothing is counted twice.

use std::{path::Path, sync::Mutex, time::Duration};

use futures::future::join_all;
use serde_json::Value;
use tenantry_testkit::{Binary, Client, TestDatabase};
use tokio_util::sync::CancellationToken;

use super::{batch, event, sums_are_right, total};
use crate::{exactness::Dice, program::Folder};

const SERVERS: usize = 2;
const BATCHES: usize = 48;
const EVENTS: usize = 25;

/// Where each server is reached now, and the server.
struct Fleet(Vec<Mutex<(Client, Option<Binary>)>>);

async fn serve(folder: &Path, address: &str) -> Binary {
    let (folder, address) = (folder.to_owned(), address.to_owned());
    tokio::task::spawn_blocking(move || Binary::serve_over(&folder, &address)).await.expect("it starts")
}

impl Fleet {
    async fn start(folders: &[Folder], address: &str) -> Self {
        let started = join_all(folders.iter().map(|folder| serve(folder.as_ref(), address))).await;
        Self(started.into_iter().map(|server| Mutex::new((server.client().clone(), Some(server)))).collect())
    }

    fn door(&self, number: usize) -> Client {
        self.0[number].lock().expect("nobody panics with it").0.clone()
    }

    fn take(&self, number: usize) -> Binary {
        self.0[number].lock().expect("nobody panics with it").1.take().expect("each place has a server")
    }

    /// Kills one in the middle of whatever it does, and starts another in its place.
    async fn replace(&self, number: usize, folder: &Folder, address: &str) {
        self.take(number).kill();
        let next = serve(folder.as_ref(), address).await;
        *self.0[number].lock().expect("nobody panics with it") = (next.client().clone(), Some(next));
    }
}

/// Sends a batch until it is answered; the first answer that comes may be to a repeat.
async fn persist(fleet: &Fleet, secret: &str, events: &[Value], dice: &mut Dice) {
    loop {
        let program = fleet.door(dice.below(SERVERS)).with_key(secret);
        match batch(&program, events).attempt().await.map(|reply| (reply.status, reply)) {
            Some((202, reply)) => {
                let told = [reply.at("/accepted"), reply.at("/duplicates")].map(|number| number.as_u64().unwrap_or(0));
                assert_eq!(told.iter().sum::<u64>(), events.len() as u64, "{}", reply.text());
                return;
            }
            // Killed in the middle, or a database that a killed server still occupies.
            None | Some((429 | 503, _)) => {}
            Some((_, reply)) => panic!("{} answered {}: {}", reply.asked, reply.status, reply.text()),
        }
        tokio::time::sleep(Duration::from_millis(10 + dice.below(40) as u64)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_each_acknowledged_event_is_counted_once() {
    let database = TestDatabase::new().await;
    let (address, folders) = (database.address(), [Folder::new(), Folder::new()]);
    let fleet = Fleet::start(&folders, &address).await;
    let ada = fleet.door(0).sign_up("Ada").await;
    ada.create_organization("Acme", "empire").await;
    let (_, secret) = ada.key(&["usage"]).await;
    let stop = CancellationToken::new();
    let killing = async {
        let (mut dice, mut killed) = (Dice(7), 0);
        while !stop.is_cancelled() || killed == 0 {
            tokio::time::sleep(Duration::from_millis(dice.below(120) as u64)).await;
            let number = dice.below(SERVERS);
            fleet.replace(number, &folders[number], &address).await;
            killed += 1;
        }
        killed
    };
    // Every batch by two clients, half of whose events the next batch has, too.
    let sending = join_all((0..8_usize).map(|client| {
        let (fleet, secret) = (&fleet, &secret);
        async move {
            let mut dice = Dice(client as u64);
            for number in (client / 2..BATCHES).step_by(4) {
                let first = number * EVENTS / 2;
                let events: Vec<Value> = (first..first + EVENTS).map(|id| event(id, "images", "0.1")).collect();
                persist(fleet, secret, &events, &mut dice).await;
            }
        }
    }));
    let (killed, ()) = tokio::join!(killing, async {
        sending.await;
        stop.cancel();
    });
    assert!(killed > 0);
    for number in 0..SERVERS {
        assert!(fleet.take(number).stop(), "it ends in order");
    }
    let last = (BATCHES - 1) * EVENTS / 2 + EVENTS;
    let events: i64 = database.truth("select count(*) from org.metered_events").await;
    assert_eq!(events, last as i64);
    assert_eq!(total(&database, "images").await, format!("{}", last as f64 / 10.0));
    sums_are_right(&database).await;
}
