//! Live: whoever has a page open is told what changes, within a second and at most four times a second.
//!
//! Nothing that writes tells anybody: a message with each commit would make commits wait for each other. Instead each
//! organization with a listener in this process has one task that looks, in one query, at what could have changed, and in
//! another at whether the sessions of those who listen live. Changes of this process ring a bell, so that it looks at once;
//! those of other processes it finds by itself. Where nobody listens nothing is looked at.

mod ear;
mod event;
mod news;
mod rules;
mod sql;
mod watch;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tenantry_kernel::{Code, OrganizationId, Problem, UserId};
use tokio::sync::Notify;

use crate::{
    Services,
    access::{TenantScope, Visitor, permit::JobRead},
};
use ear::{Ear, Who};

pub use ear::Listener;
pub use event::Event;

/// Streams that a person may have at once in one process: a stream a tab is plenty, and nobody takes the others' places.
pub const MOST_STREAMS: usize = 16;

/// Why nobody may listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// The person has [`MOST_STREAMS`] streams already.
    #[error("too many streams at once")]
    TooMany,
}

impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::TooMany => {
                let detail = format!("You have {MOST_STREAMS} streams of events open, which is the most there may be.");
                Self::new(Code::RateLimited, detail).with_retry_after(5)
            }
        }
    }
}

/// Everybody who listens in this process.
#[derive(Clone, Default)]
pub struct Live(Arc<Inner>);

#[derive(Default)]
struct Inner {
    house: Mutex<House>,
    /// Numbers those who listen.
    next: AtomicU64,
}

#[derive(Default)]
struct House {
    rooms: HashMap<OrganizationId, Arc<Room>>,
    /// How many streams each person has.
    seats: HashMap<UserId, usize>,
}

/// Those who listen to one organization.
#[derive(Default)]
struct Room {
    ears: Mutex<HashMap<u64, Ear>>,
    bell: Notify,
}

impl Room {
    fn ears(&self) -> MutexGuard<'_, HashMap<u64, Ear>> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    /// Says that something of an organization's has changed in this process, for whoever listens. It costs a look-up.
    pub(crate) fn ring(&self, organization: OrganizationId) {
        if let Some(room) = self.house().rooms.get(&organization) {
            room.bell.notify_one();
        }
    }

    /// How many streams are open in this process.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.house().seats.values().sum()
    }

    fn house(&self) -> MutexGuard<'_, House> {
        self.0.house.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat for a person, if they have one left.
    fn seat(&self, organization: OrganizationId, user: UserId) -> Result<Seat, LiveError> {
        let mut house = self.house();
        let taken = house.seats.entry(user).or_default();
        if *taken >= MOST_STREAMS {
            return Err(LiveError::TooMany);
        }
        *taken += 1;
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { live: self.clone(), organization, user, number })
    }

    /// Closes a room that everybody has left; `false` where somebody is in it.
    fn close(&self, organization: OrganizationId, room: &Room) -> bool {
        let mut house = self.house();
        let empty = room.ears().is_empty();
        if empty {
            house.rooms.remove(&organization);
        }
        empty
    }
}

/// A place among those who listen; given up when it is dropped.
struct Seat {
    live: Live,
    organization: OrganizationId,
    user: UserId,
    number: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut house = self.live.house();
        if let Some(taken) = house.seats.get_mut(&self.user) {
            *taken -= 1;
            if *taken == 0 {
                house.seats.remove(&self.user);
            }
        }
        if let Some(room) = house.rooms.get(&self.organization) {
            room.ears().remove(&self.number);
            // The last one closes the door: the task finds the room empty.
            room.bell.notify_one();
        }
    }
}

#[cfg(test)]
impl Seat {
    fn none(live: &Live) -> Self {
        let nil = uuid::Uuid::nil();
        Self { live: live.clone(), organization: nil.into(), user: nil.into(), number: 0 }
    }
}

/// Opens a stream for a person in a tenant. Its first events say how everything stands; it ends when the session, the
/// membership, the role or the tenant does.
///
/// # Errors
/// [`LiveError::TooMany`].
pub fn listen(services: &Services, visitor: &Visitor, scope: &TenantScope<JobRead>) -> Result<Listener, LiveError> {
    let (live, organization) = (&services.live, scope.organization());
    let who = Who { session: visitor.principal.session, user: visitor.user(), tenant: scope.tenant() };
    let seat = live.seat(organization, who.user)?;
    let number = seat.number;
    let (ear, listener) = ear::stream(who, seat);
    let mut house = live.house();
    let open = house.rooms.get(&organization).cloned();
    let room = open.clone().unwrap_or_default();
    room.ears().insert(number, ear);
    if open.is_none() {
        house.rooms.insert(organization, Arc::clone(&room));
        tokio::spawn(watch::watch(services.clone(), organization, Arc::clone(&room)));
    }
    room.bell.notify_one();
    Ok(listener)
}

impl std::fmt::Debug for Live {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Live").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_person_has_so_many_seats_and_gets_them_back() {
        let live = Live::default();
        let (organization, ada, bob) =
            (Uuid::from_u128(1).into(), Uuid::from_u128(2).into(), Uuid::from_u128(3).into());
        let mut seats: Vec<Seat> = (0..MOST_STREAMS).map(|_| live.seat(organization, ada).expect("a seat")).collect();
        assert_eq!(live.seat(organization, ada).err(), Some(LiveError::TooMany));
        assert!(live.seat(organization, bob).is_ok(), "others are not touched");
        seats.pop();
        assert!(live.seat(organization, ada).is_ok());
        drop(seats);
        assert_eq!(live.streams(), 0);
    }
}
