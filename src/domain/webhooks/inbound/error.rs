//! Why a verb on inbound webhooks was refused.

use tenantry_kernel::{Code, FieldError, Problem, inbound::MOST_INBOUND};

use crate::{db::DbError, idempotency::OnceError};

/// Why a verb on inbound webhooks was refused.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// There is no such webhook in this tenant.
    #[error("there is no such webhook in this tenant")]
    NotFound,
    /// The tenant has as many as it may.
    #[error("there are {MOST_INBOUND} inbound webhooks already")]
    TooMany,
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<FieldError> for InboundError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<InboundError> for Problem {
    fn from(error: InboundError) -> Self {
        match error {
            InboundError::Invalid(errors) => Self::invalid(errors),
            InboundError::NotFound => Self::not_found(),
            InboundError::TooMany => Self::new(Code::Conflict, "This workspace has 1,000 inbound webhooks already.")
                .with_fix("Delete one that is not used any more."),
            InboundError::Once(error) => error.into(),
            InboundError::Db(error) => error.into(),
        }
    }
}
