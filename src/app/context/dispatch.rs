//! Dispatching from any component: the call, and whether it would be allowed.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use tenantry_kernel::{
    Permission, Problem,
    dispatch::{AcceptedJob, ToolView},
};

use super::{
    tenant::{TenantContext, use_tenant},
    upgrade::Need,
};
use crate::app::{call, dispatch::api::RunTool, form::Form, ui::grouped};

/// Why a dispatch is not allowed, as far as the page knows. The server decides; this only spares people the try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A sentence with the way out.
    pub why: String,
    /// What a larger plan would have to grant, where one would help.
    pub need: Option<Need>,
    /// It passes by itself: a dispatch that may wait is accepted all the same.
    pub passes: bool,
}

impl Refusal {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), need: None, passes: false }
    }

    fn by_plan(why: impl Into<String>, need: Need) -> Self {
        Self { need: Some(need), ..Self::new(why) }
    }
}

/// Dispatching in the tenant of this page.
#[derive(Clone, Copy)]
pub struct TenantDispatch {
    tenant: TenantContext,
    form: Form,
}

/// Dispatching in the tenant of this page. What a job moves is read anew once it is accepted; what follows is told.
pub fn use_tenant_dispatch() -> TenantDispatch {
    let tenant = use_tenant();
    let form = Form::of::<RunTool>();
    Effect::new(move |_| {
        if form.is_done() {
            tenant.beat();
        }
    });
    TenantDispatch { tenant, form }
}

impl TenantDispatch {
    /// Whoever dispatches here is led to the job.
    pub fn leading_to_jobs(self) -> Self {
        let navigate = use_navigate();
        Effect::new(move |_| {
            if let Some(job) = self.accepted() {
                navigate(&format!("/jobs/{}", job.id), Default::default());
            }
        });
        self
    }

    /// Dispatches; the answer comes to [`Self::accepted`] or [`Self::problem`]. `payload` is JSON text.
    pub fn dispatch(self, tool: &str, action: &str, payload: &str) {
        let tenant = self.tenant.key();
        let fields = [("tenant", tenant.as_str()), ("tool", tool), ("action", action), ("payload", payload)];
        self.form.send(call::fields(&fields));
    }

    /// The same as a form.
    pub fn form(self) -> Form {
        self.form
    }

    /// The job of the last dispatch, where it was accepted. Reactive.
    pub fn accepted(self) -> Option<AcceptedJob> {
        self.form.done()
    }

    /// Why the last dispatch was refused. Reactive.
    pub fn problem(self) -> Option<Problem> {
        self.form.problem().get()
    }

    /// May anything be dispatched here? `None` says yes. Reactive.
    pub fn refusal(self) -> Option<Refusal> {
        self.place().or_else(|| self.amounts())
    }

    /// May this tool be dispatched? `None` says yes. Reactive. The order is the server's: the tenant's status, the role, the
    /// feature, the month, the slots.
    pub fn can_dispatch(self, tool: &ToolView) -> Option<Refusal> {
        self.refusal_of(&tool.name, tool.feature.as_deref())
    }

    /// The same of a tool by its name and the feature that it needs.
    pub fn refusal_of(self, name: &str, feature: Option<&str>) -> Option<Refusal> {
        self.place().or_else(|| self.feature(name, feature)).or_else(|| self.amounts())
    }

    /// The tenant's status and the reader's role.
    fn place(self) -> Option<Refusal> {
        let tenant = self.tenant;
        if tenant.suspended() {
            return Some(Refusal::new("This workspace is suspended. Ask an admin of the organization to lift it."));
        }
        tenant.lacks(Permission::DispatchRun, "Dispatching").map(Refusal::new)
    }

    fn feature(self, name: &str, feature: Option<&str>) -> Option<Refusal> {
        let feature = feature.filter(|feature| !self.tenant.has_feature(feature))?;
        let plan = self.tenant.plan().name;
        let why = format!("{name} needs {feature}, which the {plan} plan does not include.");
        Some(Refusal::by_plan(why, Need::Feature(feature.to_owned())))
    }

    /// What is said where all of the month is used.
    pub fn all_used(self, most: u64) -> String {
        format!("All {} dispatches of this period on the {} plan are used.", grouped(most), self.tenant.plan().name)
    }

    /// The month's dispatches, and the slots.
    fn amounts(self) -> Option<Refusal> {
        let (dispatches, slots) = self.tenant.of_usage(|usage| (usage.dispatches.clone(), usage.concurrent.clone()));
        let most = dispatches.beyond.most(dispatches.limit).filter(|most| dispatches.used >= *most);
        if let Some(most) = most {
            return Some(Refusal::by_plan(self.all_used(most), Need::Dispatches));
        }
        let slots = slots.limit.filter(|limit| slots.used >= *limit)?;
        let plan = self.tenant.plan().name;
        let why = format!("All slots of the {plan} plan are taken ({slots}). The next dispatch has to wait.");
        Some(Refusal { passes: true, ..Refusal::by_plan(why, Need::Slots) })
    }
}
