//! Rates: how fast somebody may go.

use serde::{Deserialize, Serialize};

/// A bucket of requests that refills steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Burst {
    /// Requests that come back every second.
    pub refill: u32,
    /// Requests that it holds when it is full.
    pub bucket: u32,
}

impl Default for Burst {
    /// The Free plan's.
    fn default() -> Self {
        Self { refill: 20, bucket: 1_000 }
    }
}
