//! What came of the last dispatch, while one looks.

use leptos::prelude::*;
use tenantry_kernel::dispatch::AcceptedJob;

use super::{
    api::{JobSheet, ReadJob},
    status::StatusBadge,
};
use crate::app::{
    call,
    context::{TenantDispatch, use_tenant},
    problem_view::ProblemAlert,
    reading::{Reading, Stage},
    ui::{Card, CodeBlock, DefinitionList, EmptyState, Fact, Glyph, LinkButton, Skeleton},
    when,
};

/// What came of the last dispatch.
#[component]
pub fn Outcome(
    /// The dispatch.
    dispatch: TenantDispatch,
) -> impl IntoView {
    // The last accepted job stays in sight while the next dispatch is under way or refused.
    let accepted = Memo::new(move |before: Option<&Option<AcceptedJob>>| {
        dispatch.accepted().or_else(|| before.cloned().flatten())
    });
    view! {
        <Card title="What came of it">
            {move || match accepted.get() {
                Some(job) => view! { <Accepted job/> }.into_any(),
                None => {
                    view! {
                        <EmptyState
                            glyph=Glyph::Tray
                            title="Nothing dispatched yet"
                            text="The job and its result will stand here."
                        />
                    }
                    .into_any()
                }
            }}
        </Card>
    }
}

#[component]
fn Accepted(job: AcceptedJob) -> impl IntoView {
    let tenant = use_tenant();
    let id = job.id.to_string();
    let href = format!("/jobs/{id}");
    let job_field = call::fields(&[("job", &id)]);
    let sheet = Reading::<ReadJob>::of(move || {
        let (tenant, beat) = tenant.moving();
        (format!("{tenant}&{job_field}"), beat)
    });
    let stage = Stage::of_page();
    view! {
        <div aria-live="polite" class="stack">
            <Transition fallback=|| view! { <Skeleton lines=4/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    stage.show(move || match answer {
                        Ok(sheet) => view! { <Sheet sheet/> }.into_any(),
                        Err(error) => view! { <ProblemAlert problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
            <div class="actions">
                <LinkButton href>"Open the job"</LinkButton>
            </div>
        </div>
    }
}

#[component]
fn Sheet(sheet: JobSheet) -> impl IntoView {
    let JobSheet { head, result, error, .. } = sheet;
    view! {
        <DefinitionList>
            <Fact name="Status"><StatusBadge status=head.status/></Fact>
            <Fact name="Job"><span class="mono">{head.id.to_string()}</span></Fact>
            <Fact name="Took">{head.duration_ms.map_or_else(|| "–".to_owned(), when::duration)}</Fact>
            {error.map(|error| view! { <Fact name="Error">{error}</Fact> })}
        </DefinitionList>
        {result.map(|result| view! { <CodeBlock title="Result" code=result/> })}
    }
}
