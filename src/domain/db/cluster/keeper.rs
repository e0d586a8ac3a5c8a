//! The keeper: the process that a cluster belongs to. Servers and commands come and go, some of
//! them by `kill -9`; the keeper is nobody's child to wait for, holds PostgreSQL while anyone uses
//! it, and ends it, and itself, when nobody does.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    error::{At, ClusterError},
    files,
    folder::DataFolder,
    idle::{Idle, TICK},
    initdb,
    lock::{self, Held},
    place::Place,
    postmaster::Postmaster,
    programs::Programs,
    record::Record,
    sentinel::Sentinel,
    status::{State, Status},
};

/// How often a new keeper tries for the lock. Newcomers who only look whether it is free hold it
/// for an instant each.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
/// So many starts of PostgreSQL may fail in a row before its first success. After a `kill -9` its
/// processes take a moment to notice, and until then a new one refuses to start.
const FAILED_STARTS: u32 = 5;
/// The pause after a failed start, in ticks: it doubles from the first to the last.
const FIRST_PAUSE: u32 = 2;
const LAST_PAUSE: u32 = 100;

/// Keeps the cluster of a data folder until nobody needs it, or a signal (SIGTERM, SIGINT) ends
/// it. Returns at once if another keeper is at work, or nobody holds the cluster's lock.
///
/// `superuser_password` is what the superuser of a cluster that is yet to be made shall have.
/// With `throwaway` nothing waits for the disk: for tests.
///
/// # Errors
/// When PostgreSQL is not installed, cannot be initialised or does not start.
pub async fn run(data_dir: &Path, throwaway: bool, superuser_password: &str) -> Result<(), ClusterError> {
    let folder = DataFolder::open(data_dir)?;
    let Some(alone) = take_lock(&folder).await? else {
        tracing::debug!("Another keeper is at work.");
        return Ok(());
    };
    if lock::try_alone(&folder.cluster_lock())?.is_some() {
        tracing::debug!("Whoever called this keeper is gone.");
        return Ok(());
    }
    let mut signals = Signals::new().at("listen for signals on behalf of", folder.path())?;
    forget(&folder)?;

    let place = Place::find_or_choose(&folder).await?;
    let programs = programs_for(&place)?;
    initdb::sweep(&place);
    if !place.is_made() {
        tracing::info!(postgres.folder = %place.postgres.display(), "Making a database cluster.");
        initdb::make(&place, &programs, superuser_password, throwaway).await?;
        place.link_from(&folder)?;
    }

    let sentinel = Sentinel::post(&place, &programs)?;
    let mut keeper = Keeper::new(folder, alone, place, programs, throwaway);
    let end = keeper.keep(&mut signals).await;
    keeper.stop().await;
    sentinel.dismiss().await;
    keeper.place.tidy();
    end.map(drop)
}

async fn take_lock(folder: &DataFolder) -> Result<Option<Held>, ClusterError> {
    for _ in 0..TRIES {
        if let Some(held) = lock::try_alone(&folder.keeper_lock())? {
            return Ok(Some(held));
        }
        sleep(BETWEEN_TRIES).await;
    }
    Ok(None)
}

fn programs_for(place: &Place) -> Result<Programs, ClusterError> {
    match place.version() {
        None => Programs::find(None).ok_or(ClusterError::ProgramsMissing),
        Some(needed) => Programs::find(Some(needed))
            .ok_or_else(|| ClusterError::VersionMissing { needed, folder: place.postgres.clone() }),
    }
}

/// Nothing is ready, and whoever left a mark has been heard. In this order: who has left waits for
/// the mark to go, and sees then by the record whether the database goes too.
fn forget(folder: &DataFolder) -> Result<(), ClusterError> {
    for path in [folder.record(), folder.leaving(), folder.heard()] {
        files::remove_if_present(&path).at("remove", &path)?;
    }
    Ok(())
}

/// Why the keeper's work is over.
enum End {
    /// Nobody is left. The lock keeps newcomers waiting until the database has stopped.
    Idle(#[expect(dead_code, reason = "held for its own sake")] Held),
    /// Somebody said so, or the data folder is gone.
    Told,
}

struct Keeper {
    folder: DataFolder,
    alone: Held,
    place: Place,
    programs: Programs,
    throwaway: bool,
    postgres: Option<Postmaster>,
    /// Whether the record says where the database is.
    ready: bool,
    /// Whether it ever did.
    proven: bool,
    /// In a row.
    failed_starts: u32,
    /// Ticks to wait before the next start.
    pause: u32,
}

impl Keeper {
    fn new(folder: DataFolder, alone: Held, place: Place, programs: Programs, throwaway: bool) -> Self {
        let postgres = None;
        Self {
            folder,
            alone,
            place,
            programs,
            throwaway,
            postgres,
            ready: false,
            proven: false,
            failed_starts: 0,
            pause: 0,
        }
    }

