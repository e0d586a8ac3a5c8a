//! Where one is, going elsewhere, and what an organization is called. The first two are the context and the switcher, which
//! every page has.

pub mod api;
pub mod settings;

pub use settings::SettingsPage;
