//! An endpoint: what became of its messages, how it is tried, changed, and ended.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

use super::{
    api::{EndpointRow, EndpointSheet, PAGE, ReadEndpoint},
    deliveries::{self, Deliveries},
    edit::{self, Edit},
    remove::{self, Remove},
    rotate::{self, Signing},
    switch::{self, Switch},
    trial::{self, Trial},
    words,
};
use crate::app::{
    answers::{Asked, Told},
    call,
    context::use_tenant,
    form::Form,
    layout::PageTitle,
    problem_view::{ProblemAlert, ProblemPage},
    reading::{Reading, Stage},
    shown_once::ShownOnce,
    ui::{Badge, Card, DefinitionList, Fact, PageHeader, Rows, Skeleton},
};

/// How long after a message was asked for its end is looked for: most are over by then.
const SOON: Duration = Duration::from_millis(1_500);

/// What is done to the endpoint.
#[derive(Clone, Copy)]
struct Forms {
    edit: Form,
    switch: Form,
    rotate: Form,
    remove: Form,
    trial: Form,
    replay: Form,
}

impl Forms {
    fn of_page() -> Self {
        Self {
            edit: edit::form(),
            switch: switch::form(),
            rotate: rotate::form(),
            remove: remove::form(),
            trial: trial::form(),
            replay: deliveries::form(),
        }
    }

    /// Grows whenever the endpoint or its deliveries may be others.
    fn changes(self) -> Signal<u32> {
        let edited = self.edit.successes();
        let others = [self.switch, self.rotate, self.trial, self.replay];
        Signal::derive(move || edited.get() + others.iter().map(|form| form.answers()).sum::<u32>())
    }

    fn told(self) -> Told {
        Told::of(vec![
            Asked::on_page(self.edit).saying("The endpoint is changed."),
            Asked::in_dialog(self.switch).saying("The endpoint is switched."),
            Asked::in_dialog(self.rotate).making(),
            Asked::in_dialog(self.remove).saying("The endpoint is deleted."),
            Asked::in_dialog(self.trial).saying("A test is on its way."),
            Asked::in_dialog(self.replay).saying("It is sent again."),
        ])
    }
}

/// An endpoint.
#[component]
pub fn EndpointPage() -> impl IntoView {
    let tenant = use_tenant();
    let (params, query) = (use_params_map(), use_query_map());
    let forms = Forms::of_page();
    let wanted = Memo::new(move |_| {
        let endpoint = params.with(|params| params.get("id").unwrap_or_default());
        let rows = query.with(|query| query.get("rows").unwrap_or_default());
        call::fields(&[("endpoint", &endpoint), ("rows", &rows)])
    });
    let (changes, beat) = (forms.changes(), RwSignal::new(0_u32));
    let sheet = Reading::<ReadEndpoint>::of(move || {
        (format!("{}&{}", tenant.fields(), wanted.get()), changes.get() + beat.get())
    });
    let again = Callback::new(move |()| beat.update(|beat| *beat += 1));
    let sent = Memo::new(move |_| forms.trial.answers() + forms.replay.answers());
    // What is being deleted is not read anew.
    let goes = Memo::new(move |_| forms.remove.pending().get() || forms.remove.is_done());
    let look = move || {
        if goes.try_get_untracked() == Some(false) {
            _ = again.try_run(());
        }
    };
    Effect::new(move |before: Option<u32>| {
        if before.is_some_and(|before| before != sent.get()) {
            set_timeout(look, SOON);
        }
        sent.get()
    });
    let told = forms.told();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if forms.remove.answers() > 0 && forms.remove.is_done() {
            navigate(PAGE, Default::default());
        }
    });
    let (rows, stage) = (Rows::of_page(), Stage::of_page());
    view! {
        <PageTitle text="Endpoint"/>
        <div class="page">
            <ShownOnce shown=told.shown words=&words::SHOWN/>
            {move || told.problem.get().map(|problem| view! { <ProblemAlert problem/> })}
            <Transition fallback=|| view! { <Skeleton lines=6/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    stage.show(move || match answer {
                        Ok(sheet) => view! { <Sheet sheet forms rows again/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem() whole=true/> }.into_any(),
                    })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(sheet: EndpointSheet, forms: Forms, rows: Rows, again: Callback<()>) -> impl IntoView {
    let EndpointSheet { endpoint, deliveries, more, once, .. } = sheet.clone();
    let (switched, tried) = (endpoint.clone(), endpoint.clone());
    view! {
        <PageHeader title=endpoint.name.clone() lead=endpoint.url.clone()>
            <Switch endpoint=switched form=forms.switch/>
            <Trial endpoint=tried once form=forms.trial/>
        </PageHeader>
        <Facts endpoint=endpoint.clone()/>
        <Deliveries endpoint=endpoint.id.clone() deliveries more form=forms.replay rows again/>
        <Edit endpoint=endpoint.clone() form=forms.edit/>
        <Signing sheet form=forms.rotate/>
        <Remove endpoint form=forms.remove/>
    }
}

#[component]
fn Facts(endpoint: EndpointRow) -> impl IntoView {
    let events = endpoint.events.into_iter().map(|event| view! { <Badge>{event}</Badge> }).collect_view();
    view! {
        <Card>
            <DefinitionList>
                <Fact name="State"><Badge tone=endpoint.mark.tone>{endpoint.mark.word}</Badge></Fact>
                <Fact name="Told of"><span class="row" data-gap="2">{events}</span></Fact>
                <Fact name="Endpoint"><span class="mono">{endpoint.id}</span></Fact>
                <Fact name="History">{endpoint.life}</Fact>
            </DefinitionList>
        </Card>
    }
}
