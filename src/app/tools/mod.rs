//! Tools: what can be dispatched in a workspace. Those that live elsewhere are made, tried, changed, given another secret and
//! deleted here; the secret that signs their jobs is shown once.

pub mod api;
mod create;
mod edit;
mod fields;
mod list;
mod page;
mod remove;
mod rotate;
#[cfg(feature = "ssr")]
mod server;
mod tool_page;
mod trial;
mod words;

pub use page::ToolsPage;
pub use tool_page::ToolPage;
