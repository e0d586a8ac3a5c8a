//! One who listens: the room's side of a stream, and the door's.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tenantry_kernel::{SessionId, TenantId, UserId, tenancy::TenantContextView, usage::UsageView};
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio_util::sync::CancellationToken;

use super::{Seat, event::Event};

/// Events that wait for a reader. Whoever is further behind is told to read anew, so nobody's slowness takes memory.
const MOST_WAITING: usize = 32;

/// Whose stream it is; what is checked at every look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Who {
    /// It ends with this session.
    pub session: SessionId,
    /// The person.
    pub user: UserId,
    /// The workspace that it was opened in.
    pub tenant: TenantId,
}

/// The room's side.
pub(super) struct Ear {
    pub who: Who,
    /// What this one was last told of where they are; `None` has to be told everything.
    pub told: Option<TenantContextView>,
    /// The numbers that this one was told last.
    pub numbers: Option<Arc<UsageView>>,
    sender: Sender<Event>,
    end: CancellationToken,
    behind: Arc<AtomicBool>,
}

/// The door's side: events, until the stream ends. The seat is given up with it.
pub struct Listener {
    receiver: Receiver<Event>,
    end: CancellationToken,
    behind: Arc<AtomicBool>,
    _seat: Seat,
}

/// Both sides of a stream.
pub(super) fn stream(who: Who, seat: Seat) -> (Ear, Listener) {
    let ((sender, receiver), end) = (channel(MOST_WAITING), CancellationToken::new());
    let behind = Arc::<AtomicBool>::default();
    let ear = Ear { who, told: None, numbers: None, sender, end: end.clone(), behind: Arc::clone(&behind) };
    (ear, Listener { receiver, end, behind, _seat: seat })
}

impl Ear {
    /// Tells an event, unless too many wait already.
    pub fn tell(&mut self, event: Event) {
        if !self.is_behind() && matches!(self.sender.try_send(event), Err(TrySendError::Full(_))) {
            self.behind.store(true, Ordering::Relaxed);
        }
    }

    /// Whoever has fallen behind and reads again is told so, and then how everything stands.
    pub fn catch_up(&mut self) {
        if self.is_behind() && self.sender.try_send(Event::reset()).is_ok() {
            self.behind.store(false, Ordering::Relaxed);
            self.told = None;
        }
    }

    fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    /// Ends the stream at once; what waits is not told any more.
    pub fn cut(self) {
        self.end.cancel();
    }
}

impl Listener {
    /// Have too many events waited to be read? What comes now is not kept; whoever reads on is told to read anew.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            biased;
            () = self.end.cancelled() => None,
            event = self.receiver.recv() => event,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::live::Live;

    fn pair() -> (Ear, Listener) {
        let nil = Uuid::nil();
        let who = Who { session: nil.into(), user: nil.into(), tenant: nil.into() };
        stream(who, Seat::none(&Live::default()))
    }

    #[tokio::test]
    async fn a_slow_reader_keeps_a_few_events_and_is_told_to_read_anew() {
        let (mut ear, mut listener) = pair();
        for number in 0..1_000 {
            ear.tell(Event::new("usage", &number));
            ear.catch_up();
        }
        for number in 0..MOST_WAITING {
            assert_eq!(listener.next().await.expect("it waits").data.as_ref(), number.to_string());
        }
        ear.tell(Event::new("usage", &"unsaid"));
        ear.catch_up();
        ear.tell(Event::new("usage", &"again"));
        assert_eq!(listener.next().await.expect("it comes").name, "reset");
        assert_eq!(listener.next().await.expect("it goes on").data.as_ref(), "\"again\"");
        assert!(ear.told.is_none(), "everything is to be told again");
    }

    #[tokio::test]
    async fn whoever_is_cut_off_hears_nothing_that_waited() {
        let (mut ear, mut listener) = pair();
        ear.tell(Event::new("usage", &1));
        ear.cut();
        assert!(listener.next().await.is_none());
    }

    #[tokio::test]
    async fn a_stream_that_is_let_go_tells_what_waited() {
        let (mut ear, mut listener) = pair();
        ear.tell(Event::new("tenant", &"suspended"));
        drop(ear);
        assert_eq!(listener.next().await.expect("the last word").name, "tenant");
        assert!(listener.next().await.is_none());
    }
}
