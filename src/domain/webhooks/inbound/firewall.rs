//! The firewall: what a message meets on its way in, in this order: there is such a webhook → the size that it says it has →
//! the allowlist → the rate of its address → the headers of its signature → their time → (only now its body is read) → its
//! size → its signature → whether it was there before → and then it is let in, at once, with whatever it sets off.
//!
//! Everything before the body is decided in memory. Who is turned away has written nothing; that it was, is counted.

use std::{net::IpAddr, sync::Arc};

use tenantry_kernel::{
    Code, FieldError, InboundId, Problem,
    inbound::{LARGEST_BODY, Outcome},
    tenancy::TenantStatus,
};

pub use super::signature::Headers;
use super::{
    arrival::{self, Message},
    known::KnownHook,
    signature::{self, Claim, Fault},
};
use crate::{
    Services,
    db::DbError,
    dispatch::DispatchError,
    idempotency::Answer,
    rate::{self, TooFast},
};

/// A message at the door, before its body.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// Where it was sent.
    pub webhook: InboundId,
    /// Where it came from, as the last hop says that can be trusted.
    pub from: IpAddr,
    /// Bytes of its body, where it says so.
    pub declared: Option<u64>,
    /// Its headers.
    pub headers: &'a Headers<'a>,
}

/// Why a message is turned away.
#[derive(Debug, thiserror::Error)]
pub enum TurnedAway {
    /// There is no such webhook, or its workspace is closed: who sends is a stranger there.
    #[error("there is no such webhook")]
    NotFound,
    /// The body is larger than any that is let in.
    #[error("the body is too large")]
    TooLarge,
    /// The allowlist does not name its address.
    #[error("the address is not allowed")]
    NotAllowed,
    /// Too many come from its address.
    #[error(transparent)]
    TooFast(#[from] TooFast),
    /// Nobody has signed it who could.
    #[error("{0}")]
    Unsigned(&'static str),
    /// It was signed too long ago, or ahead of time.
    #[error("the time is out of range")]
    Untimely,
    /// The tool cannot be given such a body.
    #[error("the body does not fit")]
    Unfit(FieldError),
    /// The tool that the webhook names is no more.
    #[error("the webhook's tool is no more")]
    ToolGone,
    /// The workspace cannot take it now.
    #[error(transparent)]
    Dispatch(DispatchError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Fault> for TurnedAway {
    fn from(fault: Fault) -> Self {
        Self::Unsigned(fault.0)
    }
}

impl From<DispatchError> for TurnedAway {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::NotFound => Self::ToolGone,
            DispatchError::WebhookGone | DispatchError::Suspended => Self::NotFound,
            DispatchError::Db(error) => Self::Db(error),
            error => Self::Dispatch(error),
        }
    }
}

impl TurnedAway {
    /// The code that the sender is told and that the receipt shows.
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::TooLarge => Code::BodyTooLarge,
            Self::NotAllowed => Code::AddressNotAllowed,
            Self::TooFast(_) => Code::RateLimited,
            Self::Unsigned(_) => Code::SignatureInvalid,
            Self::Untimely => Code::TimestampOutOfRange,
            Self::Unfit(_) => Code::Invalid,
            Self::ToolGone => Code::Conflict,
            Self::Dispatch(error) => error.code(),
            Self::Db(_) => Code::GuardUnavailable,
        }
    }

    /// Is it the message's or the workspace's matter, which whoever looks after the webhook wants to know?
    const fn counts(&self) -> bool {
        !matches!(self, Self::NotFound | Self::Db(_))
    }
}

impl From<TurnedAway> for Problem {
    fn from(why: TurnedAway) -> Self {
        let code = why.code();
        match why {
            TurnedAway::NotFound => Self::not_found(),
            TurnedAway::TooLarge => Self::new(code, "The body is larger than 1 MiB."),
            TurnedAway::NotAllowed => Self::new(code, "This webhook takes nothing from your address."),
            TurnedAway::TooFast(error) => error.into(),
            TurnedAway::Unsigned(detail) => Self::new(code, detail),
            TurnedAway::Untimely => Self::new(code, "The message was signed more than five minutes from now."),
            TurnedAway::Unfit(error) => error.into(),
            TurnedAway::ToolGone => Self::new(code, "What this webhook sets off is no more.")
                .with_fix("Name another tool for the webhook, then send the message again."),
            TurnedAway::Dispatch(error) => later(code, error),
            TurnedAway::Db(error) => error.into(),
        }
    }
}

