//! Running an installation.

pub mod demo;
pub mod explain;
pub mod verify;
