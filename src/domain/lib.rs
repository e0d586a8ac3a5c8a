//! Rules and SQL: what may happen, and what then stands in the database. Never the web.
//!
//! A folder a slice: `mod.rs` holds the verbs, `rules.rs` pure decisions, `sql.rs` every query. A verb takes a scope, and
//! a scope comes only out of [`access`]: no guard, no scope; no scope, no transaction; no transaction, no tenant's row.

pub mod access;
pub mod accounts;
pub mod billing;
pub mod db;
pub mod dispatch;
pub mod idempotency;
pub mod keyring;
pub mod keys;
pub mod live;
pub mod mail;
pub mod metering;
pub mod onboarding;
pub mod ops;
pub mod outbound;
pub mod rate;
pub mod services;
pub mod tenancy;
pub mod webhooks;

pub use keyring::Keyring;
pub use services::{Services, Settings};
