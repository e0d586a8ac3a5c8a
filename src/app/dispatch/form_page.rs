//! The dispatch page: the form, and what comes back.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use tenantry_kernel::dispatch::{ToolView, WhenFull};

use super::{
    api::{ReadWorkbench, Workbench},
    outcome::Outcome,
    outlook::Outlook,
};
use crate::app::{
    context::{TenantDispatch, TenantField, use_tenant, use_tenant_dispatch},
    form::{Form, FormView},
    layout::PageTitle,
    problem_view::ProblemPage,
    reading::{Reading, Stage},
    ui::{
        Button, ButtonVariant, Card, Checkbox, EmptyState, Field, Glyph, PageHeader, Select, SelectOption, Skeleton,
        TextArea,
    },
};

/// What the payload begins with.
const EXAMPLE: &str = "{\n  \"message\": \"Hello\"\n}";

/// Dispatch.
#[component]
pub fn DispatchPage() -> impl IntoView {
    let tenant = use_tenant();
    let dispatch = use_tenant_dispatch();
    let workbench = Reading::<ReadWorkbench>::of(move || tenant.still());
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Dispatch"/>
        <div class="page">
            <PageHeader
                title="Dispatch"
                lead="Ask a tool to do something. It becomes a job at once, and what it used is counted."
            />
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answer = workbench.get().await;
                    stage.show(move || match answer {
                        Ok(workbench) if workbench.tools.is_empty() => view! {
                            <EmptyState
                                glyph=Glyph::Tool
                                title="This workspace has no tools"
                                text="There is nothing here that could be dispatched."
                            />
                        }
                        .into_any(),
                        Ok(workbench) => view! { <Bench workbench dispatch/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Bench(workbench: Workbench, dispatch: TenantDispatch) -> impl IntoView {
    let form = dispatch.form();
    let Workbench { tools, once } = workbench;
    view! {
        <div class="dispatch">
            <Card title="What to do">
                <FormView form>
                    <TenantField/>
                    <OnceField once form/>
                    <Fields tools form dispatch/>
                </FormView>
            </Card>
            <Outcome dispatch/>
        </div>
    }
}

/// The key of the next dispatch: a new one after each that was accepted.
#[component]
fn OnceField(once: String, form: Form) -> impl IntoView {
    let accepted = Memo::new(move |before: Option<&u32>| {
        before.copied().unwrap_or_default() + u32::from(form.answers() > 0 && form.is_done())
    });
    view! { <input type="hidden" name="once" value=move || format!("{once}-{}", accepted.get())/> }
}

#[component]
fn Fields(tools: Vec<ToolView>, form: Form, dispatch: TenantDispatch) -> impl IntoView {
    let selected = form.typed("tool").unwrap_or_else(|| named(&tools));
    let chosen = RwSignal::new(selected.clone());
    let tenant = use_tenant();
    let option = |tool: &ToolView| {
        let missing = tool.feature.as_ref().filter(|feature| !tenant.has_feature(feature));
        let label = missing.map_or_else(|| tool.name.clone(), |feature| format!("{} (needs {feature})", tool.name));
        SelectOption::new(tool.name.clone(), label)
    };
    let options: Vec<_> = tools.iter().map(option).collect();
    let refusal = Signal::derive(move || {
        let tool = chosen.with(|name| tools.iter().find(|tool| tool.name == *name));
        let refusal = tool.map_or_else(|| dispatch.refusal(), |tool| dispatch.can_dispatch(tool));
        // Whoever may wait need not be refused.
        refusal.filter(|refusal| !refusal.passes).map(|refusal| refusal.why)
    });
    let queues = form.typed("when_full").is_some_and(|word| word == "queue");
    view! {
        <div class="form-row">
            <Select
                name="tool"
                label="Tool"
                options
                selected
                on_change=move |name| chosen.set(name)
                error=form.error("tool")
            />
            <Field
                name="action"
                label="Action"
                required=true
                maxlength=64_u32
                autocomplete="off"
                value=form.typed("action").unwrap_or_else(|| "greet".to_owned())
                hint="What the tool is asked to do."
                error=form.error("action")
            />
        </div>
        <TextArea
            name="payload"
            label="Payload"
            rows=8
            mono=true
            value=form.typed("payload").unwrap_or_else(|| EXAMPLE.to_owned())
            hint="JSON, at most 256 KiB and 32 levels."
            error=form.error("payload")
        />
        <Checkbox
            name="when_full"
            value=word(WhenFull::Queue)
            label="Wait where every slot is taken"
            hint="Otherwise the dispatch is refused, and uses nothing."
            checked=queues
        />
        <Outlook dispatch/>
        <div class="actions">
            <Button variant=ButtonVariant::Primary glyph=Glyph::Dispatch pending=form.pending() refusal>"Dispatch"</Button>
        </div>
    }
}

/// The tool that the address names, else the first.
fn named(tools: &[ToolView]) -> String {
    let wanted = use_query_map().with_untracked(|query| query.get("tool"));
    let known = tools.iter().find(|tool| Some(&tool.name) == wanted.as_ref()).or(tools.first());
    known.map(|tool| tool.name.clone()).unwrap_or_default()
}

/// The word of the contract.
const fn word(when_full: WhenFull) -> &'static str {
    match when_full {
        WhenFull::Reject => "reject",
        WhenFull::Queue => "queue",
    }
}
