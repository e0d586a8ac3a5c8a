//! Why a verb on keys was refused.

use tenantry_kernel::{Code, FieldError, Problem, key::Scope};

use crate::{db::DbError, idempotency::OnceError};

/// Why a verb on keys was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// There is no such key in this tenant.
    #[error("there is no such key in this tenant")]
    NotFound,
    /// The key has expired, so there is nothing to rotate.
    #[error("the key has expired")]
    Ended,
    /// The caller is a key that lacks the scope that it would give.
    #[error("the caller lacks the scope {}", .0.as_str())]
    GivesMore(Scope),
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<FieldError> for KeyError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Invalid(errors) => Self::invalid(errors),
            KeyError::NotFound => Self::not_found(),
            KeyError::Ended => {
                Self::new(Code::Conflict, "This key has expired already.").with_fix("Make a new key instead.")
            }
            KeyError::GivesMore(scope) => Self::new(
                Code::Forbidden,
                format!("This key lacks the scope {}, so it cannot give it.", scope.as_str()),
            )
            .with_fix("Leave the scope out, or let a person make the key."),
            KeyError::Once(error) => error.into(),
            KeyError::Db(error) => error.into(),
        }
    }
}
