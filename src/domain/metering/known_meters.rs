//! Meters that this process has seen committed: they are never taken back, so what is in memory is right, and a batch that
//! names no other one need not ask.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use tenantry_kernel::OrganizationId;

/// Organizations whose meters are remembered; where there are more, all are forgotten and asked for again.
const MOST: usize = 4_096;

/// By organization; at most as many names of each as it may make.
#[derive(Clone, Default)]
pub(super) struct KnownMeters(Arc<RwLock<HashMap<OrganizationId, Arc<HashSet<String>>>>>);

impl KnownMeters {
    /// What is known of the organization, where all of these are among it.
    pub fn all_of<'a>(
        &self,
        organization: OrganizationId,
        mut named: impl Iterator<Item = &'a str>,
    ) -> Option<Arc<HashSet<String>>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&organization).cloned()?;
        named.all(|meter| known.contains(meter)).then_some(known)
    }

    /// Remembers what was committed.
    pub fn learn(&self, organization: OrganizationId, meters: HashSet<String>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&organization) {
            known.clear();
        }
        known.insert(organization, Arc::new(meters));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn who_names_a_meter_that_is_not_known_asks() {
        let (known, acme) = (KnownMeters::default(), OrganizationId::from(Uuid::from_u128(1)));
        assert!(known.all_of(acme, ["images"].into_iter()).is_none());
        known.learn(acme, HashSet::from(["images".to_owned()]));
        assert!(known.all_of(acme, ["images", "images"].into_iter()).is_some());
        assert!(known.all_of(acme, ["images", "tokens"].into_iter()).is_none());
        assert!(known.all_of(OrganizationId::from(Uuid::from_u128(2)), ["images"].into_iter()).is_none());
    }
}
