//! The TenantContext: where one is, what one may do there, how much is used of it.

use leptos::{prelude::*, task::spawn_local};
use tenantry_kernel::{
    Permission, Role, TenantId,
    permission::Standing,
    plan::{Limits, Plan, has_feature},
    tenancy::{OrganizationSummary, TenantContextView, TenantStatus, TenantView},
    usage::UsageView,
};

use super::start::Home;
use crate::app::{
    call::{self, Fields},
    error::AppError,
    tenancy::api::ReadHome,
};

/// Where one is. Cheap to copy; its answers are reactive.
///
/// The page keeps its tenant: every call and form of it names this one, whatever another window has switched to.
#[derive(Clone, Copy)]
pub struct TenantContext {
    home: RwSignal<Home>,
    id: Memo<TenantId>,
    beat: RwSignal<u32>,
    told: StoredValue<Told>,
}

/// How often something was told, so that what was read before does not take its place.
#[derive(Clone, Copy, Default)]
struct Told {
    usage: u32,
    context: u32,
}

/// The place of this page.
///
/// # Panics
/// Outside the pages of the workspace, which are not shown to who has none.
pub fn use_tenant() -> TenantContext {
    expect_context()
}

impl TenantContext {
    /// The context of a place, for everything below.
    pub fn provide(home: Home) {
        let home = RwSignal::new(home);
        let id = Memo::new(move |_| home.with(|home| home.context.tenant.id));
        provide_context(Self { home, id, beat: RwSignal::new(0), told: StoredValue::default() });
    }

    /// The tenant that everything on this page belongs to.
    pub fn id(self) -> TenantId {
        self.id.get()
    }

    /// The same as text, for calls.
    pub fn key(self) -> String {
        self.id.get().to_string()
    }

    /// The workspace.
    pub fn tenant(self) -> TenantView {
        self.home.with(|home| home.context.tenant.clone())
    }

    /// The organization.
    pub fn organization(self) -> OrganizationSummary {
        self.home.with(|home| home.context.organization.clone())
    }

    /// The highest built-in role.
    pub fn role(self) -> Role {
        self.home.with(|home| home.context.role)
    }

    /// Does the organization belong to the reader?
    pub fn owner(self) -> bool {
        self.home.with(|home| home.context.owner)
    }

