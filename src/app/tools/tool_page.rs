//! A tool: how it is called, tried, changed, and ended.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::{
    api::{PAGE, ReadTool, ToolRow, ToolSheet},
    edit::{self, Edit},
    list::Marks,
    remove::{self, Remove},
    rotate::{self, Signing},
    trial::Trial,
    words,
};
use crate::app::{
    answers::{Asked, Told},
    call,
    context::{TenantDispatch, use_tenant, use_tenant_dispatch},
    form::Form,
    layout::PageTitle,
    problem_view::{ProblemAlert, ProblemPage},
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{ButtonVariant, Card, DefinitionList, Fact, PageHeader, Skeleton},
};

/// What is done to the tool.
#[derive(Clone, Copy)]
struct Forms {
    edit: Form,
    rotate: Form,
    remove: Form,
    dispatch: TenantDispatch,
}

/// A tool.
#[component]
pub fn ToolPage() -> impl IntoView {
    let tenant = use_tenant();
    let params = use_params_map();
    let dispatch = use_tenant_dispatch().leading_to_jobs();
    let forms = Forms { edit: edit::form(), rotate: rotate::form(), remove: remove::form(), dispatch };
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let changed = forms.edit.successes();
    let sheet = Reading::<ReadTool>::of(move || {
        let tool = id.with(|id| call::fields(&[("tool", id)]));
        (format!("{}&{tool}", tenant.fields()), changed.get() + forms.rotate.answers())
    });
    let told = Told::of(vec![
        Asked::on_page(forms.edit).saying("The tool is changed."),
        Asked::in_dialog(forms.rotate).making(),
        Asked::in_dialog(forms.remove).saying("The tool is deleted."),
        Asked::in_dialog(forms.dispatch.form()),
    ]);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if forms.remove.answers() > 0 && forms.remove.is_done() {
            navigate(PAGE, Default::default());
        }
    });
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Tool"/>
        <div class="page">
            <ShownOnce shown=told.shown words=&words::SHOWN/>
            {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
            <Transition fallback=|| view! { <Skeleton lines=6/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    stage.show(move || match answer {
                        Ok(sheet) => view! { <Sheet sheet forms/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem() whole=true/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(sheet: ToolSheet, forms: Forms) -> impl IntoView {
    let ToolSheet { tool, features, once, .. } = sheet.clone();
    let (elsewhere, tried) = (tool.url.is_some(), tool.clone());
    view! {
        <PageHeader title=tool.name.clone() lead=words::place(&tool)>
            <Trial tool=tried dispatch=forms.dispatch once variant=ButtonVariant::Primary/>
        </PageHeader>
        <Facts tool=tool.clone()/>
        <Edit tool=tool.clone() features form=forms.edit/>
        {elsewhere.then(|| view! {
            <Signing sheet form=forms.rotate/>
            <Remove tool form=forms.remove/>
        })}
    }
}

#[component]
fn Facts(tool: ToolRow) -> impl IntoView {
    let marked = tool.clone();
    view! {
        <Card>
            <DefinitionList>
                <Fact name="Kind"><span class="row" data-gap="2"><Marks tool=marked/></span></Fact>
                <Fact name="Needs">{tool.feature.clone().unwrap_or_else(|| "No feature: every plan may use it".to_owned())}</Fact>
                <Fact name="Time-out">{words::seconds(tool.timeout_seconds)}</Fact>
                <Fact name="Tool"><span class="mono">{tool.id.clone()}</span></Fact>
                <Fact name="Created">{tool.made.clone()}</Fact>
            </DefinitionList>
        </Card>
    }
}
