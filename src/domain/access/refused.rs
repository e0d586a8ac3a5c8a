//! Why a credential led nowhere, and whose it was: who asks for somebody else's place has asked all the same, and that
//! counts against their own limits.

use super::{AccessError, Caller};
use crate::db::DbError;

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    /// What they are told.
    pub error: AccessError,
    /// Who it was, standing where their own limits count; `None` where nobody is known.
    pub known: Option<Caller>,
}

impl Refused {
    /// The place is refused to somebody who is known. A database that is away refuses nobody.
    pub(super) fn to(known: Caller, error: AccessError) -> Self {
        let known = (!matches!(error, AccessError::Db(_))).then_some(known);
        Self { error, known }
    }
}

impl From<AccessError> for Refused {
    fn from(error: AccessError) -> Self {
        Self { error, known: None }
    }
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        AccessError::from(error).into()
    }
}
