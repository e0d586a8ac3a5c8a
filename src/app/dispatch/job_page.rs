//! A job: what went in, what came out, how often it was tried and how long it took.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use tenantry_kernel::{
    Permission,
    dispatch::{JobHead, JobStatus},
};

use super::{
    api::{CancelJob, JobSheet, ReadJob},
    status::StatusBadge,
    timeline::Timeline,
};
use crate::app::{
    call,
    context::{TenantDispatch, TenantField, use_tenant, use_tenant_dispatch},
    form::{Form, FormView},
    layout::PageTitle,
    problem_view::ProblemPage,
    reading::{Reading, Stage},
    ui::{
        Alert, Button, ButtonVariant, Card, CodeBlock, DefinitionList, Fact, LinkButton, PageHeader, Skeleton, Tone,
        estimate, grouped,
    },
    when,
};

/// A job.
#[component]
pub fn JobPage() -> impl IntoView {
    let tenant = use_tenant();
    let params = use_params_map();
    let (cancel, again) = (Form::of::<CancelJob>(), use_tenant_dispatch().leading_to_jobs());
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let sheet = Reading::<ReadJob>::of(move || {
        let (tenant, beat) = tenant.moving();
        let job = id.with(|id| call::fields(&[("job", id)]));
        (format!("{tenant}&{job}"), beat.wrapping_add(cancel.answers()))
    });
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Job"/>
        <div class="page">
            <Transition fallback=|| view! { <Skeleton lines=6/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    stage.show(move || match answer {
                        Ok(sheet) => view! { <Sheet sheet cancel again/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem() whole=true/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(sheet: JobSheet, cancel: Form, again: TenantDispatch) -> impl IntoView {
    let JobSheet { head, payload, result, error, .. } = sheet.clone();
    let title = format!("{} · {}", head.tool, head.action);
    let over = head.status.is_over();
    let id = head.id.to_string();
    let another = format!("/dispatch?{}", call::fields(&[("tool", &head.tool)]));
    let (seen, retried) = (sheet.clone(), sheet);
    let answer = match (result, error) {
        (Some(result), _) => view! { <CodeBlock title="Result" code=result/> }.into_any(),
        (None, Some(error)) => view! { <Alert tone=Tone::Danger title="The tool failed">{error}</Alert> }.into_any(),
        (None, None) => view! { <p class="quiet">{waiting(head.status)}</p> }.into_any(),
    };
    view! {
        <PageTitle text=title.clone()/>
        <PageHeader title=title>
            <LinkButton href=another variant=ButtonVariant::Secondary>"Dispatch another"</LinkButton>
        </PageHeader>
        <div class="dispatch">
            <div class="stack">
                <Card title="In and out">
                    <CodeBlock title="Payload" code=payload/>
                    {answer}
                </Card>
                <Timeline sheet=seen/>
            </div>
            <Card title="How it went">
                <Facts head/>
                {if over {
                    view! { <Again sheet=retried dispatch=again/> }.into_any()
                } else {
                    view! {
                        <p class="without-script"><a href=format!("/jobs/{id}")>"Look again"</a></p>
                        <Cancel job=id.clone() form=cancel/>
                    }
                    .into_any()
                }}
            </Card>
        </div>
    }
}

const fn waiting(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Canceled => "It was ended before it brought a result.",
        _ => "The result will stand here.",
    }
}

#[component]
fn Facts(head: JobHead) -> impl IntoView {
    view! {
        <DefinitionList>
            // In the page while the job lives: what it has come to is told.
            <Fact name="Status"><span role="status"><StatusBadge status=head.status/></span></Fact>
            <Fact name="Job"><span class="mono">{head.id.to_string()}</span></Fact>
            <Fact name="Attempts">{head.attempts.to_string()}</Fact>
            <Fact name="Accepted"><Moment at=Some(head.created_at)/></Fact>
            <Fact name="Started"><Moment at=head.started_at/></Fact>
            <Fact name="Ended"><Moment at=head.finished_at/></Fact>
            <Fact name="Took">{head.duration_ms.map_or_else(|| "–".to_owned(), when::duration)}</Fact>
            <Fact name="Tokens">{grouped(u64::try_from(head.tokens_used).unwrap_or_default())}</Fact>
            <Fact name="API calls">{grouped(u64::try_from(head.api_calls).unwrap_or_default())}</Fact>
            <Fact name="Cost">{estimate(head.cost_estimate)}</Fact>
        </DefinitionList>
    }
}

#[component]
fn Moment(at: Option<DateTime<Utc>>) -> impl IntoView {
    match at {
        Some(at) => view! { <time datetime=when::machine(at)>{when::moment(at)}</time> }.into_any(),
        None => "–".into_any(),
    }
}

/// The same once more: a dispatch like any other, which is counted.
#[component]
fn Again(sheet: JobSheet, dispatch: TenantDispatch) -> impl IntoView {
    let JobSheet { head, payload, once, .. } = sheet;
    let form = dispatch.form();
    let refusal = Signal::derive(move || dispatch.refusal().map(|refusal| refusal.why));
    let words = if head.status == JobStatus::Failed { "Try again" } else { "Dispatch it again" };
    view! {
        <FormView form>
            <TenantField/>
            <input type="hidden" name="tool" value=head.tool/>
            <input type="hidden" name="action" value=head.action/>
            <input type="hidden" name="payload" value=payload/>
            <input type="hidden" name="when_full" value="queue"/>
            <input type="hidden" name="once" value=once/>
            <div class="actions">
                <Button variant=ButtonVariant::Secondary pending=form.pending() refusal>{words}</Button>
            </div>
        </FormView>
    }
}

#[component]
fn Cancel(job: String, form: Form) -> impl IntoView {
    let tenant = use_tenant();
    let refusal = Signal::derive(move || tenant.lacks(Permission::DispatchRun, "Ending a job"));
    view! {
        <FormView form>
            <TenantField/>
            <input type="hidden" name="job" value=job/>
            <div class="actions">
                <Button variant=ButtonVariant::Secondary pending=form.pending() refusal>"Cancel the job"</Button>
            </div>
        </FormView>
    }
}
