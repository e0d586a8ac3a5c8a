//! Organizations and their tenants: founding, listing, switching, and what a page needs to know of where it is.

mod leave;
mod rules;
mod settings;
mod sql;
mod sql_leave;

use tenantry_kernel::{
    Code, FieldError, OrganizationId, Problem, Role,
    key::permissions_of,
    permission::Can,
    tenancy::{
        CurrentView, MeView, OrganizationSummary, OrganizationView, OrganizationsView, RoleSummary, RoleView,
        TenantContextView, TenantStatus, TenantView,
    },
};

pub use tenantry_kernel::requests::{CreateOrganization, OrganizationChange, SwitchTo};

pub(crate) use leave::leave;
pub use settings::{Zones, change_settings, settings, time_zones};

use crate::{
    Services,
    access::{self, AccessError, Caller, Destination, OrganizationRef, Place, Principal, Visitor, founding_scope},
    accounts::session,
    billing::{self, BillingError, Effective},
    db::{DbError, TenantTx, constraint},
    idempotency::{Answer, OnceError, OnceKey},
};

/// Why a verb on organizations was refused.
#[derive(Debug, thiserror::Error)]
pub enum TenancyError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// Somebody has the slug.
    #[error("the slug is taken")]
    SlugTaken,
    /// The person owns as many Free organizations as one may.
    #[error("a person owns at most {0} Free organizations")]
    TooMany(u32),
    /// There is no such organization or tenant for this person.
    #[error("there is no such organization for this person")]
    NotFound,
    /// The session is bound to another tenant.
    #[error("the session is bound to another tenant")]
    Mismatch,
    /// The plan.
    #[error(transparent)]
    Billing(#[from] BillingError),
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<TenancyError> for Problem {
    fn from(error: TenancyError) -> Self {
        match error {
            TenancyError::Invalid(errors) => Self::invalid(errors),
            TenancyError::SlugTaken => Self {
                errors: vec![FieldError::new("slug", "TAKEN", "Somebody has this address. Choose another.")],
                ..Self::new(Code::SlugTaken, "Somebody has this address already.")
            },
            TenancyError::TooMany(most) => {
                Self::new(Code::Conflict, format!("A person owns at most {most} organizations on the Free plan."))
                    .with_fix("Choose a paid plan for this one, or upgrade one that you own.")
            }
            TenancyError::NotFound => Self::not_found(),
            TenancyError::Mismatch => AccessError::Mismatch.into(),
            TenancyError::Billing(error) => error.into(),
            TenancyError::Once(error) => error.into(),
            TenancyError::Db(error) => error.into(),
        }
    }
}

/// The organizations of the person, and where the session acts.
///
/// # Errors
/// When the database is away.
pub async fn organizations(services: &Services, visitor: &Visitor) -> Result<OrganizationsView, DbError> {
    let mut connection = services.db.platform().await?;
    let organizations = sql::organizations_of(&mut connection, visitor.user()).await?;
    Ok(OrganizationsView { organizations, current: visitor.place.as_ref().map(current) })
}

/// Who is signed in, and where they can go.
///
/// # Errors
/// When the database is away.
pub async fn me(services: &Services, visitor: &Visitor) -> Result<MeView, DbError> {
    let OrganizationsView { organizations, current } = organizations(services, visitor).await?;
    Ok(MeView { user: visitor.principal.user.clone(), organizations, current })
}

/// Checks a request's fields, before anything is looked up.
///
/// # Errors
/// [`TenancyError::Invalid`] with every field that is out of bounds.
pub fn check(request: &CreateOrganization) -> Result<(), TenancyError> {
    rules::parse_wish(request).map(|_| ()).map_err(TenancyError::Invalid)
}

/// Makes an organization with its first tenant; the person is its owner. All of it is one transaction in the scope of the
/// new tenant, whose ids are made here, so that its first rows already pass their own policies. With a key the answer is
/// kept in that transaction.
///
/// # Errors
/// Fields out of bounds, an unknown plan, a slug that is taken, too many Free organizations, a key that belongs to
/// another request, or the database.
pub async fn create_organization(
    services: &Services,
    principal: &Principal,
    request: &CreateOrganization,
    once: Option<&OnceKey>,
) -> Result<Answer, TenancyError> {
    let user = principal.user.id;
    let _under_way = once.map(|once| services.in_flight.enter(user.into(), &once.key)).transpose()?;
    if let Some(once) = once
        && let Some(kept) = sql::kept_answer(&mut *services.db.platform().await?, user, &once.key).await?
    {
        return Ok(kept.answer(once)?);
    }
    let wish = rules::parse_wish(request).map_err(TenancyError::Invalid)?;
    let plan = billing::choose(services, &wish.plan).await?;
    let _turn = services.floor.turn(user.into()).await;
    if !plan.is_free() {
        billing::may_change_plan(services)?;
    }
    let mut attempt = 0;
    loop {
        let founding = rules::Founding::new(services, principal, &wish, &plan, attempt);
        match found(services, &founding, plan.is_free(), once).await {
            // Only a slug that was suggested here may be changed here.
            Err(TenancyError::SlugTaken) if wish.slug.is_none() && attempt < 3 => attempt += 1,
            other => return other,
        }
    }
}

async fn found(
    services: &Services,
    founding: &rules::Founding,
    is_free: bool,
    once: Option<&OnceKey>,
) -> Result<Answer, TenancyError> {
    if services.settings.is_own_name(&founding.tenant_slug) {
        return Err(TenancyError::SlugTaken);
    }
    let scope = founding_scope(founding.user, founding.member, founding.organization, founding.tenant);
    let mut tx = TenantTx::open(&services.db, &scope).await?;
    // Held until the organization is there: nobody else counts this person's meanwhile, in any process.
    let mut counting = services.db.platform_transaction().await?;
    sql::hold_person(&mut counting, founding.user).await?;
    let most = services.settings.free_organizations;
    if is_free && sql::owned_on_plan(&mut counting, founding.user, &founding.held.plan).await? >= i64::from(most) {
        return Err(TenancyError::TooMany(most));
    }
    let created_at = sql::insert_organization(&mut tx, founding).await.map_err(|error| match constraint(&error) {
        Some("organizations_slug_key" | "tenants_slug_key") => TenancyError::SlugTaken,
        _ => TenancyError::Db(error.into()),
    })?;
    sql::insert_first_tools(&mut tx, services.new_id(), services.new_id()).await?;
    let view = OrganizationView {
        id: founding.organization,
        name: founding.name.clone(),
        slug: founding.slug.to_string(),
        plan: founding.held.plan.clone(),
        role: Role::Admin,
        owner: true,
        tenants: vec![TenantView {
            id: founding.tenant,
            name: founding.name.clone(),
            slug: founding.tenant_slug.to_string(),
            status: TenantStatus::Active,
        }],
        created_at,
    };
    let answer = Answer::of(201, "organization", &view);
    if let Some(once) = once
        && !sql::keep_answer(&mut tx, founding.user, once, &answer).await?
    {
        // Another process has just made it: nothing of this lasts, and the caller gets the first one's answer.
        drop(tx);
        let kept = sql::kept_answer(&mut counting, founding.user, &once.key).await?;
        return Ok(kept.ok_or(OnceError::InFlight)?.answer(once)?);
    }
    tx.commit().await?;
    Ok(answer)
}

/// Lets the session act in another organization or workspace from now on.
///
/// # Errors
/// [`TenancyError::NotFound`] where the person does not belong; [`TenancyError::Mismatch`] where the session is bound to
/// another tenant; the database.
pub async fn switch(
    services: &Services,
    principal: &Principal,
    request: &SwitchTo,
) -> Result<TenantContextView, TenancyError> {
    let (organization, tenant) = rules::parse_switch(request).map_err(TenancyError::Invalid)?;
    let Some(organization) = organization else { return Err(TenancyError::NotFound) };
    let place = place_for(services, principal, &organization, &tenant).await?;
    session::act_in(&mut *services.db.platform().await?, principal.session, place.tenant).await?;
    Ok(context(services, &place).await?)
}

/// Where a switch leads. At a tenant's own host that is where one is already: an organization alone then means this
/// workspace of it.
async fn place_for(
    services: &Services,
    principal: &Principal,
    organization: &OrganizationRef,
    tenant: &Destination,
) -> Result<Place, TenancyError> {
    let locate = async |tenant: &Destination| access::locate(services, principal.user.id, organization, tenant).await;
    let named = locate(tenant).await?.ok_or(TenancyError::NotFound)?;
    match principal.bound_to {
        Some(own) if own != named.tenant && *tenant == Destination::Current => {
            locate(&Destination::Id(own)).await?.ok_or(TenancyError::Mismatch)
        }
        Some(own) if own != named.tenant => Err(TenancyError::Mismatch),
        _ => Ok(named),
    }
}

/// All that a page needs to know of where it is.
///
/// # Errors
/// When the database is away.
pub async fn context(services: &Services, place: &Place) -> Result<TenantContextView, DbError> {
    let effective = services.plans.effective(&place.held, services.clock.now()).await?;
    Ok(context_of(place, &effective))
}

/// The same where the plan that counts is known.
#[must_use]
pub fn context_of(place: &Place, effective: &Effective) -> TenantContextView {
    TenantContextView {
        organization: summary(place),
        tenant: TenantView {
            id: place.tenant,
            name: place.tenant_name.clone(),
            slug: place.tenant_slug.clone(),
            status: place.tenant_status,
        },
        role: place.role,
        owner: place.owner,
        features: effective.plan.features.clone(),
        limits: effective.plan.limits.clone(),
        plan: (*effective.plan).clone(),
        plan_state: effective.state,
        permissions: place.standing().permissions(),
    }
}

/// What the member may do.
#[must_use]
pub fn role(place: &Place) -> RoleView {
    let permissions = place.standing().permissions();
    let can = Can::from_permissions(&permissions);
    let roles = vec![role_summary(place.role)];
    RoleView { organization: place.organization, role: Some(place.role), owner: place.owner, roles, permissions, can }
}

/// A built-in role by id and name.
pub(crate) fn role_summary(role: Role) -> RoleSummary {
    RoleSummary { id: role.to_string(), name: rules::role_name(role).to_owned() }
}

/// What the caller may do: a member by the role, a key by its scopes.
///
/// # Errors
/// [`AccessError::NotFound`] for a person without an organization.
pub fn role_of(caller: &Caller) -> Result<RoleView, AccessError> {
    let key = match caller {
        Caller::Person(visitor) => return Ok(role(visitor.place()?)),
        Caller::Key(key) => key,
    };
    let permissions = permissions_of(&key.scopes);
    let can = Can::from_permissions(&permissions);
    Ok(RoleView { organization: key.organization, role: None, owner: false, roles: vec![], permissions, can })
}

fn current(place: &Place) -> CurrentView {
    CurrentView { organization: place.organization, tenant: place.tenant }
}

fn summary(place: &Place) -> OrganizationSummary {
    let (id, name): (OrganizationId, _) = (place.organization, place.organization_name.clone());
    OrganizationSummary { id, name, slug: place.organization_slug.clone() }
}