    async fn keep(&mut self, signals: &mut Signals) -> Result<End, ClusterError> {
        let mut idle = Idle::default();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = signals.end() => return Ok(End::Told),
                _ = ticks.tick() => {}
            }
            if self.is_homeless() {
                return Ok(End::Told);
            }
            if let Some(held) = self.is_over(&mut idle)? {
                return Ok(End::Idle(held));
            }
            self.tend()?;
        }
    }

    /// Looks whether anyone is left; if the database may stop, returns the lock that nobody else
    /// can have then.
    fn is_over(&self, idle: &mut Idle) -> Result<Option<Held>, ClusterError> {
        // The mark first: who leaves after it was taken makes another, and who made this one has
        // let go of the lock.
        let left_in_order = self.folder.take_mark()?;
        let alone = lock::try_alone(&self.folder.cluster_lock())?;
        if idle.look(alone.is_none(), left_in_order) {
            return Ok(alone);
        }
        if left_in_order {
            let heard = self.folder.heard();
            files::remove_if_present(&heard).at("remove", &heard)?;
        }
        Ok(None)
    }

    /// Sees to it that PostgreSQL runs and can be found.
    fn tend(&mut self) -> Result<(), ClusterError> {
        let Some(postgres) = &mut self.postgres else {
            return self.start();
        };
        match postgres.status(&self.place.postgres)? {
            None => self.note_the_end(),
            Some(status) if status.state == State::Ready && !self.ready => self.announce(status),
            Some(_) => Ok(()),
        }
    }

    /// Takes over what runs, waits for what is stopping, or starts PostgreSQL.
    fn start(&mut self) -> Result<(), ClusterError> {
        if self.pause > 0 {
            self.pause -= 1;
            return Ok(());
        }
        self.postgres = match Status::of_running(&self.place.postgres)? {
            Some(status) if status.state == State::Stopping => None,
            Some(status) => {
                tracing::info!(postgres.pid = %status.process, "Adopted a PostgreSQL whose keeper is gone.");
                Some(Postmaster::Adopted(status.process))
            }
            None => Some(Postmaster::start(&self.place, &self.programs, self.throwaway)?),
        };
        Ok(())
    }

    fn announce(&mut self, status: Status) -> Result<(), ClusterError> {
        let record = Record {
            postgres_folder: self.place.postgres.clone(),
            socket_folder: status.sockets.unwrap_or_else(|| self.place.sockets.clone()),
            throwaway: self.throwaway,
        };
        record.write(&self.folder.record())?;
        (self.ready, self.proven, self.failed_starts) = (true, true, 0);
        tracing::info!(postgres.pid = %status.process, "PostgreSQL is ready.");
        Ok(())
    }

    /// One that was ready is started again at once, one that never was after a while.
    fn note_the_end(&mut self) -> Result<(), ClusterError> {
        self.postgres = None;
        if std::mem::take(&mut self.ready) {
            tracing::warn!("PostgreSQL has ended; starting it again.");
            let record = self.folder.record();
            return files::remove_if_present(&record).at("remove", &record);
        }
        self.failed_starts += 1;
        if !self.proven && self.failed_starts >= FAILED_STARTS {
            return Err(ClusterError::DoesNotStart(self.place.postgres.clone()));
        }
        self.pause = (FIRST_PAUSE << (self.failed_starts - 1).min(8)).min(LAST_PAUSE);
        Ok(())
    }

    async fn stop(&mut self) {
        if let Err(error) = forget(&self.folder) {
            tracing::debug!(%error, "The data folder is not as it was.");
        }
        let Some(postgres) = self.postgres.take() else {
            return;
        };
        if self.place.postgres.exists() {
            postgres.stop().await;
        } else {
            postgres.abandon().await;
        }
        tracing::info!("PostgreSQL has stopped.");
    }

    /// Whether the data folder was removed, or another put in its place: then nobody can find this
    /// cluster any more, whoever holds its lock.
    fn is_homeless(&self) -> bool {
        let Ok(ours) = self.alone.file().metadata() else {
            return false;
        };
        match fs::metadata(self.folder.keeper_lock()) {
            Ok(there) => (there.dev(), there.ino()) != (ours.dev(), ours.ino()),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

/// The signals that end the keeper, and the one that must not: a terminal that closes.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn end(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {}
            }
        }
    }
}
