//! A webhook as the firewall knows it: all that is decided before anything is written, in memory.

use std::{net::IpAddr, sync::Arc};

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use tenantry_kernel::{InboundId, OrganizationId, TenantId, ToolId, inbound::Scheme, tenancy::TenantStatus};

use super::{rules, secret, sql};
use crate::{
    Services,
    db::DbError,
    webhooks::{sealed::Column, standard::Secret},
};

/// A webhook and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct KnownHook {
    pub id: InboundId,
    pub organization: OrganizationId,
    pub tenant: TenantId,
    pub tenant_status: TenantStatus,
    pub scheme: Scheme,
    pub tool: Option<ToolId>,
    allowlist: Vec<IpNet>,
    /// `None` where it was sealed with another installation's secret: then nobody comes in.
    current: Option<Secret>,
    /// The one before, and until when it is good.
    previous: Option<(Secret, DateTime<Utc>)>,
}

impl KnownHook {
    /// May messages come from there?
    pub fn allows(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        self.allowlist.is_empty() || self.allowlist.iter().any(|network| network.contains(&from))
    }

    /// The secrets that are good at a moment. The moment of the end is after it.
    pub fn secrets(&self, now: DateTime<Utc>) -> Vec<&Secret> {
        let previous = self.previous.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        self.current.iter().chain(previous).collect()
    }
}

/// Looks a webhook up. A few at a time: who tries ids that nobody has takes no connection from anybody else.
pub(crate) async fn find(services: &Services, id: InboundId) -> Result<Option<Arc<KnownHook>>, DbError> {
    let _turn = services.hooks.look_up().await?;
    let found = sql::find(&mut *services.db.platform().await?, id).await?;
    Ok(found.map(|found| Arc::new(opened(services, id, &found))))
}

fn opened(services: &Services, id: InboundId, found: &sql::Found) -> KnownHook {
    let tenant = TenantId::from(found.tenant_id);
    let open = |column, sealed: &[u8]| secret::of(tenant, id).open(services, column, sealed);
    let previous = found.previous_secret.as_deref().and_then(|sealed| open(Column::Previous, sealed));
    KnownHook {
        id,
        organization: found.organization_id.into(),
        tenant,
        tenant_status: TenantStatus::from_word(&found.tenant_status),
        scheme: found.scheme(),
        tool: found.tool_id.map(ToolId::from),
        allowlist: rules::networks(&found.allowlist),
        current: open(Column::Current, &found.secret),
        previous: previous.zip(found.previous_until),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn hook(allowlist: &[&str]) -> KnownHook {
        let list: Vec<String> = allowlist.iter().map(ToString::to_string).collect();
        KnownHook {
            id: Uuid::nil().into(),
            organization: Uuid::nil().into(),
            tenant: Uuid::nil().into(),
            tenant_status: TenantStatus::Active,
            scheme: Scheme::Standard,
            tool: None,
            allowlist: rules::networks(&list),
            current: Some(Secret::from(vec![1])),
            previous: Some((Secret::from(vec![2]), DateTime::UNIX_EPOCH)),
        }
    }

    fn from(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_allowlist_names_who_may_send_and_an_empty_one_everybody() {
        assert!(hook(&[]).allows(from("203.0.113.7")));
        let fenced = hook(&["160.16.120.186/32", "2001:db8::/32"]);
        for (address, allowed) in [
            ("160.16.120.186", true),
            ("::ffff:160.16.120.186", true),
            ("160.16.120.187", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(fenced.allows(from(address)), allowed, "{address}");
        }
    }

    #[test]
    fn the_secret_before_is_good_until_its_end() {
        let hook = hook(&[]);
        assert_eq!(hook.secrets(DateTime::UNIX_EPOCH - TimeDelta::microseconds(1)).len(), 2);
        assert_eq!(hook.secrets(DateTime::UNIX_EPOCH), [&Secret::from(vec![1])]);
    }
}
