//! Signing secrets at rest: made, sealed for the row that they belong to, and opened there. Whose rows those are the rooms
//! say that have them.

use tenantry_kernel::TenantId;
use uuid::Uuid;

use super::standard::Secret;
use crate::{Services, keyring::Place};

/// Where in its row a secret lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// The one that counts.
    Current,
    /// The one before the last rotation.
    Previous,
}

/// A secret that was just made: how it is shown, once, and how it is kept.
pub(crate) struct Made {
    /// As Standard Webhooks write it: `whsec_` and base64.
    pub text: String,
    /// For [`Column::Current`].
    pub sealed: Vec<u8>,
}

/// The row of a tenant's that secrets belong to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    /// The table, with its schema.
    pub table: &'static str,
    /// The row's own id.
    pub row: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
}

impl Holder {
    /// The place that a secret is sealed for: nowhere else it can be opened.
    const fn place(self, column: Column) -> Place<'static> {
        let column = match column {
            Column::Current => "secret",
            Column::Previous => "previous_secret",
        };
        Place { table: self.table, column, row: self.row, owner: self.tenant.uuid() }
    }

    /// Makes a secret of 32 random bytes.
    pub fn make(self, services: &Services) -> Made {
        let bytes: [u8; 32] = services.entropy.bytes();
        let sealed = services.keyring.seal(services.entropy, self.place(Column::Current), &bytes);
        Made { text: Secret::from(bytes.to_vec()).text(), sealed }
    }

    /// Opens a secret; `None` where it was sealed with another installation's secret.
    pub fn open(self, services: &Services, column: Column, sealed: &[u8]) -> Option<Secret> {
        services.keyring.open(self.place(column), sealed).map(Secret::from)
    }

    /// The secret that counted until now, sealed anew as the one before; `None` where it cannot be opened, since then
    /// nothing was signed with it and nobody was let in.
    pub fn retire(self, services: &Services, sealed: &[u8]) -> Option<Vec<u8>> {
        let secret = self.open(services, Column::Current, sealed)?;
        Some(services.keyring.seal(services.entropy, self.place(Column::Previous), secret.bytes()))
    }
}
