//! The UsageDashboard.

mod dashboard;
mod notice;
mod week;

pub use dashboard::DashboardPage;
