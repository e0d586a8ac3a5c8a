//! Server functions of API keys.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::app::{error::AppError, shown_once::Shown, ticked::Ticked};

/// The page that shows keys.
pub const PAGE: &str = "/keys";

/// Keys that the page shows at first, and that each "show more" adds.
pub const ROWS: u32 = 25;

/// Most keys on one page; programs list all of them over the API.
pub const MOST_ROWS: u32 = 1_000;

/// The workspace's keys, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRing {
    /// Those that the page shows.
    pub keys: Vec<KeyRow>,
    /// There are others.
    pub more: bool,
    /// The key under which a form of this page happens once.
    pub once: String,
}

/// A key as its page shows it. The server writes what can be written there as text, which spares the browser parsers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What may be shown of its text.
    pub text: String,
    /// What it is given for.
    pub scopes: Vec<String>,
    /// It is for trying things out.
    pub test: bool,
    /// It was rotated, and its grace is not over.
    pub grace: bool,
    /// It has ended.
    pub expired: bool,
    /// When it was made, used and ends.
    pub life: String,
    /// What stops when it is revoked.
    pub stops: String,
}

/// The workspace's keys that are not revoked.
#[server(prefix = "/api/rpc", endpoint = "keys/list")]
pub async fn list_keys(
    #[server(default)] tenant: String,
    #[server(default)] rows: String,
) -> Result<KeyRing, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::KeyRead;

    let scope = server::visitor(&tenant).await?.tenant::<KeyRead>()?;
    verbs::ring(&server::services()?, &scope, verbs::rows(&rows)).await
}

