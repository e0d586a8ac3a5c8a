//! The one error of server functions: a problem in the API's own words.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use tenantry_kernel::{Code, Problem};

/// In the place of the address that explains a problem: nobody but the browser says so (RFC 9457).
pub const NO_PAGE: &str = "about:blank";

/// Why a server function refused or failed. Boxed, since a problem is large and most calls have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Travelling", into = "Travelling")]
pub struct AppError(Box<Problem>);

/// A problem and what leaves the API as a header beside it.
#[derive(Serialize, Deserialize)]
struct Travelling {
    #[serde(flatten)]
    problem: Problem,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_after: Option<u32>,
}

impl From<AppError> for Travelling {
    fn from(AppError(problem): AppError) -> Self {
        Self { retry_after: problem.retry_after, problem: *problem }
    }
}

impl From<Travelling> for AppError {
    fn from(Travelling { problem, retry_after }: Travelling) -> Self {
        Problem { retry_after, ..problem }.into()
    }
}

impl AppError {
    /// The problem.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0
    }

    /// What came back makes no sense, or nothing did.
    #[must_use]
    pub fn unreadable() -> Self {
        let problem = Problem::new(Code::Internal, "Something went wrong on our side.");
        if cfg!(feature = "ssr") { problem.into() } else { unexplained(problem).into() }
    }

    /// The problem, for keeps.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        *self.0
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

/// What the browser found out by itself, so that no address explains it.
fn unexplained(problem: Problem) -> Problem {
    Problem { type_uri: NO_PAGE.to_owned(), ..problem }
}

/// Errors of verbs become the problem that they stand for.
#[cfg(feature = "ssr")]
mod of_verbs {
    use tenantry_domain::{
        access::AccessError,
        accounts::{AccountError, devices::DeviceError, own::OwnError},
        billing::BillingError,
        db::DbError,
        dispatch::{DispatchError, ToolError},
        keys::KeyError,
        rate::TooFast,
        tenancy::TenancyError,
        webhooks::endpoints::EndpointError,
        webhooks::inbound::InboundError,
    };

    use super::{AppError, Problem};

    macro_rules! from {
        ($($error:ty)*) => {$(
            impl From<$error> for AppError {
                fn from(error: $error) -> Self {
                    Problem::from(error).into()
                }
            }
        )*};
    }

    from! {
        AccessError AccountError BillingError DbError DeviceError DispatchError EndpointError InboundError KeyError OwnError TenancyError
        ToolError TooFast tenantry_kernel::FieldError
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// What goes wrong around a call. Its own words are for developers and stay out of the page.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => unexplained(
                Problem::new(Code::GuardUnavailable, "The server cannot be reached.")
                    .with_fix("Check the connection and try again. What you typed is still here."),
            ),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Problem::new(Code::Malformed, "The fields of this request cannot be read.")
            }
            _ => return Self::unreadable(),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framework_error_keeps_its_words_to_itself() {
        let error = AppError::from_server_fn_error(ServerFnErrorErr::Args("missing field `tenant`".into()));
        assert_eq!(error.problem().code, Code::Malformed);
        assert!(!error.problem().detail.contains("tenant"));
    }

    #[test]
    fn that_nobody_answers_is_the_browsers_own_word_and_has_no_page() {
        let error = AppError::from_server_fn_error(ServerFnErrorErr::Request("net::ERR_FAILED".into()));
        assert_eq!((error.problem().type_uri.as_str(), error.problem().code), (NO_PAGE, Code::GuardUnavailable));
        assert!(!error.problem().fix.contains("net::"));
    }

    #[test]
    fn an_error_travels_as_its_problem() {
        for problem in [Problem::not_found(), Problem::new(Code::RateLimited, "Slower.").with_retry_after(7)] {
            let error = AppError::from(problem.clone());
            let text = serde_json::to_string(&error).expect("serialises");
            assert!(text.starts_with(&format!(r#"{{"type":"{}""#, problem.type_uri)), "{text}");
            assert_eq!(serde_json::from_str::<AppError>(&text).expect("reads"), error);
        }
    }
}
