//! The mailroom's bell: who has posted something in this process rings it, so that the task need not find out by looking.

use std::sync::Arc;

use tokio::sync::Notify;

/// The bell, shared by every clone.
#[derive(Clone, Debug, Default)]
pub struct Mailroom(Arc<Notify>);

impl Mailroom {
    /// Says that there is something to do.
    pub fn announce(&self) {
        self.0.notify_one();
    }

    /// Waits until somebody says so.
    pub(super) async fn announced(&self) {
        self.0.notified().await;
    }
}
