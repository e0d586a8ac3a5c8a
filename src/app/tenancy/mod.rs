//! Where one is, and going elsewhere. Its interface is the context and the switcher, which every page has.

pub mod api;
