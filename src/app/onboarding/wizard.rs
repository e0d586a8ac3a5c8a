//! The frame of the wizard: the steps at the top, one question in the middle.

use leptos::prelude::*;
use leptos_router::components::Redirect;
use tenantry_kernel::onboarding::{Draft, Step};

use super::api::{ReadWizard, WizardView};
use crate::app::{
    context::{Tabs, use_session},
    layout::{Brand, LoadAnew, PageTitle},
    problem_view::ProblemPage,
    reading::Reading,
    ui::{ButtonVariant, LinkButton, Skeleton, StepItem, Stepper},
};

/// A step: its frame, and its question once the draft is there. A step that is not open yet leads to the one that is.
#[component]
pub fn Wizard(
    /// Which step.
    step: Step,
    /// The question.
    #[prop(into)]
    title: String,
    /// What to know about it.
    #[prop(into)]
    lead: String,
    /// Takes more room: cards side by side.
    #[prop(optional)]
    wide: bool,
    /// The step's form.
    body: fn(WizardView) -> AnyView,
) -> impl IntoView {
    let wizard = Reading::<ReadWizard>::once();
    if use_session().is_none() {
        return view! { <LoadAnew/> }.into_any();
    }
    Tabs::heard();
    let title_in_browser = title.clone();
    view! {
        <PageTitle text=title_in_browser/>
        <Suspense fallback=move || view! { <Frame step draft=Draft::default()><Skeleton lines=4/></Frame> }>
            {move || {
                let (title, lead) = (title.clone(), lead.clone());
                Suspend::new(async move {
                    match wizard.get().await {
                        Ok(view) if view.draft.may_show(step) => {
                            view! {
                                <Frame step draft=view.draft.clone() wide>
                                    <div class="wizard-head">
                                        <h1>{title}</h1>
                                        <p class="lead">{lead}</p>
                                    </div>
                                    {body(view)}
                                </Frame>
                            }
                            .into_any()
                        }
                        Ok(view) => view! { <Redirect path=view.draft.next_step().path()/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem() whole=true/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Frame(step: Step, draft: Draft, #[prop(optional)] wide: bool, children: Children) -> impl IntoView {
    let steps: Vec<_> = Step::ALL
        .into_iter()
        .map(|step| StepItem { label: step.title().to_owned(), href: draft.may_show(step).then(|| step.path()) })
        .collect();
    let current = Step::ALL.iter().position(|known| *known == step).unwrap_or_default();
    view! {
        <div class="wizard">
            <header class="wizard-bar">
                <Brand/>
                <Stepper label="Set-up" steps current/>
            </header>
            <main class="wizard-main" id="main">
                <div class="wizard-box" data-width=wide.then_some("wide")>{children()}</div>
            </main>
        </div>
    }
}

/// The foot of a step: the way back, and the way on. The way on comes first, so that Enter means it; it is drawn last.
#[component]
pub fn WizardFoot(
    /// The step before.
    #[prop(optional)]
    back: Option<Step>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="wizard-foot">
            {match back {
                Some(back) => {
                    view! { <LinkButton href=back.path() variant=ButtonVariant::Ghost>"Back"</LinkButton> }.into_any()
                }
                None => view! { <span></span> }.into_any(),
            }}
            <div class="row">{children()}</div>
        </div>
    }
}
