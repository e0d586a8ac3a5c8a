//! The UsageDashboard, and usage over time.

pub mod api;
mod dashboard;
mod filter;
mod notice;
mod page;
mod pressing;
#[cfg(feature = "ssr")]
mod sheet;
mod week;

pub use dashboard::DashboardPage;
pub use page::UsagePage;