/// Makes a key. Its text is in this answer and nowhere else.
#[server(prefix = "/api/rpc", endpoint = "keys/create")]
pub async fn create_key(
    #[server(default)] tenant: String,
    #[server(default)] name: String,
    #[server(default)] scopes: Ticked,
    #[server(default)] environment: String,
    #[server(default)] expires_in_days: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::KeyManage;
    use tenantry_kernel::requests;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<KeyManage>()?;
    let services = server::services()?;
    let wish = requests::CreateKey {
        name,
        scopes: verbs::scopes(&scopes.0)?,
        environment: verbs::environment(&environment)?,
        expires_at: verbs::end(&expires_in_days, services.clock.now())?,
    };
    let shown = verbs::create(&services, &scope, &wish, &expires_in_days, once.as_deref()).await?;
    server::show_form_at(PAGE, CreateKey::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Makes a key that replaces another, which stays good for the grace.
#[server(prefix = "/api/rpc", endpoint = "keys/rotate")]
pub async fn rotate_key(
    #[server(default)] tenant: String,
    #[server(default)] key: String,
    #[server(default)] grace_period_hours: String,
    #[server(default)] once: Option<String>,
) -> Result<Shown, AppError> {
    use crate::app::server;
    use leptos::server_fn::ServerFn as _;
    use tenantry_domain::access::permit::KeyManage;
    use tenantry_kernel::requests;

    let visitor = server::visitor(&tenant).await?;
    let scope = visitor.tenant::<KeyManage>()?;
    let wish = requests::RotateKey { grace_period_hours: verbs::grace(&grace_period_hours)? };
    let key = verbs::key_id(&key)?;
    let shown = verbs::rotate(&server::services()?, &scope, key, &wish, once.as_deref()).await?;
    server::show_form_at(PAGE, RotateKey::PATH, &visitor, &shown).await?;
    Ok(shown)
}

/// Revokes a key, at once. Answers its id.
#[server(prefix = "/api/rpc", endpoint = "keys/revoke")]
pub async fn revoke_key(#[server(default)] tenant: String, #[server(default)] key: String) -> Result<String, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::KeyRevoke, keys};

    let scope = server::visitor(&tenant).await?.tenant::<KeyRevoke>()?;
    let key = verbs::key_id(&key)?;
    keys::revoke(&server::services()?, &scope, key).await?;
    Ok(key.to_string())
}

/// Turning what a form sends into what a verb takes, and back.
#[cfg(feature = "ssr")]
mod verbs {
    use chrono::{DateTime, TimeDelta, Utc};
    use tenantry_domain::{
        Services,
        access::{
            TenantScope,
            permit::{KeyManage, KeyRead},
        },
        idempotency::{OnceError, OnceKey},
        keys::{self, KeyError},
    };
    use tenantry_kernel::{
        FieldError, KeyId, Problem,
        key::{CreatedKeyView, Environment, RotatedKeyView, Scope},
        page::Limit,
        requests::{CreateKey, RotateKey},
        standing::Standing,
    };

    use super::{KeyRing, MOST_ROWS, ROWS};
    use crate::app::{call, error::AppError, keys::told, server, shown_once::Shown};

    /// How many keys an address asks for; an address that asks for nonsense gets the first ones.
    pub fn rows(text: &str) -> u32 {
        text.parse().unwrap_or(ROWS).clamp(1, MOST_ROWS)
    }

    /// A malformed id names nothing, like the id of somebody else's key.
    pub fn key_id(text: &str) -> Result<KeyId, AppError> {
        text.parse().map_err(|_| Problem::not_found().into())
    }

    /// The scopes that were ticked.
    pub fn scopes(words: &[String]) -> Result<Vec<Scope>, FieldError> {
        let unknown = || FieldError::new("scopes", "UNKNOWN", "Choose of read, dispatch, usage, verify and manage.");
        words.iter().map(|word| Scope::from_word(word).ok_or_else(unknown)).collect()
    }

    /// Where a key is meant to be used; live where nothing is chosen.
    pub fn environment(word: &str) -> Result<Environment, FieldError> {
        let unknown = || FieldError::new("environment", "UNKNOWN", "Choose live or test.");
        if word.is_empty() { Ok(Environment::default()) } else { Environment::from_word(word).ok_or_else(unknown) }
    }

    /// Hours of grace; the contract's where nothing is chosen. How many are too many is the verb's to say.
    pub fn grace(hours: &str) -> Result<Option<u32>, FieldError> {
        let wrong = |_| FieldError::new("grace_period_hours", "OUT_OF_RANGE", "Use a whole number from 0 to 720.");
        if hours.is_empty() { Ok(None) } else { hours.parse().map(Some).map_err(wrong) }
    }

    /// When a key ends that is made now; nothing chosen means never.
    pub fn end(days: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, FieldError> {
        match days.parse::<u16>() {
            _ if days.is_empty() => Ok(None),
            Ok(days @ 1..=3_650) => Ok(Some(now + TimeDelta::days(days.into()))),
            _ => Err(FieldError::new("expires_in_days", "OUT_OF_RANGE", "Use a whole number from 1 to 3650.")),
        }
    }

    /// The newest keys, as many as asked for.
    pub async fn ring(services: &Services, scope: &TenantScope<KeyRead>, rows: u32) -> Result<KeyRing, AppError> {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let missing = rows - u32::try_from(found.len()).unwrap_or(rows);
            let limit = Limit::parse(Some(&missing.min(100).to_string()))?;
            let page = keys::keys(services, scope, cursor.as_deref(), limit).await?;
            found.extend(page.data);
            cursor = page.next_cursor;
            if cursor.is_none() || found.len() >= rows as usize {
                break;
            }
        }
        let now = services.clock.now();
        let row = |(at, key)| told::row(key, Standing::of(key, &found[..at], now));
        let keys = found.iter().enumerate().map(row).collect();
        Ok(KeyRing { keys, more: cursor.is_some(), once: server::new_once_key(services) })
    }

    /// Makes a key under the form's own key, so that a form that is sent twice makes one. A form that was changed and sent
    /// again means another one.
    pub async fn create(
        services: &Services,
        scope: &TenantScope<KeyManage>,
        wish: &CreateKey,
        days: &str,
        once: Option<&str>,
    ) -> Result<Shown, AppError> {
        let body = format!("{}\n{:?}\n{:?}\n{days}", wish.name, wish.scopes, wish.environment);
        let once = once_key(scope, "create", &body, once);
        let answer = match keys::create(services, scope, wish, once.as_ref()).await {
            Err(KeyError::Once(OnceError::Reused)) => keys::create(services, scope, wish, None).await,
            answer => answer,
        }?;
        let CreatedKeyView { key, secret } = call::value(&answer.body)?;
        Ok(told::made(&services.settings.link(""), scope.tenant(), &key, secret, None))
    }

    /// Rotates a key, once for a form that is sent twice.
    pub async fn rotate(
        services: &Services,
        scope: &TenantScope<KeyManage>,
        key: KeyId,
        wish: &RotateKey,
        once: Option<&str>,
    ) -> Result<Shown, AppError> {
        let once = once_key(scope, "rotate", &format!("{key}\n{:?}", wish.grace_period_hours), once);
        let answer = keys::rotate(services, scope, key, wish, once.as_ref()).await?;
        let RotatedKeyView { key, secret, previous } = call::value(&answer.body)?;
        Ok(told::made(&services.settings.link(""), scope.tenant(), &key, secret, Some(previous.expires_at)))
    }

    fn once_key(scope: &TenantScope<KeyManage>, verb: &str, body: &str, once: Option<&str>) -> Option<OnceKey> {
        let key = once.and_then(server::once_key)?;
        let route = format!("POST /api/rpc/keys/{verb} in {}", scope.tenant());
        Some(OnceKey::new(key, &route, body.as_bytes()))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_key_ends_so_many_days_from_now_or_never() {
            let now = DateTime::UNIX_EPOCH;
            assert_eq!(end("", now), Ok(None));
            assert_eq!(end("90", now), Ok(Some(now + TimeDelta::days(90))));
            for wrong in ["0", "-1", "3651", "soon"] {
                assert_eq!(end(wrong, now).expect_err("refused").field, "expires_in_days", "{wrong}");
            }
        }

        #[test]
        fn an_address_asks_for_a_bounded_number_of_keys() {
            assert_eq!(["", "50", "0", "9999999", "-3"].map(rows), [25, 50, 1, 1_000, 25]);
        }
    }
}
