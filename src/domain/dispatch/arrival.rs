//! A webhook's message becomes a job: admission like any other, with the message's receipt in its transaction.

use tenantry_kernel::{ToolId, dispatch::WhenFull, text::Label};

use super::{
    batch::Asked,
    error::DispatchError,
    rules::{ToolRef, Wish},
    verdict::{By, Wanted},
};
use crate::{
    Services,
    access::{TenantScope, permit::DispatchRun},
    idempotency::Answer,
    webhooks::inbound::Arrival,
};

/// What a message sets off.
pub(crate) struct Run {
    pub tool: ToolId,
    pub action: Label,
    /// JSON text within the bounds of a payload.
    pub payload: String,
}

/// Dispatches a message, once however often it comes. Where every slot is taken its job waits: nobody sends it again only
/// because somebody else was quicker.
///
/// # Errors
/// Every refusal of the order of decision from the tool on; then the message was not seen and may come again.
pub(crate) async fn arrive(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    run: Run,
    arrival: Arrival,
) -> Result<Answer, DispatchError> {
    let Run { tool, action, payload } = run;
    let wish = Wish { tool: ToolRef::Id(tool), action, payload, when_full: WhenFull::Queue };
    let by = By::of(scope.actor()).ok_or(DispatchError::NotFound)?;
    let (job, event) = (services.new_id(), services.new_id());
    let wanted = Wanted { job, event, by, wish, once: None, arrival: Some(arrival) };
    let asked = Asked { scope: *scope, wanted, _under_way: None };
    services.floor.admissions.join(services, asked).await?
}
