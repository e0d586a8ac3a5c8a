//! Two servers over one database, killed in the middle of whatever they do, and senders that repeat each message until it is
//! answered: each message is one receipt and one job.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tenantry_testkit::{Binary, Client, Sender, TestDatabase};
use tokio::sync::watch;

use super::event;
use crate::{exactness::Dice, program::Folder};

const KILLS: usize = 4;
const SENDERS: usize = 6;

/// Sends it until it is answered, at whichever server there is.
async fn persist(sender: &Sender, at: &watch::Receiver<Client>, id: &str) {
    loop {
        let there = at.borrow().clone();
        match sender.sending_to(&there).send(id, &event(id)).attempt().await.map(|reply| (reply.status, reply)) {
            Some((200 | 202, _)) => return,
            None | Some((429 | 503, _)) => {}
            Some((_, reply)) => panic!("{} answered {}: {}", reply.asked, reply.status, reply.text()),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn serve(folder: &Folder, address: &str) -> Binary {
    let (folder, address) = (folder.as_ref().to_owned(), address.to_owned());
    tokio::task::spawn_blocking(move || Binary::serve_over(&folder, &address)).await.expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_each_message_is_one_receipt_and_one_job() {
    let database = TestDatabase::new().await;
    let (address, folder) = (database.address(), Folder::new());
    let mut server = serve(&folder, &address).await;
    let ada = server.client().sign_up("Ada").await;
    ada.create_organization("Acme", "empire").await;
    let mut hooks = Vec::new();
    for scheme in super::SCHEMES {
        hooks.push(ada.inbound(scheme, &json!({"tool": "echo"})).await);
    }
    let (tell, at) = watch::channel(server.client().clone());
    let (stop, stopped) = watch::channel(false);
    let sending = join_all((0..SENDERS).map(|number| {
        let (hook, at, stopped) = (hooks[number % hooks.len()].clone(), at.clone(), stopped.clone());
        async move {
            let mut sent = 0;
            // Two senders of each webhook send the same messages.
            while !*stopped.borrow() || sent < 20 {
                persist(&hook, &at, &format!("evt_{sent}")).await;
                sent += 1;
            }
            sent
        }
    }));
    let killing = async {
        let mut dice = Dice(11);
        for _ in 0..KILLS {
            tokio::time::sleep(Duration::from_millis(100 + dice.below(400) as u64)).await;
            let next = serve(&folder, &address).await;
            let old = std::mem::replace(&mut server, next);
            old.kill();
            tell.send_replace(server.client().clone());
        }
        stop.send_replace(true);
    };
    let (sent, ()) = tokio::join!(sending, killing);
    let expected: usize = (0..hooks.len()).map(|hook| sent[hook].max(sent[hook + hooks.len()])).sum();
    let count = async |query: &'static str| usize::try_from(database.truth::<i64>(query).await).expect("a count");
    assert_eq!(count("select count(*) from org.jobs").await, expected);
    assert_eq!(count("select count(*) from org.inbound_receipts where outcome = 'accepted'").await, expected);
    let tied = "select count(*) from org.inbound_receipts r
        join org.inbound_marks m using (organization_id, inbound_id, receipt_id)
        join org.jobs j on j.organization_id = r.organization_id and j.job_id = r.job_id and j.job_id = m.job_id
        join tenant.job_payloads p on p.job_id = j.job_id";
    assert_eq!(count(tied).await, expected, "receipt, mark, job and payload are of one transaction");
    assert_eq!(count("select sum(used)::bigint from org.usage_counters where meter = 'dispatches'").await, expected);
    drop(server);
}
