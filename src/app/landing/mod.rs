//! The public landing page.

mod page;
mod picture;

pub use page::LandingPage;
