//! Dispatching from any component: the call, and whether it would be allowed.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use tenantry_kernel::{
    Permission, Problem,
    dispatch::{AcceptedJob, ToolView},
};

use super::tenant::{TenantContext, use_tenant};
use crate::app::{call, dispatch::api::RunTool, form::Form, ui::grouped};

/// How soon after a dispatch its job is looked at again.
const SOON: Duration = Duration::from_millis(400);

/// Why a dispatch is not allowed, as far as the page knows. The server decides; this only spares people the try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A sentence with the way out.
    pub why: String,
    /// A larger plan would help.
    pub upgrade: bool,
}

impl Refusal {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), upgrade: false }
    }

    fn by_plan(why: impl Into<String>) -> Self {
        Self { why: why.into(), upgrade: true }
    }
}

/// Dispatching in the tenant of this page.
#[derive(Clone, Copy)]
pub struct TenantDispatch {
    tenant: TenantContext,
    form: Form,
}

/// Dispatching in the tenant of this page. What a job moves is read anew once it is accepted.
pub fn use_tenant_dispatch() -> TenantDispatch {
    let tenant = use_tenant();
    let form = Form::of::<RunTool>();
    Effect::new(move |_| {
        if form.is_done() {
            tenant.expect_jobs(true);
            tenant.beat();
            // Most jobs have ended by then, so their results need not wait for the next regular look.
            set_timeout(move || tenant.beat(), SOON);
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
        let tenant = self.tenant;
        if tenant.suspended() {
            return Some(Refusal::new("This workspace is suspended. Ask an admin of the organization to lift it."));
        }
        if !tenant.can(Permission::DispatchRun) {
            let why =
                format!("Your role here is {}. Dispatching needs operator: ask an admin for it.", tenant.standing());
            return Some(Refusal::new(why));
        }
        let dispatches = tenant.of_usage(|usage| usage.dispatches.clone());
        match (dispatches.remaining, dispatches.limit) {
            (Some(0), Some(limit)) => {
                let plan = tenant.plan().name;
                let why = format!("All {} dispatches of this month on the {plan} plan are used.", grouped(limit));
                Some(Refusal::by_plan(why))
            }
            _ => None,
        }
    }

    /// May this tool be dispatched? `None` says yes. Reactive.
    pub fn can_dispatch(self, tool: &ToolView) -> Option<Refusal> {
        self.refusal_of(&tool.name, tool.feature.as_deref())
    }

    /// The same of a tool by its name and the feature that it needs.
    pub fn refusal_of(self, name: &str, feature: Option<&str>) -> Option<Refusal> {
        match feature.filter(|feature| !self.tenant.has_feature(feature)) {
            Some(feature) => {
                let plan = self.tenant.plan().name;
                Some(Refusal::by_plan(format!("{name} needs {feature}, which the {plan} plan does not include.")))
            }
            None => self.refusal(),
        }
    }
}
