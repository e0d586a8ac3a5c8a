//! Calling a tool that lives elsewhere: one signed request an attempt, with the job's id in all of them.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use tenantry_kernel::{JobId, OrganizationId, TenantId, dispatch::PAYLOAD_BYTES};
use url::Url;

use super::{Ended, NotNow, Outcome, judge};
use crate::{
    Services,
    access::{TenantScope, callback_token, permit::JobWork},
    dispatch::sql_work::{Claimed, Target},
    outbound::{Call, OutboundError},
    webhooks::standard,
};

/// Bytes of an answer that are read: a result, and room for the spaces of one that was written to be read.
const MOST: usize = 2 * PAYLOAD_BYTES;

/// What the tool receives.
#[derive(Serialize)]
struct Message<'a> {
    job: JobId,
    tenant: TenantId,
    organization: OrganizationId,
    tool: &'a str,
    action: &'a str,
    payload: Value,
    callback_url: String,
    callback_token: String,
}

/// Calls the tool and reads what its answer means.
pub(super) async fn call(
    services: &Services,
    scope: &TenantScope<JobWork>,
    claimed: &Claimed,
    target: &Target,
    payload: &str,
    within: Duration,
) -> Outcome {
    let call = match request(services, scope, claimed, target, payload, within) {
        Ok(call) => call,
        Err(error) => return Outcome::Ended(Ended::unbegun(error)),
    };
    match services.outbound.call(call).await {
        Ok(answered) => judge(answered.status, &answered.headers, &answered.body),
        // It had all its time; what it did meanwhile is not asked for again.
        Err(OutboundError::TooSlow { .. }) => {
            Outcome::Ended(Ended::failed(format!("The tool took longer than {} s.", within.as_secs())))
        }
        Err(error) if error.is_worth_another_try() => {
            Outcome::NotNow(NotNow { error: error.to_string(), http_status: None, after: None })
        }
        Err(error) => Outcome::Ended(Ended::failed(error.to_string())),
    }
}

fn request(
    services: &Services,
    scope: &TenantScope<JobWork>,
    claimed: &Claimed,
    target: &Target,
    payload: &str,
    within: Duration,
) -> Result<Call, String> {
    let url = Url::parse(&target.url).map_err(|_| "The tool's address is none.".to_owned())?;
    let secrets = target.secrets(services, scope.tenant());
    if secrets.is_empty() {
        return Err("The tool's signing secret does not open with this installation's secret. Rotate it.".to_owned());
    }
    let message = Message {
        job: claimed.job,
        tenant: scope.tenant(),
        organization: scope.organization(),
        tool: &claimed.tool,
        action: &claimed.action,
        // What was stored is JSON, since it was written as such.
        payload: serde_json::from_str(payload).unwrap_or_default(),
        callback_url: services.settings.link(&format!("/api/v1/jobs/{}/complete", claimed.job)),
        callback_token: callback_token(&services.keyring, scope, claimed.job, claimed.fence),
    };
    let body = serde_json::to_vec(&message).map_err(|_| "The message could not be written.".to_owned())?;
    // The id is the job's at every attempt, so a receiver that had it before knows.
    let headers = standard::headers(&secrets, &claimed.job.to_string(), services.clock.now().timestamp(), &body)
        .ok_or("The message could not be signed.")?;
    Ok(Call { method: Method::POST, url, headers, body: body.into(), within, most: MOST })
}
