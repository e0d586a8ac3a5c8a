//! The wizard: five steps from an account to an organization. Each step is an address and a form of its own, and what was
//! answered is kept by the server, so one may close the browser and go on another day.

pub mod api;
mod complete;
mod integrations;
mod organization;
mod plan;
#[cfg(feature = "ssr")]
mod server;
mod welcome;
mod wizard;

pub use complete::CompletePage;
pub use integrations::IntegrationsPage;
pub use organization::OrganizationPage;
pub use plan::PlanPage;
pub use welcome::WelcomePage;
