//! Lanes without a database: what is done together is noted instead of written.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::{sync::Semaphore, task::JoinHandle};
use uuid::Uuid;

use super::*;
use crate::{
    Keyring, Settings,
    db::{Connections, Db, secret::InstallationSecret},
};

/// What was done together, and leave to do it.
struct Book {
    batches: Mutex<Vec<Vec<u32>>>,
    leave: Semaphore,
}

/// A wish of a tenant. `bad` ones fail whatever is with them, and the worst bring the task down.
struct Note {
    book: Arc<Book>,
    tenant: u128,
    number: u32,
    size: usize,
}

const BAD: u32 = 666;
const AWAY: u32 = 667;
const WORST: u32 = 668;

impl Together for Note {
    type Answer = u32;

    fn organization(&self) -> OrganizationId {
        Uuid::from_u128(self.tenant).into()
    }

    fn tenant(&self) -> TenantId {
        Uuid::from_u128(self.tenant).into()
    }

    fn size(&self) -> usize {
        self.size
    }

    async fn together(_: &Services, batch: &[&Self]) -> Result<Vec<u32>, DbError> {
        let book = &batch[0].book;
        book.leave.acquire().await.expect("nobody closes it").forget();
        let numbers: Vec<u32> = batch.iter().map(|note| note.number).collect();
        assert!(!numbers.contains(&WORST), "the worst has come");
        if numbers.contains(&BAD) {
            return Err(DbError::Failed(sqlx::Error::RowNotFound));
        }
        if numbers.contains(&AWAY) {
            return Err(DbError::Away(sqlx::Error::PoolTimedOut));
        }
        book.batches.lock().expect("not poisoned").push(numbers.clone());
        Ok(numbers)
    }
}

/// Lanes with nothing behind them.
struct Yard {
    services: Services,
    lanes: Lanes<Note>,
    book: Arc<Book>,
}

type Told = JoinHandle<Result<u32, DbError>>;

impl Yard {
    fn new() -> Self {
        let nowhere = PgConnectOptions::new_without_pgpass();
        let secret = InstallationSecret::from_text(&"x".repeat(32)).expect("long enough");
        let keyring = Keyring::of(&secret);
        let connections = Connections { app: nowhere.clone(), platform: nowhere.clone(), migrator: nowhere, keyring };
        let settings = Settings::new("http://localhost".parse().expect("an address"));
        let book = Arc::new(Book { batches: Mutex::default(), leave: Semaphore::new(0) });
        Self { services: Services::new(Db::new(&connections), settings), lanes: Lanes::default(), book }
    }

    /// Comes with a wish, and is in line when this returns.
    async fn comes(&self, tenant: u128, number: u32, size: usize) -> Told {
        let note = Note { book: Arc::clone(&self.book), tenant, number, size };
        let (lanes, services) = (self.lanes.clone(), self.services.clone());
        let told = tokio::spawn(async move { lanes.join(&services, note).await });
        // On one thread: until the lane waits for leave, or the wish for the lane.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        told
    }

    fn lets_go(&self, batches: usize) {
        self.book.leave.add_permits(batches);
    }

    fn batches(&self) -> Vec<Vec<u32>> {
        self.book.batches.lock().expect("not poisoned").clone()
    }
}

async fn answer(told: Told) -> Result<u32, DbError> {
    tokio::time::timeout(Duration::from_secs(10), told).await.expect("an answer in time").expect("not panicked")
}

#[tokio::test]
async fn what_arrives_while_one_is_under_way_forms_the_next() {
    let yard = Yard::new();
    let mut told = Vec::new();
    for number in 0..4 {
        told.push(yard.comes(1, number, 0).await);
    }
    yard.lets_go(2);
    for (number, told) in (0..).zip(told) {
        assert_eq!(answer(told).await.expect("done"), number);
    }
    assert_eq!(yard.batches(), [vec![0], vec![1, 2, 3]]);
    assert!(yard.lanes.waiting().is_empty(), "an empty lane leaves nothing behind");
}

#[tokio::test]
async fn tenants_do_not_wait_for_one_another() {
    let yard = Yard::new();
    let stuck = yard.comes(1, 1, 0).await;
    let other = yard.comes(2, 2, 0).await;
    yard.lets_go(2);
    assert_eq!((answer(stuck).await.expect("done"), answer(other).await.expect("done")), (1, 2));
    assert_eq!(yard.batches().len(), 2, "a batch is one tenant's");
}

#[tokio::test]
async fn a_batch_has_a_bound_that_large_wishes_reach_sooner() {
    let yard = Yard::new();
    let mut told = vec![yard.comes(1, 0, 0).await];
    for number in 1..=3 {
        told.push(yard.comes(1, number, 100 * 16 * 1024).await);
    }
    // Larger than any batch may be, and done all the same.
    told.push(yard.comes(1, 4, 10_000 * 16 * 1024).await);
    for number in 5..300 {
        told.push(yard.comes(1, number, 0).await);
    }
    yard.lets_go(9);
    for told in told {
        answer(told).await.expect("done");
    }
    let sizes: Vec<usize> = yard.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 2, 1, 1, 256, 39]);
}

#[tokio::test]
async fn whoever_has_left_is_not_waited_for_and_takes_nothing_with_them() {
    let yard = Yard::new();
    let first = yard.comes(1, 1, 0).await;
    let (gone, stays) = (yard.comes(1, 2, 0).await, yard.comes(1, 3, 0).await);
    first.abort();
    gone.abort();
    yard.lets_go(2);
    assert_eq!(answer(stays).await.expect("done"), 3);
    assert_eq!(yard.batches(), [vec![1], vec![3]], "what was under way was done");
}

#[tokio::test]
async fn the_fault_of_one_is_not_the_others() {
    let yard = Yard::new();
    let first = yard.comes(1, 1, 0).await;
    let (good, bad, better) = (yard.comes(1, 2, 0).await, yard.comes(1, BAD, 0).await, yard.comes(1, 3, 0).await);
    yard.lets_go(5);
    answer(first).await.expect("done");
    assert_eq!((answer(good).await.expect("done"), answer(better).await.expect("done")), (2, 3));
    assert!(matches!(answer(bad).await, Err(DbError::Failed(_))));
    assert_eq!(yard.batches(), [vec![1], vec![2], vec![3]]);
}

#[tokio::test]
async fn where_the_database_is_away_everybody_is_told_so_and_nobody_is_tried_again() {
    let yard = Yard::new();
    let first = yard.comes(1, 1, 0).await;
    let (one, two) = (yard.comes(1, 2, 0).await, yard.comes(1, AWAY, 0).await);
    yard.lets_go(2);
    answer(first).await.expect("done");
    for told in [one, two] {
        assert!(matches!(answer(told).await, Err(DbError::Away(_))));
    }
    assert_eq!(yard.batches(), [vec![1]]);
}

#[tokio::test]
async fn a_lane_that_breaks_lets_go_of_those_who_wait_and_opens_again() {
    let yard = Yard::new();
    let (worst, behind) = (yard.comes(1, WORST, 0).await, yard.comes(1, 2, 0).await);
    yard.lets_go(1);
    for told in [worst, behind] {
        assert!(matches!(answer(told).await, Err(DbError::Away(_))));
    }
    assert!(yard.lanes.waiting().is_empty());
    let next = yard.comes(1, 3, 0).await;
    yard.lets_go(1);
    assert_eq!(answer(next).await.expect("done"), 3);
}
