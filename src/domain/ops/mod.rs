//! Running an installation.

pub mod demo;
