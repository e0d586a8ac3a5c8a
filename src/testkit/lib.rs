//! What every test stands on: a database of its own, the real server over it, a client that reads like a sentence, and a
//! clock to turn.
//!
//! Nothing here is a double: the cluster is PostgreSQL, the router is the one that is served, the worker is the one that
//! runs jobs. A test that passes here has walked the way that a request walks.

mod binary;
pub mod chaos;
mod client;
mod cluster;
mod database;
mod events;
mod founder;
mod hosts;
mod mail;
mod operator;
mod people;
mod receiver;
mod redact;
mod reply;
mod rows;
mod sender;
mod server;
mod signing;
mod smtp;
mod stopwatch;
mod template;

pub use binary::Binary;
pub use client::{Call, Client};
pub use database::TestDatabase;
pub use events::{Events, Heard};
pub use founder::Founder;
pub use hosts::{Way, host_of};
pub use mail::{PostOffice, token_of};
pub use operator::{TestOperator, hard, hard_on_events};
pub use people::{Organization, Person};
pub use receiver::{Answer, Hold, Received, Receiver};
pub use redact::redacted;
pub use reply::Reply;
pub use sender::{Sender, now};
pub use server::{Served, ServerOptions, TestServer};
pub use signing::{SigningPair, hmac_sha256, verified};
pub use smtp::{MailServerOptions, TestMailServer, TestTls};
pub use stopwatch::Stopwatch;
