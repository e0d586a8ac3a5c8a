//! What is known of an organization's things, by their ids: looked up once, and forgotten together.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use tenantry_kernel::OrganizationId;

/// Things of one kind.
pub(super) struct Known<K, V> {
    things: HashMap<K, Arc<V>>,
    of: HashMap<OrganizationId, Vec<K>>,
    most: usize,
}

impl<K: Copy + Eq + Hash, V> Known<K, V> {
    /// So many at most; where there are more, all are forgotten and looked up again.
    pub fn new(most: usize) -> Self {
        Self { things: HashMap::new(), of: HashMap::new(), most }
    }

    pub fn get(&self, id: K) -> Option<&Arc<V>> {
        self.things.get(&id)
    }

    pub fn remember(&mut self, id: K, organization: OrganizationId, thing: Arc<V>) {
        if self.things.len() >= self.most {
            self.forget_all();
        }
        if self.things.insert(id, thing).is_none() {
            self.of.entry(organization).or_default().push(id);
        }
    }

    pub fn forget(&mut self, organization: OrganizationId) {
        for id in self.of.remove(&organization).unwrap_or_default() {
            self.things.remove(&id);
        }
    }

    pub fn forget_all(&mut self) {
        self.things.clear();
        self.of.clear();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_organizations_things_are_forgotten_together_and_no_others() {
        let mut known = Known::new(10);
        let (ours, theirs) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        for (id, organization) in [(1, ours), (2, ours), (1, ours), (3, theirs)] {
            known.remember(id, organization, Arc::new(id * 10));
        }
        known.forget(ours);
        assert_eq!([1, 2, 3].map(|id| known.get(id).map(|thing| **thing)), [None, None, Some(30)]);
    }

    #[test]
    fn no_more_is_known_than_there_is_room_for() {
        let mut known = Known::new(3);
        (0..10).for_each(|id| known.remember(id, Uuid::nil().into(), Arc::new(id)));
        assert!(known.things.len() <= 3 && known.get(9).is_some());
    }
}
