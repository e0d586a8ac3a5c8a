//! Transactions that are bound to an organization or a tenant: the only way to their rows.
//!
//! Each opens from a scope with one simple query that begins it and sets the tenant for that transaction alone; nothing
//! is ever set for a session, since the next borrower of the connection would inherit it.

use sqlx::PgConnection;
use tenantry_kernel::{OrganizationId, TenantId};

use super::{AppTransaction, Db, DbError};
use crate::access::{OrgScope, TenantScope};

/// A transaction in which an organization's rows can be seen; a tenant's tables are empty in it.
pub struct OrgTx {
    transaction: AppTransaction,
    organization: OrganizationId,
}

/// A transaction in which one tenant's rows can be seen, and its organization's.
pub struct TenantTx {
    transaction: AppTransaction,
    organization: OrganizationId,
    tenant: TenantId,
}

/// Both of them: what queries on an organization's tables take.
pub trait OrganizationBound {
    /// The connection, bound for the time of the transaction.
    fn connection(&mut self) -> &mut PgConnection;
    /// The organization that it is bound to.
    fn organization(&self) -> OrganizationId;
}

impl OrgTx {
    /// Opens a transaction of the scope's organization.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn open<P>(db: &Db, scope: &OrgScope<P>) -> Result<Self, DbError> {
        let organization = scope.organization();
        Ok(Self { transaction: db.begin(organization, None).await?, organization })
    }

    /// Makes it last.
    ///
    /// # Errors
    /// When the database is away; then nothing of it lasts, or the caller cannot know.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.transaction.got.commit().await?)
    }
}

impl TenantTx {
    /// Opens a transaction of the scope's tenant.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn open<P>(db: &Db, scope: &TenantScope<P>) -> Result<Self, DbError> {
        let (organization, tenant) = (scope.organization(), scope.tenant());
        Ok(Self { transaction: db.begin(organization, Some(tenant)).await?, organization, tenant })
    }

    /// The tenant that it is bound to.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Makes it last.
    ///
    /// # Errors
    /// When the database is away; then nothing of it lasts, or the caller cannot know.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.transaction.got.commit().await?)
    }
}

impl OrganizationBound for OrgTx {
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction.got
    }

    fn organization(&self) -> OrganizationId {
        self.organization
    }
}

impl OrganizationBound for TenantTx {
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction.got
    }

    fn organization(&self) -> OrganizationId {
        self.organization
    }
}
