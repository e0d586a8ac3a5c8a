//! Dispatching from any component: the call, and whether it would be allowed.

use std::time::Duration;

use leptos::prelude::*;
use tenantry_kernel::{
    Permission,
    dispatch::{AcceptedJob, ToolView, WhenFull},
};

use super::tenant::{TenantContext, use_tenant};
use crate::app::{dispatch::api::RunTool, error::AppError, ui::grouped};

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
    run: ServerAction<RunTool>,
}

/// Dispatching in the tenant of this page. What a job moves is read anew once it is accepted.
pub fn use_tenant_dispatch() -> TenantDispatch {
    let tenant = use_tenant();
    let run = ServerAction::<RunTool>::new();
    Effect::new(move |_| {
        if run.value().with(|value| matches!(value, Some(Ok(_)))) {
            tenant.expect_jobs(true);
            tenant.beat();
            // Most jobs have ended by then, so their results need not wait for the next regular look.
            set_timeout(move || tenant.beat(), SOON);
        }
    });
    TenantDispatch { tenant, run }
}

impl TenantDispatch {
    /// Dispatches; the answer comes to [`Self::outcome`]. `payload` is JSON text.
    pub fn dispatch(self, tool: impl Into<String>, action: impl Into<String>, payload: impl Into<String>) {
        self.run.dispatch(RunTool {
            tenant: self.tenant.key(),
            tool: tool.into(),
            action: action.into(),
            payload: payload.into(),
            when_full: WhenFull::default(),
            once: None,
        });
    }

    /// The action, for a form that dispatches.
    pub fn action(self) -> ServerAction<RunTool> {
        self.run
    }

    /// What became of the last dispatch.
    pub fn outcome(self) -> Option<Result<AcceptedJob, AppError>> {
        self.run.value().get()
    }

    /// May anything be dispatched here? `None` says yes. Reactive.
    pub fn refusal(self) -> Option<Refusal> {
        let tenant = self.tenant;
        if tenant.suspended() {
            return Some(Refusal::new("This workspace is suspended. Ask an admin of the organization to lift it."));
        }
        if !tenant.can(Permission::DispatchRun) {
            let why = format!("Your role here is {}. Dispatching needs operator: ask an admin for it.", tenant.standing());
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
        let feature = tool.feature.as_deref().filter(|feature| !self.tenant.has_feature(feature));
        match feature {
            Some(feature) => {
                let plan = self.tenant.plan().name;
                Some(Refusal::by_plan(format!("{} needs {feature}, which the {plan} plan does not include.", tool.name)))
            }
            None => self.refusal(),
        }
    }
}