    /// The role in a word; an owner stands above it.
    pub fn standing(self) -> &'static str {
        if self.owner() { "owner" } else { self.role().as_str() }
    }

    /// The plan that counts now.
    pub fn plan(self) -> Plan {
        self.home.with(|home| home.context.plan.clone())
    }

    /// How much the plan grants.
    pub fn limits(self) -> Limits {
        self.home.with(|home| home.context.limits.clone())
    }

    /// Does the plan grant the feature?
    pub fn has_feature(self, feature: &str) -> bool {
        self.home.with(|home| has_feature(&home.context.features, feature))
    }

    /// May the reader do it?
    pub fn can(self, permission: Permission) -> bool {
        self.home.with(|home| home.context.permissions.contains(&permission))
    }

    /// Why the reader may not do it, and who can change that; `None` where they may. Reactive.
    pub fn lacks(self, permission: Permission, doing: &str) -> Option<String> {
        let way = match permission.least() {
            Standing::Viewer => "viewer: ask an admin for it",
            Standing::Operator => "operator: ask an admin for it",
            Standing::Admin => "admin: ask one of them",
            Standing::Owner => "the owner: ask them",
        };
        (!self.can(permission)).then(|| format!("Your role here is {}. {doing} needs {way}.", self.standing()))
    }

    /// Is the workspace closed?
    pub fn suspended(self) -> bool {
        self.home.with(|home| home.context.tenant.status == TenantStatus::Suspended)
    }

    /// What is used.
    pub fn usage(self) -> UsageView {
        self.home.with(|home| home.usage.clone())
    }

    /// One thing of what is used.
    pub fn of_usage<T>(self, read: impl FnOnce(&UsageView) -> T) -> T {
        self.home.with(|home| read(&home.usage))
    }

    /// Goes on elsewhere: every page then shows the other place.
    pub fn enter(self, home: Home) {
        self.home.set(home);
    }

    /// Reads the place anew. One that cannot be read right now stays as it was; the next call says why.
    pub fn refresh(self) {
        self.ask(|_| ());
    }

    /// The same, for who wants to know at once why it could not be read.
    pub fn ask(self, then: impl FnOnce(Result<(), AppError>) + 'static) {
        let (tenant, before) = (self.id.get_untracked(), self.told.get_value());
        spawn_local(async move {
            let home = call::call::<ReadHome>(call::fields(&[("tenant", &tenant.to_string())])).await;
            // A page that was left, or went elsewhere, does not want it any more.
            if self.id.try_get_untracked() == Some(tenant) {
                then(home.map(|home| self.take(home, before)));
            }
        });
    }

    /// Takes what was read. What was told meanwhile stays: the reading may be older, and if it is newer that is told yet.
    fn take(self, mut read: Home, before: Told) {
        let now = self.told.get_value();
        self.home.update(|shown| {
            if now.usage != before.usage {
                read.usage = shown.usage.clone();
            }
            if now.context != before.context {
                read.context = shown.context.clone();
            }
            *shown = read;
        });
    }

    /// Goes on in another tenant of the reader's, once it could be read.
    pub fn go(self, there: TenantId, otherwise: impl FnOnce(AppError) + 'static) {
        spawn_local(async move {
            let home = call::call::<ReadHome>(call::fields(&[("tenant", &there.to_string())])).await;
            // A page that was left goes nowhere.
            if self.id.try_get_untracked().is_some() {
                match home {
                    Ok(home) => self.enter(home),
                    Err(error) => otherwise(error),
                }
            }
        });
    }

    /// Reads everything anew that may have changed: the place, and what pages read with [`Self::moving`].
    pub fn beat(self) {
        if self.stir() {
            self.refresh();
        }
    }

    /// Lets pages read anew what they read with [`Self::moving`]. `false`: they were left meanwhile.
    pub fn stir(self) -> bool {
        self.beat.try_update(|beat| *beat = beat.wrapping_add(1)).is_some()
    }

    /// Other numbers were told. Answers whether they differ from those that are shown.
    pub fn told_usage(self, usage: UsageView) -> bool {
        self.told.try_update_value(|told| told.usage = told.usage.wrapping_add(1));
        self.hear(|home| home.usage.organization == usage.organization && take(&mut home.usage, usage))
    }

    /// Another role, plan or permission was told.
    pub fn told_context(self, context: TenantContextView) -> bool {
        self.told.try_update_value(|told| told.context = told.context.wrapping_add(1));
        self.hear(|home| home.context.tenant.id == context.tenant.id && take(&mut home.context, context))
    }

    /// Another name or status was told.
    pub fn told_tenant(self, tenant: TenantView) -> bool {
        self.told.try_update_value(|told| told.context = told.context.wrapping_add(1));
        self.hear(|home| home.context.tenant.id == tenant.id && take(&mut home.context.tenant, tenant))
    }

    /// Takes what was told, where it is of this place and new: what is shown already is not drawn again.
    fn hear(self, change: impl FnOnce(&mut Home) -> bool) -> bool {
        let changed = self.home.try_maybe_update(|home| {
            let changed = change(home);
            (changed, changed)
        });
        changed.unwrap_or_default()
    }

    /// The source for what is read in this tenant, and anew whenever jobs change.
    pub fn moving(self) -> (Fields, u32) {
        (self.fields(), self.beat.get())
    }

    /// The source for what is read in this tenant.
    pub fn still(self) -> (Fields, u32) {
        (self.fields(), 0)
    }

    /// The field that names this tenant in a call.
    pub fn fields(self) -> Fields {
        call::fields(&[("tenant", &self.key())])
    }
}

/// Takes what was told into the place of what is shown. Answers whether they differ.
fn take<T: PartialEq>(shown: &mut T, told: T) -> bool {
    let differs = *shown != told;
    *shown = told;
    differs
}

/// The hidden field by which a form says in which tenant it acts.
#[component]
pub fn TenantField() -> impl IntoView {
    let tenant = use_tenant();
    view! { <input type="hidden" name="tenant" value=move || tenant.key()/> }
}
