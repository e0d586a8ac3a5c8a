//! The plans page: what the organization has, what else there is, and the change.

use leptos::prelude::*;
use tenantry_kernel::{
    Permission,
    plan::{Plan, PlanState},
    tenancy::SubscriptionView,
};

use super::api::{ChangePlan, Holding, ListPlans, ReadSubscription};
use crate::app::{
    context::{TenantField, use_tenant},
    form::{Form, FormView},
    layout::PageTitle,
    plan_words,
    problem_view::ProblemPage,
    reading::{Reading, Stage},
    ui::{
        Alert, Badge, Button, ButtonVariant, Card, Cell, Column, Glyph, Icon, PageHeader, RowHead, Skeleton, Table,
        Toasts, Tone,
    },
    when,
};

/// Plans.
#[component]
pub fn PlansPage() -> impl IntoView {
    let tenant = use_tenant();
    let form = Form::of::<ChangePlan>();
    let plans = Reading::<ListPlans>::once();
    let held = Reading::<ReadSubscription>::of(move || (tenant.fields(), form.answers()));
    follow(form);
    let stage = Stage::of_page();
    view! {
        <PageTitle text="Plans"/>
        <div class="page" data-width="wide">
            <PageHeader
                title="Plans"
                lead="A change counts at once, for the very next dispatch. Nothing that runs is stopped."
            />
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answers = (plans.get().await, held.get().await);
                    stage.show(move || match answers {
                        (Ok(plans), Ok(held)) => view! { <Offers plans held form/> }.into_any(),
                        (Err(error), _) | (_, Err(error)) => {
                            view! { <ProblemPage problem=error.into_problem()/> }.into_any()
                        }
                    })
                })}
            </Transition>
        </div>
    }
}

/// Once the plan is changed every page shows it.
fn follow(form: Form) {
    let tenant = use_tenant();
    let toasts = Toasts::get();
    Effect::new(move |_| {
        if let Some(held) = form.done::<SubscriptionView>() {
            tenant.refresh();
            if let Some(toasts) = toasts {
                let name = plan_words::name_of(&held.plan);
                toasts.tell(Tone::Success, format!("The organization is now on the {name} plan."));
            }
        }
    });
}

#[component]
fn Offers(plans: Vec<Plan>, held: Holding, form: Form) -> impl IntoView {
    let Holding { subscription: held, open } = held;
    let cards = plans
        .iter()
        .map(|plan| view! { <Offer plan=plan.clone() current={plan.id == held.plan} open form/> })
        .collect_view();
    view! {
        <State held/>
        <FormView form>
            <TenantField/>
            <div class="ledger">{cards}</div>
        </FormView>
        <Card title="Everything side by side" flush=true>
            <Comparison plans/>
        </Card>
    }
}

/// How long what is held counts.
#[component]
fn State(held: SubscriptionView) -> impl IntoView {
    let name = plan_words::name_of(&held.plan);
    let end = held.plan_expires_at.map(when::date);
    let (tone, title, text) = match (held.state, end) {
        (PlanState::Active, None) => {
            let text = format!("{name}. This period ends on {}.", when::moment(held.current_period_end));
            return view! { <p class="limit-note"><Icon glyph=Glyph::Clock/>{text}</p> }.into_any();
        }
        (PlanState::Active, Some(end)) => {
            (Tone::Info, format!("{name} ends on {end}"), "After that the Free plan's limits count.")
        }
        (PlanState::Grace, end) => {
            let title = format!("{name} ended on {}", end.unwrap_or_default());
            (Tone::Warning, title, "It still counts for three days. Choose a plan to go on.")
        }
        (PlanState::Expired, end) => {
            let title = format!("{name} ended on {}", end.unwrap_or_default());
            (Tone::Danger, title, "The Free plan's limits count now. Choose a plan to lift them.")
        }
    };
    view! { <Alert tone title>{text}</Alert> }.into_any()
}

#[component]
fn Offer(plan: Plan, current: bool, open: bool, form: Form) -> impl IntoView {
    let tenant = use_tenant();
    let refusal = Signal::derive(move || {
        let operated =
            || (!open).then(|| "On this installation the platform operator changes plans. Ask there.".to_owned());
        tenant.lacks(Permission::BillingManage, "Changing the plan").or_else(operated)
    });
    let grants = plan_words::grants(&plan)
        .into_iter()
        .map(|(name, amount)| view! { <li><span>{name}</span><span>{amount}</span></li> })
        .collect_view();
    let action = if current {
        view! { <p class="limit-note"><Icon glyph=Glyph::Check/>"This is your plan."</p> }.into_any()
    } else {
        let label = format!("Change to {}", plan.name);
        view! {
            <Button
                name="plan"
                value=plan.id.clone()
                variant=ButtonVariant::Secondary
                wide=true
                refusal
                pending=form.pending()
            >
                {label}
            </Button>
        }
        .into_any()
    };
    view! {
        <section class="ledger-plan" data-chosen=current.then_some("") aria-label=plan.name.clone()>
            <div class="split">
                <h2>{plan.name.clone()}</h2>
                {current.then(|| view! { <Badge tone=Tone::Success dot=true>"current"</Badge> })}
            </div>
            <p>
                <span class="ledger-price">{plan_words::price(&plan)}</span>
                <span class="quiet">" a month"</span>
            </p>
            <ul class="ledger-points" role="list">{grants}</ul>
            {action}
        </section>
    }
}

/// Limits and features, a row each.
#[component]
fn Comparison(plans: Vec<Plan>) -> impl IntoView {
    let mut columns = vec![Column::text("Grants")];
    columns.extend(plans.iter().map(|plan| Column::figures(plan.name.clone())));
    let names: Vec<String> = plans.iter().map(|plan| plan.name.clone()).collect();
    let amounts: Vec<_> = plans.iter().map(plan_words::grants).collect();
    let row = |title: AnyView, cells: Vec<String>| {
        let cells = names.iter().cloned().zip(cells);
        let cells = cells.map(|(name, cell)| view! { <Cell label=name end=true>{cell}</Cell> }).collect_view();
        view! { <tr><RowHead>{title}</RowHead>{cells}</tr> }
    };
    let mut rows: Vec<_> = (0..4)
        .map(|line| {
            let title = amounts.first().map(|amounts| amounts[line].0).unwrap_or_default();
            row(title.into_any(), amounts.iter().map(|amounts| amounts[line].1.clone()).collect())
        })
        .collect();
    for feature in features(&plans) {
        let word = |plan: &Plan| if plan.has_feature(&feature) { "Included" } else { "–" }.to_owned();
        let cells = plans.iter().map(word).collect();
        rows.push(row(view! { <span class="mono">{feature}</span> }.into_any(), cells));
    }
    view! { <Table caption="What each plan grants" columns>{rows.collect_view()}</Table> }
}

/// Every feature that a plan names, in the order of the plans.
fn features(plans: &[Plan]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for feature in plans.iter().flat_map(|plan| &plan.features) {
        if feature != "*" && !all.contains(feature) {
            all.push(feature.clone());
        }
    }
    all
}
