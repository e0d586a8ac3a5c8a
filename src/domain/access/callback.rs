//! Callback tokens: what lets a tool end the one job that it was given, at the one attempt for which it was given it.
//!
//! A token is signed and not stored, so there is nothing to look up before a tenant is known and nothing to steal. It says
//! where the job is and which fence it had; the signature covers the job's id too, which the address of the call names.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use tenantry_kernel::{JobId, OrganizationId, TenantId};
use uuid::Uuid;

use super::{AccessError, Actor, TenantScope, permit::JobWork};
use crate::Keyring;

const PREFIX: &str = "tcb_";
const PURPOSE: &str = "tenantry/callback";

/// Bytes of the organization, the tenant and the fence.
const PLACE: usize = 16 + 16 + 8;

/// The right to say how an attempt at a job went.
pub struct Callback {
    /// Where the job is.
    pub(crate) scope: TenantScope<JobWork>,
    /// The job.
    pub(crate) job: JobId,
    /// Which attempt it is for.
    pub(crate) fence: i64,
}

/// The token for an attempt at a job: `tcb_` and base64url of organization, tenant, fence and HMAC-SHA256.
pub(crate) fn callback_token(keyring: &Keyring, scope: &TenantScope<JobWork>, job: JobId, fence: i64) -> String {
    let place = place(scope.organization(), scope.tenant(), fence);
    let signature = keyring.sign(PURPOSE, &message(job, &place));
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode([place, signature].concat()))
}

/// Reads a token that was presented for a job.
///
/// # Errors
/// [`AccessError::Unauthenticated`] for any text that is not a token of this installation's for this job.
pub fn enter_with_callback(keyring: &Keyring, job: JobId, token: &str) -> Result<Callback, AccessError> {
    read(keyring, job, token).ok_or(AccessError::Unauthenticated)
}

fn read(keyring: &Keyring, job: JobId, token: &str) -> Option<Callback> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let (place, signature) = bytes.split_at_checked(PLACE)?;
    if !keyring.verify(PURPOSE, &message(job, place), signature) {
        return None;
    }
    let (organization, rest) = place.split_first_chunk::<16>()?;
    let (tenant, fence) = rest.split_first_chunk::<16>()?;
    let scope = TenantScope::new(
        Actor::Worker,
        OrganizationId::from(Uuid::from_bytes(*organization)),
        TenantId::from(Uuid::from_bytes(*tenant)),
    );
    Some(Callback { scope, job, fence: i64::from_be_bytes(fence.try_into().ok()?) })
}

fn place(organization: OrganizationId, tenant: TenantId, fence: i64) -> Vec<u8> {
    let (organization, tenant) = (Uuid::from(organization), Uuid::from(tenant));
    [organization.as_bytes().as_slice(), tenant.as_bytes(), &fence.to_be_bytes()].concat()
}

fn message(job: JobId, place: &[u8]) -> Vec<u8> {
    [Uuid::from(job).as_bytes(), place].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::worker_scope, db::secret::InstallationSecret};

    fn keyring(letter: &str) -> Keyring {
        Keyring::of(&InstallationSecret::from_text(&letter.repeat(32)).expect("long enough"))
    }

    fn id<T: From<Uuid>>(number: u128) -> T {
        Uuid::from_u128(number).into()
    }

    #[test]
    fn a_token_leads_to_its_attempt() {
        let scope = worker_scope(id(1)).for_tenant(id(2));
        let token = callback_token(&keyring("a"), &scope, id(3), 4);
        let callback = enter_with_callback(&keyring("a"), id(3), &token).expect("it is its token");
        let place = (callback.scope.organization(), callback.scope.tenant(), callback.job, callback.fence);
        assert_eq!(place, (id(1), id(2), id(3), 4));
    }

    #[test]
    fn any_other_text_job_or_installation_is_refused() {
        let scope = worker_scope(id(1)).for_tenant(id(2));
        let token = callback_token(&keyring("a"), &scope, id(3), 4);
        assert!(read(&keyring("b"), id(3), &token).is_none(), "another installation");
        assert!(read(&keyring("a"), id(4), &token).is_none(), "another job");
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("letters");
            assert!(read(&keyring("a"), id(3), &changed).is_none(), "changed at {at}");
            assert!(read(&keyring("a"), id(3), &token[..at]).is_none(), "cut at {at}");
        }
        assert!(read(&keyring("a"), id(3), &format!("{token}AAAA")).is_none(), "longer");
    }
}
