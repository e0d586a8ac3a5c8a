//! The proof of the proof: what verifies isolation is silent on the product as it is, and red, with the place by name, as
//! soon as one thing in it is broken.

mod database;
mod doors;
mod threat_model;
