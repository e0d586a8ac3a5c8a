//! API keys: made, looked at, rotated, revoked and verified.
//!
//! A key's text is shown once, when it is made; the database holds its hash. How a request with a key becomes a caller is
//! [`crate::access`]'s.

mod error;
mod rules;
mod sql;
mod text;

use tenantry_kernel::{
    KeyId,
    key::{CreatedKeyView, KeyView, PreviousKeyView, RotatedKeyView, Verdict, VerifyView},
    page::{Limit, Page},
    requests::{CreateKey, RotateKey, VerifyKey},
};

pub use error::KeyError;
pub use text::KeyText;

use crate::{
    Services,
    access::{
        self, Actor, TenantScope,
        permit::{KeyManage, KeyRead, KeyRevoke, KeyVerify},
    },
    db::TenantTx,
    idempotency::{self, Answer, OnceError, OnceKey},
};

/// A page of the tenant's keys that are not revoked, newest first.
///
/// # Errors
/// A cursor that is none; the database.
pub async fn keys(
    services: &Services,
    scope: &TenantScope<KeyRead>,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<KeyView>, KeyError> {
    let before = cursor.map(rules::parse_cursor).transpose()?;
    services.allowances.settle(services, scope.organization()).await?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let keys = sql::keys(&mut tx, before, limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(keys, limit, |key| key.id.to_string()))
}

/// A key that is not revoked.
///
/// # Errors
/// [`KeyError::NotFound`]; the database.
pub async fn key(services: &Services, scope: &TenantScope<KeyRead>, key: KeyId) -> Result<KeyView, KeyError> {
    // What was used a moment ago is seen as used.
    services.allowances.settle(services, scope.organization()).await?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let view = sql::key(&mut tx, key).await?;
    tx.commit().await?;
    view.ok_or(KeyError::NotFound)
}

/// Makes a key for the tenant. With an idempotency key the answer is kept without the secret.
///
/// # Errors
/// Fields out of bounds, a scope that the caller lacks, the idempotency key, the database.
pub async fn create(
    services: &Services,
    scope: &TenantScope<KeyManage>,
    request: &CreateKey,
    once: Option<&OnceKey>,
) -> Result<Answer, KeyError> {
    let wish = rules::parse_wish(request).map_err(KeyError::Invalid)?;
    may_give(services, scope, &wish.scopes).await?;
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    let now = sql::now(&mut tx).await?;
    if wish.expires_at.is_some_and(|end| end <= now) {
        return Err(KeyError::Invalid(vec![rules::in_the_past("expires_at")]));
    }
    let made = Made::new(services, wish);
    let key = made.insert(&mut tx, scope).await?;
    let shown = CreatedKeyView { key, secret: Some(made.text) };
    let stored = CreatedKeyView { secret: None, ..shown.clone() };
    finish(tx, once, Answer::whole(201, &shown), &Answer::whole(201, &stored)).await
}

/// Makes a key that replaces another, which stays good for the grace.
///
/// # Errors
/// [`KeyError::NotFound`], [`KeyError::Ended`] for one that has expired; fields, scopes, the idempotency key, the database.
pub async fn rotate(
    services: &Services,
    scope: &TenantScope<KeyManage>,
    key: KeyId,
    request: &RotateKey,
    once: Option<&OnceKey>,
) -> Result<Answer, KeyError> {
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    // That there is no such key is told before what is wrong with the fields.
    let old = sql::lock_key(&mut tx, key).await?.ok_or(KeyError::NotFound)?;
    let grace = rules::parse_grace(request)?;
    let now = sql::now(&mut tx).await?;
    if old.expires_at.is_some_and(|end| end <= now) {
        return Err(KeyError::Ended);
    }
    may_give(services, scope, &old.scopes).await?;
    let end = rules::end_of_grace(old.expires_at, now, grace);
    sql::set_end(&mut tx, key, end).await?;
    let made = Made::new(services, rules::successor(old, now));
    let view = made.insert(&mut tx, scope).await?;
    let previous = PreviousKeyView { id: key, expires_at: end };
    let shown = RotatedKeyView { key: view, secret: Some(made.text), previous };
    let stored = RotatedKeyView { secret: None, ..shown.clone() };
    let answer = finish(tx, once, Answer::whole(201, &shown), &Answer::whole(201, &stored)).await?;
    services.memory.forget(scope.organization());
    Ok(answer)
}

/// Is there such a key? Asked before what is wrong with a body that changes it.
///
/// # Errors
/// [`KeyError::NotFound`]; the database.
pub async fn may_rotate(services: &Services, scope: &TenantScope<KeyManage>, key: KeyId) -> Result<(), KeyError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql::key(&mut tx, key).await?;
    tx.commit().await?;
    found.map(|_| ()).ok_or(KeyError::NotFound)
}

