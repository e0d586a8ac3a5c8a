//! API keys: what programs act with in a workspace. Made, replaced and revoked here; a key's text is shown once.

mod answers;
pub mod api;
mod create;
mod list;
mod page;
mod revoke;
mod rotate;
#[cfg(feature = "ssr")]
mod told;
mod words;

pub use page::KeysPage;
