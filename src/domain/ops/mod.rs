//! Running an installation.

pub mod demo;
pub mod verify;