/// Revokes a key, at once.
///
/// # Errors
/// [`KeyError::NotFound`], also for one that is revoked already; the database.
pub async fn revoke(services: &Services, scope: &TenantScope<KeyRevoke>, key: KeyId) -> Result<(), KeyError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if !sql::revoke(&mut tx, key).await? {
        return Err(KeyError::NotFound);
    }
    tx.commit().await?;
    services.memory.forget(scope.organization());
    Ok(())
}

/// Says whether a key is good, for a gateway that let somebody in with it. Of a key of another organization it says what
/// it says of one that never was.
///
/// # Errors
/// When the database is away.
pub async fn verify(
    services: &Services,
    scope: &TenantScope<KeyVerify>,
    request: &VerifyKey,
) -> Result<VerifyView, KeyError> {
    let Some(text) = KeyText::parse(&request.key) else { return Ok(VerifyView::unknown()) };
    let known = access::known_key(services, text).await?;
    let Some(known) = known.filter(|known| known.organization == scope.organization()) else {
        return Ok(VerifyView::unknown());
    };
    let code = known.verdict(request.scope, services.memory.now());
    Ok(VerifyView {
        valid: code == Verdict::Valid,
        code,
        organization: Some(known.organization),
        tenant: Some(known.tenant),
        scopes: Some(known.scopes.clone()),
    })
}

/// Nobody gives what they lack: a key gives at most its own scopes.
async fn may_give(
    services: &Services,
    scope: &TenantScope<KeyManage>,
    scopes: &[tenantry_kernel::key::Scope],
) -> Result<(), KeyError> {
    let Actor::Key { key, .. } = scope.actor() else { return Ok(()) };
    let own = services.memory.key(services, key).await?.ok_or(KeyError::NotFound)?;
    match scopes.iter().find(|scope| !own.scopes.contains(scope)) {
        Some(lacking) => Err(KeyError::GivesMore(*lacking)),
        None => Ok(()),
    }
}

async fn kept(tx: &mut TenantTx, once: Option<&OnceKey>) -> Result<Option<Answer>, KeyError> {
    let Some(once) = once else { return Ok(None) };
    let kept = idempotency::kept_answer(tx, &once.key).await?;
    Ok(kept.map(|kept| kept.answer(once)).transpose()?)
}

/// Keeps the answer and commits.
async fn finish(mut tx: TenantTx, once: Option<&OnceKey>, answer: Answer, stored: &Answer) -> Result<Answer, KeyError> {
    if let Some(once) = once
        && !idempotency::keep_answer(&mut tx, once, stored).await?
    {
        // Another process has just made it; the repeat will find its answer.
        return Err(OnceError::InFlight.into());
    }
    tx.commit().await?;
    Ok(answer)
}

/// A key that is being made.
struct Made {
    id: KeyId,
    text: String,
    wish: rules::Wish,
}

impl Made {
    fn new(services: &Services, wish: rules::Wish) -> Self {
        let id = services.new_id();
        Self { id, text: text::generate(id, wish.environment, services.entropy), wish }
    }

    async fn insert(&self, tx: &mut TenantTx, scope: &TenantScope<KeyManage>) -> Result<KeyView, KeyError> {
        let text = KeyText::parse(&self.text).ok_or(KeyError::NotFound)?;
        let created_by = match scope.actor() {
            Actor::Member { user, .. } => Some(user),
            Actor::Key { created_by, .. } => created_by,
            Actor::Webhook(_) | Actor::Worker | Actor::Operator => None,
        };
        Ok(sql::insert(tx, self.id, &self.wish, text, created_by).await?)
    }
}
