//! Chaos: many organizations, many clients, and whatever can go wrong at once, while everybody looks for what is not theirs
//! and keeps what they were promised.
//!
//! Requests are cut in their middle and so are answers, sessions of the database are ended, one server of two is killed with
//! -9 over and over, and the other has a single connection. At the end the database is compared with what was promised. The
//! choices come from a seed; what the machine does between them does not.

mod chance;
mod client;
mod disturb;
mod ledger;
mod marks;
mod stage;
mod truth;
mod wire;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

pub use chance::Chance;
pub use ledger::{Finding, Kind, Tally};
pub use marks::Place;
pub use stage::Stage;

use client::Client;
use ledger::Ledger;

/// How much chaos.
#[derive(Clone, Copy, Debug)]
pub struct Chaos {
    /// What the choices come from.
    pub seed: u64,
    /// How long it goes on; setting the stage and the audit come on top.
    pub time: Duration,
    /// Clients of each organization.
    pub clients: usize,
    /// Is the database disturbed, and is a second server killed and started again?
    pub disturbed: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the choices came from.
    pub seed: u64,
    /// How much happened.
    pub tally: Tally,
    /// What must not be.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Was this kind found?
    #[must_use]
    pub fn found(&self, kind: Kind) -> bool {
        self.findings.iter().any(|finding| finding.kind == kind)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "seed {}: {:?}", self.seed, self.tally)?;
        writeln!(out, "{} findings", self.findings.len())?;
        // The first ones tell what broke; the rest follows from it.
        self.findings.iter().take(8).try_for_each(|finding| writeln!(out, "{:?}: {}", finding.kind, finding.text))
    }
}

impl Chaos {
    /// Lets it loose on a stage, then audits.
    ///
    /// # Panics
    /// When the superuser's own way to the database is gone, or the program cannot be started.
    pub async fn run(self, stage: Stage) -> Report {
        let (stage, ledger) = (Arc::new(stage), Arc::new(Ledger::default()));
        let mut chance = Chance::new(self.seed);
        let (stop, watched) = (CancellationToken::new(), CancellationToken::new());
        let watching = {
            let (stage, ledger, watched) = (Arc::clone(&stage), Arc::clone(&ledger), watched.clone());
            tokio::spawn(async move { truth::watch_limits(&stage, &ledger, watched).await })
        };
        let mut disturbances = JoinSet::new();
        if self.disturbed {
            disturb(&mut disturbances, &stage, &ledger, &mut chance, &stop);
        }
        self.clients(&stage, &ledger, &mut chance).await;
        stop.cancel();
        // A server that still dies would take jobs with it for as long as their leases live.
        disturbances.join_all().await;
        truth::settle(&stage, &ledger).await;
        watched.cancel();
        watching.await.expect("looking at limits does not panic");
        truth::audit(&stage, &ledger).await;
        Report { seed: self.seed, tally: ledger.tally(), findings: ledger.findings() }
    }

    /// Lets everybody act until the time is over and what they do has ended.
    async fn clients(self, stage: &Arc<Stage>, ledger: &Arc<Ledger>, chance: &mut Chance) {
        let end = Instant::now() + self.time;
        let mut clients = JoinSet::new();
        for own in 0..stage.organizations.len() {
            for _ in 0..self.clients {
                let excuse = self.disturbed.then_some(client::NOT_NOW);
                let mut client = Client::new(Arc::clone(stage), Arc::clone(ledger), own, excuse, chance.fork());
                clients.spawn(async move {
                    while Instant::now() < end {
                        client.act().await;
                    }
                });
            }
        }
        clients.join_all().await;
    }
}

fn disturb(
    tasks: &mut JoinSet<()>,
    stage: &Arc<Stage>,
    ledger: &Arc<Ledger>,
    chance: &mut Chance,
    stop: &CancellationToken,
) {
    let (on, book, choices, end) = (Arc::clone(stage), Arc::clone(ledger), chance.fork(), stop.clone());
    tasks.spawn(async move { disturb::end_sessions(&on.database, &book, choices, end).await });
    let (address, doors) = (stage.database.address(), Arc::clone(&stage.doors));
    let (book, choices, end) = (Arc::clone(ledger), chance.fork(), stop.clone());
    tasks.spawn_blocking(move || disturb::kill_servers(&address, &doors, &book, choices, &end));
}
