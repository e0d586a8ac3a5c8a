//! Three spawned programs over one database, of which now and then one is killed as the system would kill it, the database
//! too; and clients that send each dispatch until it is answered for good.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::{join_all, try_join_all};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tenantry_domain::{
    db::{cluster::Cluster, secret::InstallationSecret},
    services::Entropy,
};
use tenantry_testkit::{Binary, Client, Person};
use tokio_util::sync::CancellationToken;

use super::{Dice, Sums};
use crate::program::Folder;

const PROGRAMS: usize = 3;

/// Dispatches that are wanted, each by two clients, and how many of them the month has room for.
const WANTED: usize = 80;
const ROOM: i64 = 60;

/// Programs that serve one installation, and where each is reached now.
struct Fleet {
    programs: Vec<Mutex<Option<Binary>>>,
    doors: Vec<Mutex<Client>>,
}

async fn serve(folder: &Path) -> Binary {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || Binary::serve(&folder)).await.expect("it starts")
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics with it")
}

impl Fleet {
    async fn start(folder: &Path) -> Self {
        // The first makes the database.
        let mut programs = vec![serve(folder).await];
        programs.extend(join_all((1..PROGRAMS).map(|_| serve(folder))).await);
        let doors = programs.iter().map(|program| Mutex::new(program.client().clone())).collect();
        Self { programs: programs.into_iter().map(|program| Mutex::new(Some(program))).collect(), doors }
    }

    fn door(&self, number: usize) -> Client {
        locked(&self.doors[number]).clone()
    }

    /// Kills one and starts another in its place.
    async fn replace(&self, number: usize, folder: &Path) {
        let killed = locked(&self.programs[number]).take();
        killed.expect("each place has a program").kill();
        let next = serve(folder).await;
        *locked(&self.doors[number]) = next.client().clone();
        *locked(&self.programs[number]) = Some(next);
    }

    fn stop(self) {
        for program in self.programs {
            assert!(locked(&program).take().expect("each place has a program").stop(), "it ends in order");
        }
    }
}

/// Sends one dispatch to any program until it is answered for good: the job, or `None` where the month is used up.
async fn persist(fleet: &Fleet, ada: &Person, number: usize, dice: &mut Dice) -> Option<String> {
    let body = json!({"tool": "echo", "action": "say", "payload": number, "when_full": "queue"});
    loop {
        let client = ada.moved_to(&fleet.door(dice.below(PROGRAMS)));
        let reply = client.post("/api/v1/dispatch", &body).once(&format!("key {number}")).attempt().await;
        match reply.map(|reply| (reply.status, reply)) {
            Some((202, reply)) => return Some(reply.text_at("/job/id")),
            Some((402, reply)) => {
                reply.refused(402, "DISPATCH_QUOTA_EXCEEDED");
                return None;
            }
            // Killed in the middle, under way elsewhere, or the database is not back yet.
            None | Some((409 | 429 | 503, _)) => {}
            Some((_, reply)) => panic!("{} answered {}: {}", reply.asked, reply.status, reply.text()),
        }
        tokio::time::sleep(Duration::from_millis(10 + dice.below(40) as u64)).await;
    }
}

/// Kills programs, and one of the database's processes, at random moments for as long as there are clients. Answers how
/// many it killed.
async fn kill_at_random(
    fleet: &Fleet,
    folder: &Path,
    cluster: &Cluster,
    mut dice: Dice,
    stop: &CancellationToken,
) -> usize {
    let mut killed = 0;
    while !stop.is_cancelled() || killed == 0 {
        tokio::time::sleep(Duration::from_millis(dice.below(150) as u64)).await;
        if killed == 1 {
            kill_a_backend(cluster).await;
        } else {
            fleet.replace(dice.below(PROGRAMS), folder).await;
        }
        killed += 1;
    }
    killed
}

async fn enter(cluster: &Cluster) -> PgConnection {
    loop {
        match PgConnection::connect_with(&cluster.superuser("tenantry")).await {
            Ok(superuser) => return superuser,
            // It still recovers.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// `kill -9` of one of PostgreSQL's processes: PostgreSQL then ends all of them and recovers.
async fn kill_a_backend(cluster: &Cluster) {
    let victim = "select pid from pg_stat_activity where usename = 'tenantry_app' order by random() limit 1";
    let pid: Option<i32> = sqlx::query_scalar(victim).fetch_optional(&mut enter(cluster).await).await.expect("asked");
    if let Some(pid) = pid {
        // It may have ended by itself.
        let _gone = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
    }
}

async fn set_used(superuser: &mut PgConnection, used: i64) {
    sqlx::query(
        "insert into org.usage_counters (organization_id, meter, period_start, used)
         select organization_id, 'dispatches', date_trunc('month', now() at time zone 'utc') at time zone 'utc', $1
         from org.gates",
    )
    .bind(used)
    .execute(superuser)
    .await
    .expect("nothing was used yet");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_what_was_answered_happened_once_and_the_limit_holds() {
    let folder = Folder::new();
    let fleet = Arc::new(Fleet::start(folder.as_ref()).await);
    let (secret, _) = InstallationSecret::load(folder.as_ref(), None, || Entropy.bytes()).expect("it was made");
    let cluster = Cluster::open_running(folder.as_ref(), &secret).await.expect("it runs");
    let ada = fleet.door(0).sign_up("Ada").await;
    ada.create_organization("Acme", "free").await;
    set_used(&mut enter(&cluster).await, 500 - ROOM).await;

    let stop = CancellationToken::new();
    let clients = try_join_all((0..8_usize).map(|client| {
        let (fleet, ada) = (Arc::clone(&fleet), ada.clone());
        tokio::spawn(async move {
            let (mut dice, mut jobs) = (Dice(client as u64), Vec::new());
            for number in (client / 2..WANTED).step_by(4) {
                jobs.push((number, persist(&fleet, &ada, number, &mut dice).await));
            }
            jobs
        })
    }));
    let served = async {
        let jobs = clients.await.expect("no client panics");
        stop.cancel();
        jobs.concat()
    };
    let (killed, jobs) = tokio::join!(kill_at_random(&fleet, folder.as_ref(), &cluster, Dice(5), &stop), served);
    assert!(killed > 0);

    let mut by_key: HashMap<usize, Vec<String>> = HashMap::new();
    for (number, job) in jobs {
        by_key.entry(number).or_default().extend(job);
    }
    assert_eq!(by_key.len(), WANTED);
    by_key.retain(|_, jobs| !jobs.is_empty());
    assert!(by_key.values().all(|jobs| jobs.iter().all(|job| *job == jobs[0])), "one key, one job");
    assert_eq!(by_key.len() as i64, ROOM, "as many as there was room for");
    let mut superuser = enter(&cluster).await;
    assert_eq!(Sums::read(&mut superuser).await, Sums { counter: 500, ..Sums::of(ROOM) });
    let slots: i64 =
        sqlx::query_scalar("select count(*) from org.slots").fetch_one(&mut superuser).await.expect("asked");
    assert!(slots <= 1, "{slots} slots of one");
    superuser.close().await.expect("closed in order");
    cluster.leave().await;
    Arc::into_inner(fleet).expect("every client has gone").stop();
}
