//! An inbound webhook: where its messages go, what has come, and how it is changed and ended.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

use super::{
    api::{HookSheet, PAGE, ReadInbound},
    edit::{self, Edit},
    page::Refused,
    receipts::Receipts,
    remove::{self, Remove},
    rotate::{self, Signing},
    words,
};
use crate::app::{
    answers::{Asked, Told},
    call,
    context::use_tenant,
    form::Form,
    layout::PageTitle,
    problem_view::ProblemAlert,
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{Badge, Card, CopyButton, DefinitionList, Fact, PageHeader, Rows, Skeleton, Tone},
};

/// What is done to the webhook.
#[derive(Clone, Copy)]
struct Forms {
    edit: Form,
    rotate: Form,
    remove: Form,
    rows: Rows,
}

/// An inbound webhook.
#[component]
pub fn InboundPage() -> impl IntoView {
    let tenant = use_tenant();
    let (params, query) = (use_params_map(), use_query_map());
    let forms = Forms { edit: edit::form(), rotate: rotate::form(), remove: remove::form(), rows: Rows::of_page() };
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let wanted = Memo::new(move |_| query.with(|query| query.get("rows").unwrap_or_default()));
    let changed = forms.edit.successes();
    let sheet = Reading::<ReadInbound>::of(move || {
        let asked = id.with(|id| wanted.with(|rows| call::fields(&[("webhook", id), ("rows", rows)])));
        (format!("{}&{asked}", tenant.fields()), changed.get() + forms.rotate.answers())
    });
    let told = Told::of(vec![
        Asked::on_page(forms.edit).saying("The webhook is changed."),
        Asked::in_dialog(forms.rotate).making(),
        Asked::in_dialog(forms.remove).saying("The webhook is deleted."),
    ]);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if forms.remove.answers() > 0 && forms.remove.is_done() {
            navigate(PAGE, Default::default());
        }
    });
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Webhook"/>
        <div class="page">
            <ShownOnce shown=told.shown words=&words::SHOWN/>
            {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
            <Transition fallback=|| view! { <Skeleton lines=6/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    stage.show(move || match answer {
                        Ok(sheet) => view! { <Sheet sheet forms/> }.into_any(),
                        Err(error) => view! { <Refused problem=error.into_problem() whole=true/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(sheet: HookSheet, forms: Forms) -> impl IntoView {
    let HookSheet { hook, tools, example, receipts, more, once } = sheet;
    let (url, id, scheme) = (hook.url.clone(), hook.id.clone(), hook.scheme.clone());
    view! {
        <PageHeader title=hook.name.clone() lead=hook.terms.clone()>
            <Badge tone=Tone::Info>{scheme}</Badge>
        </PageHeader>
        <Card>
            <DefinitionList>
                <Fact name="Address">
                    <span class="row" data-gap="2">
                        <span class="mono break">{url.clone()}</span>
                        <span class="with-script"><CopyButton text=url>"Copy the address"</CopyButton></span>
                    </span>
                </Fact>
                <Fact name="Webhook"><span class="mono break">{id}</span></Fact>
            </DefinitionList>
        </Card>
        <Receipts hook=hook.id.clone() receipts more rows=forms.rows/>
        <Edit hook=hook.clone() tools form=forms.edit/>
        <Signing hook=hook.clone() example once form=forms.rotate/>
        <Remove hook form=forms.remove/>
    }
}
