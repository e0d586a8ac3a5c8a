//! Warnings by mail: each that was given becomes one mail to every owner and admin of its organization, in the transaction
//! that marks it as told. Giving a warning costs nothing for it: that is a row which a dispatch writes anyway.

use tenantry_kernel::OrganizationId;

use super::sql_warnings;
use crate::{
    Services,
    access::counting_scope,
    db::{DbError, OrgTx},
    mail::{self, Letter},
};

/// Makes mails of an organization's warnings that are none yet. Of two that come at once the second finds nothing to do.
///
/// # Errors
/// When the database is away; then nothing of it has happened.
pub(crate) async fn tell_of_warnings(services: &Services, organization: OrganizationId) -> Result<(), DbError> {
    let scope = counting_scope(organization);
    let mut tx = OrgTx::open(&services.db, &scope).await?;
    let untold = sql_warnings::take_untold(&mut tx).await?;
    let told = if untold.is_empty() { None } else { sql_warnings::whom_to_tell(&mut tx).await? };
    if let Some(told) = told {
        for warning in untold {
            let letter = Letter::QuotaWarning {
                organization: told.organization.clone(),
                tenant: told.tenant,
                meter: warning.meter,
                percent: u8::try_from(warning.percent).unwrap_or_default(),
                limit: u64::try_from(warning.limit).unwrap_or_default(),
            };
            for person in &told.people {
                mail::post_of_organization(services, &mut tx, *person, &letter).await?;
            }
        }
    }
    tx.commit().await?;
    services.mailroom.announce();
    Ok(())
}
