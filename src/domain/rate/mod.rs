//! Rates: who may come how fast.

mod gcra;
mod limiter;
mod table;

pub use gcra::Taken;
pub use limiter::Limiter;
