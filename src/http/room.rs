//! Room for bodies that are being read. Whoever sends slowly makes us hold what they have sent so far, so that is bounded: for
//! everybody together, and for one address, so that nobody takes the room of all others. What is small needs none: messages
//! and calls of ordinary size come through whoever fills the room.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{body::HttpBody as _, extract::Request, http::Extensions};
use tenantry_domain::{Settings, rate::Neighbour};

use crate::guard::ClientAddress;

/// What a body may have without taking room, in bytes.
pub const SMALL: usize = 16 * 1024;

/// Room for all bodies, in bytes.
const WHOLE: usize = 256 * 1024 * 1024;

/// Room for those of one address, in bytes.
const EACH: usize = 32 * 1024 * 1024;

/// The room of a process.
#[derive(Clone, Debug, Default)]
pub struct Room(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    whole: usize,
    by: HashMap<Neighbour, usize>,
}

/// Why there is no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// All of it is taken.
    Whole,
    /// The address has as much as one may have.
    Each,
}

/// Whose body it is that may need room.
#[derive(Clone, Debug)]
struct Arriving {
    room: Room,
    from: Neighbour,
}

impl Room {
    /// Notes on a request whose body may need room where that is and who pays for it.
    pub fn note(&self, settings: &Settings, request: &mut Request) {
        let most = request.body().size_hint().upper().and_then(|most| usize::try_from(most).ok());
        if most.is_some_and(|most| most <= SMALL) {
            return;
        }
        let from = ClientAddress::of(settings, request.headers(), request.extensions()).neighbour();
        request.extensions_mut().insert(Arriving { room: self.clone(), from });
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Numbers that a panic has left are numbers still.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room that one body takes. It is free again with this.
#[derive(Debug)]
pub struct Place {
    room: Room,
    from: Neighbour,
    bytes: usize,
    held: usize,
}

impl Place {
    /// A place for the body of a request, which takes no room yet; `None` for one that needs none.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<Self> {
        let Arriving { room, from } = extensions.get::<Arriving>()?.clone();
        Some(Self { room, from, bytes: 0, held: 0 })
    }

    /// Takes room for more bytes. Nobody waits for it: those who hold room could wait for each other.
    ///
    /// # Errors
    /// Where there is none.
    pub fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        self.bytes += bytes;
        let missing = self.bytes.saturating_sub(SMALL + self.held);
        if missing == 0 {
            return Ok(());
        }
        let mut taken = self.room.taken();
        let own = taken.by.get(&self.from).copied().unwrap_or_default();
        if own + missing > EACH {
            return Err(NoRoom::Each);
        }
        if taken.whole + missing > WHOLE {
            return Err(NoRoom::Whole);
        }
        taken.whole += missing;
        taken.by.insert(self.from, own + missing);
        self.held += missing;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.held == 0 {
            return;
        }
        let mut taken = self.room.taken();
        taken.whole -= self.held;
        let left = taken.by.get(&self.from).copied().unwrap_or_default().saturating_sub(self.held);
        if left == 0 {
            taken.by.remove(&self.from);
        } else {
            taken.by.insert(self.from, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn place(room: &Room, from: u8) -> Place {
        let from = IpAddr::V4(Ipv4Addr::new(203, 0, 113, from)).into();
        Place { room: room.clone(), from, bytes: 0, held: 0 }
    }

    #[test]
    fn a_body_takes_the_room_that_it_needs_and_gives_it_back() {
        let room = Room::default();
        let mut place = place(&room, 1);
        for bytes in [0, 1, SMALL - 1, 1, 9] {
            assert_eq!(place.grow(bytes), Ok(()));
        }
        assert_eq!(room.taken().whole, 10);
        drop(place);
        assert!(room.taken().whole == 0 && room.taken().by.is_empty());
    }

    #[test]
    fn an_address_that_holds_all_that_it_may_takes_nothing_from_others() {
        let room = Room::default();
        let mut full = place(&room, 1);
        assert_eq!(full.grow(SMALL + EACH), Ok(()));
        assert_eq!(full.grow(1), Err(NoRoom::Each));
        let (mut own, mut others) = (place(&room, 1), place(&room, 2));
        assert_eq!(own.grow(SMALL + 1), Err(NoRoom::Each));
        assert_eq!(others.grow(SMALL + 1), Ok(()));
        drop(full);
        assert_eq!(own.grow(1), Ok(()), "what was refused was not taken");
    }

    #[test]
    fn what_is_small_comes_through_where_the_room_is_full() {
        let room = Room::default();
        let held: Vec<_> = (0..8)
            .map(|from| {
                let mut place = place(&room, from);
                assert_eq!(place.grow(SMALL + EACH), Ok(()));
                place
            })
            .collect();
        assert_eq!(room.taken().whole, WHOLE);
        assert_eq!(place(&room, 9).grow(SMALL), Ok(()));
        assert_eq!(place(&room, 9).grow(SMALL + 1), Err(NoRoom::Whole));
        drop(held);
        assert_eq!(place(&room, 9).grow(SMALL + 1), Ok(()));
    }
}
