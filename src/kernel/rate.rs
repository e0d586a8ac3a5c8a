//! Rates: how much at once, and how fast it comes back.

use serde::{Deserialize, Serialize};

/// A token bucket. A full bucket lets that many through at once; what is taken comes back evenly. Where either number is 0,
/// nothing is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Burst {
    /// How many come back in a second.
    pub refill: u32,
    /// How many a full bucket holds.
    pub bucket: u32,
}

impl Burst {
    /// In how many seconds an empty bucket is full, rounded up; `None` for one that never is.
    #[must_use]
    pub const fn fill_seconds(self) -> Option<u32> {
        if self.refill == 0 { None } else { Some(self.bucket.div_ceil(self.refill)) }
    }
}

impl Default for Burst {
    /// The Free plan's.
    fn default() -> Self {
        Self { refill: 20, bucket: 1_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_in_whole_seconds_rounded_up() {
        assert_eq!(Burst { refill: 20, bucket: 1_000 }.fill_seconds(), Some(50));
        assert_eq!(Burst { refill: 3, bucket: 10 }.fill_seconds(), Some(4));
        assert_eq!(Burst { refill: 20_000, bucket: 1 }.fill_seconds(), Some(1));
        assert_eq!(Burst { refill: 0, bucket: 10 }.fill_seconds(), None);
    }

    #[test]
    fn a_burst_travels_as_two_numbers() {
        let json = serde_json::to_string(&Burst { refill: 20, bucket: 1_000 }).expect("serialises");
        assert_eq!(json, r#"{"refill":20,"bucket":1000}"#);
    }
}
