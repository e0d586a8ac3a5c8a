//! Why a verb on endpoints was refused.

use tenantry_kernel::{Code, FieldError, Problem, endpoint::MOST_ENDPOINTS};

use crate::{db::DbError, idempotency::OnceError};

/// Why a verb on endpoints was refused.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// There is no such endpoint or delivery in this tenant.
    #[error("there is no such endpoint or delivery in this tenant")]
    NotFound,
    /// The tenant has as many endpoints as it may.
    #[error("there are {MOST_ENDPOINTS} endpoints already")]
    TooMany,
    /// The endpoint is told nothing.
    #[error("the endpoint is disabled")]
    Disabled,
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<FieldError> for EndpointError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Invalid(errors) => Self::invalid(errors),
            EndpointError::NotFound => Self::not_found(),
            // No field of the request is wrong, and waiting does not help: it is the workspace's state that refuses.
            EndpointError::TooMany => {
                Self::new(Code::Conflict, format!("This workspace has {MOST_ENDPOINTS} endpoints already."))
                    .with_fix("Delete one that is not used any more.")
            }
            EndpointError::Disabled => {
                Self::new(Code::Conflict, "This endpoint is disabled, so nothing is sent to it.")
                    .with_fix("Enable it first.")
            }
            EndpointError::Once(error) => error.into(),
            EndpointError::Db(error) => error.into(),
        }
    }
}
