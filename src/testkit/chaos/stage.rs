//! The stage: organizations of two workspaces each, people who belong to two of them, and two servers over one database,
//! the first with a pool of one connection.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use tenantry_domain::{
    Services,
    db::{Db, Sizes},
};
use tenantry_kernel::{OrganizationId, Role, TenantId};

use super::{
    Chance,
    marks::{Marks, Owner, Place, canary},
};
use crate::{Person, Served, TestDatabase};

/// Plans that organizations hold in turns: every limit is met by somebody.
const PLANS: [&str; 3] = ["pro", "free", "empire"];

/// Workspaces of an organization.
pub(super) const WORKSPACES: usize = 2;

/// A workspace and the word that all its rows carry.
#[derive(Debug)]
pub(super) struct Workspace {
    pub id: TenantId,
    pub canary: String,
}

/// An organization and its owner, who is an operator in the next one too.
#[derive(Debug)]
pub(super) struct Organization {
    pub id: OrganizationId,
    pub owner: Person,
    pub workspaces: Vec<Workspace>,
}

/// Where the servers are at the moment; the second moves whenever it is killed.
#[derive(Debug)]
pub(super) struct Doors([RwLock<String>; 2]);

impl Doors {
    /// The address of a server, without `http://`.
    pub fn address(&self, door: usize) -> String {
        self.0[door].read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says where the second server is now.
    pub fn moved(&self, base: &str) {
        *self.0[1].write().unwrap_or_else(PoisonError::into_inner) = host_of(base);
    }
}

fn host_of(base: &str) -> String {
    base.trim_start_matches("http://").to_owned()
}

/// Everything that a run needs.
pub struct Stage {
    /// The database that both servers share.
    pub database: TestDatabase,
    pub(super) organizations: Vec<Organization>,
    pub(super) marks: Marks,
    pub(super) doors: Arc<Doors>,
    _served: Served,
}

impl Stage {
    /// Sets it, with as many organizations; `around` is put around the router of the server in this process, so that a leak
    /// can be planted there.
    ///
    /// # Panics
    /// Where no throw-away cluster runs.
    pub async fn set(seed: u64, organizations: usize, around: impl FnOnce(Router) -> Router) -> Self {
        let database = TestDatabase::new().await;
        let pools = Db::with_sizes(&database.connections, Sizes { app: 1, platform: 1 });
        let services = Services::new(pools, (*database.services.settings).clone());
        let served = Served::over(services, true, around).await;
        let address = host_of(served.base());
        let mut stage = Self {
            database,
            organizations: Vec::new(),
            marks: Marks::default(),
            // Until the program has started, both are this one.
            doors: Arc::new(Doors([RwLock::new(address.clone()), RwLock::new(address)])),
            _served: served,
        };
        let mut chance = Chance::new(seed);
        for number in 0..organizations {
            stage.found(number, &mut chance).await;
        }
        stage.invite().await;
        stage
    }

    async fn found(&mut self, number: usize, chance: &mut Chance) {
        let (whole, first, second) = (canary(chance), canary(chance), canary(chance));
        let owner = self._served.sign_up(&whole).await;
        let made = owner.create_organization(&whole, PLANS[number % PLANS.len()]).await;
        let tenant = self.database.add_tenant(made.id, &second).await;
        for mark in [&whole, &made.id.to_string(), &owner.id.to_string(), &made.tenant.to_string(), &tenant.to_string()]
        {
            self.marks.add(mark, Owner::Organization(number));
        }
        let workspaces = vec![Workspace { id: made.tenant, canary: first }, Workspace { id: tenant, canary: second }];
        for (workspace, Workspace { canary, .. }) in workspaces.iter().enumerate() {
            self.marks.add(canary, Owner::Workspace(Place { organization: number, workspace }));
        }
        self.organizations.push(Organization { id: made.id, owner, workspaces });
    }

    /// Makes everybody an operator of the next organization.
    async fn invite(&self) {
        for (number, organization) in self.organizations.iter().enumerate() {
            let next = &self.organizations[self.after(number)];
            self.database.add_member(next.id, organization.owner.id, Role::Operator).await;
        }
    }

    /// The number of the organization after this one, in a circle.
    pub(super) fn after(&self, number: usize) -> usize {
        (number + 1) % self.organizations.len()
    }

    pub(super) fn workspace(&self, place: Place) -> &Workspace {
        &self.organizations[place.organization].workspaces[place.workspace]
    }
}
