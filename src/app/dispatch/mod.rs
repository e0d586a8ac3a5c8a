//! Dispatching a tool, and what became of it.

pub mod api;
mod counts;
#[cfg(feature = "ssr")]
mod drawn;
mod form_page;
mod job_page;
mod outcome;
mod outlook;
mod recent;
#[cfg(feature = "ssr")]
mod server;
mod status;
mod timeline;

pub use counts::Counts;
pub use form_page::DispatchPage;
pub use job_page::JobPage;
pub use recent::RecentJobs;
