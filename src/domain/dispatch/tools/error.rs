//! Why a verb that changes tools was refused.

use tenantry_kernel::{Code, FieldError, Problem, tool::MOST_TOOLS};

use crate::{db::DbError, idempotency::OnceError};

/// What cannot be done to a built-in tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untouchable {
    /// Its name.
    Name,
    /// Its address, of which it has none.
    Url,
    /// Its secret, of which it has none.
    Secret,
    /// Its being there.
    Existence,
}

impl Untouchable {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("cannot be renamed", "Leave its name as it is; its feature and time-out may be changed."),
            Self::Url => ("has no address", "Leave url out; its feature and time-out may be changed."),
            Self::Secret => ("has no secret", "Rotate the secret of a tool of the kind webhook."),
            Self::Existence => {
                ("cannot be deleted", "To keep it from being used, give it a feature that no plan includes.")
            }
        }
    }
}

/// Why a verb that changes tools was refused.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// There is no such tool in this tenant.
    #[error("there is no such tool in this tenant")]
    NotFound,
    /// Another tool of the tenant has this name.
    #[error("another tool has the name {0}")]
    NameTaken(String),
    /// The tenant has as many tools as it may.
    #[error("there are {MOST_TOOLS} tools already")]
    TooMany,
    /// The tool is part of Tenantry.
    #[error("the tool {name} is built in")]
    Builtin {
        /// What it is called.
        name: String,
        /// What was to be done to it.
        what: Untouchable,
    },
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ToolError> for Problem {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Invalid(errors) => Self::invalid(errors),
            ToolError::NotFound => Self::not_found(),
            ToolError::NameTaken(name) => {
                Self::new(Code::NameTaken, format!("This workspace has a tool called {name} already."))
            }
            // No field of the request is wrong, and waiting does not help: it is the workspace's state that refuses.
            ToolError::TooMany => Self::new(Code::Conflict, "This workspace has 1,000 tools already.")
                .with_fix("Delete one that is not used any more."),
            ToolError::Builtin { name, what } => {
                let (sentence, fix) = what.words();
                Self::new(Code::Conflict, format!("The built-in tool {name} {sentence}.")).with_fix(fix)
            }
            ToolError::Once(error) => error.into(),
            ToolError::Db(error) => error.into(),
        }
    }
}
