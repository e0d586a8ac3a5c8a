//! One choice of a few that deserve to be compared: plans, kinds of a thing. Radio buttons in cards.

use leptos::prelude::*;

use super::{
    badge::Badge,
    field::{FieldIds, FieldNotes},
    icon::{Glyph, Icon},
    tone::Tone,
};

/// A card that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// Its name.
    pub title: String,
    /// A figure to compare by: a price.
    pub figure: Option<String>,
    /// What the figure counts: `a month`.
    pub unit: Option<String>,
    /// What it is, in a sentence.
    pub body: Option<String>,
    /// What is in it.
    pub points: Vec<String>,
    /// A word on the card, and its tone.
    pub badge: Option<(String, Tone)>,
    /// Why it cannot be chosen; it can where there is nothing.
    pub refusal: Option<String>,
}

/// Radio buttons in cards. Arrow keys move between them, as everywhere.
#[component]
pub fn RadioCards(
    /// The name under which the choice is sent.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: String,
    /// The question is asked by the page's title already: hide it from the eye.
    #[prop(optional)]
    legend_hidden: bool,
    /// The cards.
    #[prop(into)]
    choices: Vec<Choice>,
    /// The value that is chosen at first.
    #[prop(optional, into)]
    selected: String,
    /// What is wrong and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Is told what is chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(None, &name, false);
    let described_by = ids.described_by(error);
    let cards = choices
        .into_iter()
        .map(|choice| {
            let chosen = choice.value == selected;
            let name = name.clone();
            view! { <ChoiceCard name choice chosen on_change/> }
        })
        .collect_view();
    view! {
        <fieldset aria-describedby=move || described_by.get()>
            <legend class=if legend_hidden { "vh" } else { "choices-legend" }>{legend}</legend>
            <div class="stack" data-gap="2">
                <div class="choices">{cards}</div>
                <FieldNotes ids hint=None error/>
            </div>
        </fieldset>
    }
}

#[component]
fn ChoiceCard(name: String, choice: Choice, chosen: bool, on_change: Option<Callback<String>>) -> impl IntoView {
    let Choice { value, title, figure, unit, body, points, badge, refusal } = choice;
    let told = value.clone();
    let points = points
        .into_iter()
        .map(|point| {
            view! {
                <span class="choice-point">
                    <Icon glyph=Glyph::Check/>
                    <span>{point}</span>
                </span>
            }
        })
        .collect_view();
    view! {
        <label class="choice">
            <input
                class="choice-input"
                type="radio"
                name=name
                value=value
                checked=chosen
                disabled=refusal.is_some()
                on:change=move |_| {
                    if let Some(on_change) = on_change {
                        on_change.run(told.clone());
                    }
                }
            />
            <span class="choice-title row" data-gap="2">
                <span>{title}</span>
                {badge.map(|(word, tone)| view! { <Badge tone>{word}</Badge> })}
            </span>
            {figure.map(|figure| {
                view! {
                    <span class="choice-figure">
                        {figure}
                        {unit.map(|unit| view! { <span class="choice-unit">{format!(" {unit}")}</span> })}
                    </span>
                }
            })}
            {body.map(|body| view! { <span class="choice-body">{body}</span> })}
            <span class="choice-points">{points}</span>
            {refusal.map(|why| view! { <span class="choice-note field-hint">{why}</span> })}
        </label>
    }
}