/// What a workspace lacks is its own matter, not its sender's: the sender is told that it may come again.
fn later(code: Code, error: DispatchError) -> Problem {
    let wait = Problem::from(error).retry_after;
    let problem = Problem::new(code, "The workspace cannot take this message now.")
        .with_fix("Send it again later; nothing has happened.");
    wait.into_iter().fold(problem, Problem::with_retry_after)
}

/// A message that may send its body.
#[derive(Debug)]
pub struct Awaited {
    hook: Arc<KnownHook>,
    claim: Claim,
    from: IpAddr,
}

/// Decides all that can be decided without the body.
///
/// # Errors
/// Why it is turned away.
pub async fn knock(services: &Services, knock: Knock<'_>) -> Result<Awaited, TurnedAway> {
    let hook = find(services, knock).await?;
    match judge(services, &hook, knock) {
        Ok(claim) => Ok(Awaited { hook, claim, from: knock.from }),
        Err(why) => Err(noted(services, &hook, knock.from, why)),
    }
}

/// Whoever tries ids that nobody has pays for it by address, and finds no look-up left.
async fn find(services: &Services, knock: Knock<'_>) -> Result<Arc<KnownHook>, TurnedAway> {
    let neighbour = knock.from.into();
    let hook = match services.memory.known_hook(services, knock.webhook).await? {
        Some(known) => Some(known),
        None => {
            rate::may_fail_again(services, neighbour)?;
            services.memory.hook(services, knock.webhook).await?
        }
    };
    match hook {
        Some(hook) if hook.tenant_status == TenantStatus::Active => Ok(hook),
        _ => {
            rate::failed_to_authenticate(services, neighbour)?;
            Err(TurnedAway::NotFound)
        }
    }
}

fn judge(services: &Services, hook: &KnownHook, knock: Knock<'_>) -> Result<Claim, TurnedAway> {
    if knock.declared.is_some_and(|bytes| bytes > LARGEST_BODY as u64) {
        return Err(TurnedAway::TooLarge);
    }
    if !hook.allows(knock.from) {
        return Err(TurnedAway::NotAllowed);
    }
    rate::arrive(services, hook.id.uuid(), knock.from.into())?;
    let claim = signature::read(hook.scheme, knock.headers)?;
    if !claim.is_timely(services.memory.now()) {
        return Err(TurnedAway::Untimely);
    }
    Ok(claim)
}

fn noted(services: &Services, hook: &KnownHook, from: IpAddr, why: TurnedAway) -> TurnedAway {
    if why.counts() {
        services.hooks.tallies.note(services, hook, Outcome::Refused, Some(why.code()), from);
    }
    why
}

impl Awaited {
    /// Its body is larger than it may be, as was found while it was read.
    #[must_use]
    pub fn too_large(&self, services: &Services) -> TurnedAway {
        noted(services, &self.hook, self.from, TurnedAway::TooLarge)
    }

    /// Decides about the message with its body. What is let in has its receipt, its job and its place among those that were
    /// seen in one transaction; a repeat is answered 200 and has no effect.
    ///
    /// # Errors
    /// Why it is turned away; then nothing has happened, and the same message may come again.
    pub async fn arrive(self, services: &Services, body: Vec<u8>) -> Result<Answer, TurnedAway> {
        match self.admit(services, body).await {
            Ok(answer) => {
                if answer.replayed {
                    services.hooks.tallies.note(services, &self.hook, Outcome::Repeated, None, self.from);
                }
                Ok(answer)
            }
            Err(why) => Err(noted(services, &self.hook, self.from, why)),
        }
    }

    async fn admit(&self, services: &Services, body: Vec<u8>) -> Result<Answer, TurnedAway> {
        if !self.claim.is_signed(&self.hook.secrets(services.memory.now()), &body) {
            return Err(TurnedAway::Unsigned("None of the webhook's secrets has signed this body."));
        }
        arrival::take(services, &self.hook, Message { claim: &self.claim, from: self.from, body }).await
    }
}
