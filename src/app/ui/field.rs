//! Fields of forms. A field keeps its label, hint and error together and tells assistive technology which is which.
//!
//! They are uncontrolled: the browser keeps what was typed, so a form works before the scripts have loaded, and what
//! was typed meanwhile survives their arrival. `value` is what the field starts with.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The ids of a field's parts, made of one.
#[derive(Clone)]
pub(super) struct FieldIds {
    /// The control.
    pub(super) control: String,
    hint: Option<String>,
    error: String,
}

impl FieldIds {
    /// From the id that was asked for, otherwise from the name, which is unique in most pages.
    pub(super) fn new(id: Option<String>, name: &str, has_hint: bool) -> Self {
        let control = id.unwrap_or_else(|| format!("field-{name}"));
        Self { hint: has_hint.then(|| format!("{control}-hint")), error: format!("{control}-error"), control }
    }

    /// The ids of what describes the control now.
    pub(super) fn described_by(&self, error: Signal<Option<String>>) -> Signal<Option<String>> {
        let (hint, wrong) = (self.hint.clone(), self.error.clone());
        Signal::derive(move || match (&hint, error.with(Option::is_some)) {
            (Some(hint), true) => Some(format!("{hint} {wrong}")),
            (Some(hint), false) => Some(hint.clone()),
            (None, true) => Some(wrong.clone()),
            (None, false) => None,
        })
    }
}

/// `true` for `aria-invalid`, or no attribute at all.
pub(super) fn invalid(error: Signal<Option<String>>) -> Signal<Option<&'static str>> {
    Signal::derive(move || error.with(Option::is_some).then_some("true"))
}

/// A field's hint and error, which belong under its control.
#[component]
pub(super) fn FieldNotes(
    /// The ids that the control refers to.
    ids: FieldIds,
    /// What is right.
    hint: Option<String>,
    /// What is wrong.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let FieldIds { hint: hint_id, error: error_id, .. } = ids;
    view! {
        {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
        {move || {
            error.get().map(|text| {
                view! {
                    <p class="field-error" id=error_id.clone()>
                        <Icon glyph=Glyph::Danger/>
                        <span>{text}</span>
                    </p>
                }
            })
        }}
    }
}

/// Label, control and notes, one under the other.
#[component]
pub(super) fn FieldFrame(
    /// The ids of the parts.
    ids: FieldIds,
    /// The name of the control.
    label: String,
    /// Says "optional" beside the label.
    optional: bool,
    /// What stands at the end of the label's line.
    aside: Option<ViewFn>,
    /// What is right.
    hint: Option<String>,
    /// What is wrong.
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <div class="field-top">
                <label class="field-label" for=ids.control.clone()>
                    {label}
                    {optional.then(|| view! { <span class="field-optional">" (optional)"</span> })}
                </label>
                {aside.map(|aside| aside.run())}
            </div>
            {children()}
            <FieldNotes ids hint error/>
        </div>
    }
}

/// A field of one line.
#[component]
pub fn Field(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// `text`, `email`, `password`, `url`, `number`, `search` …
    #[prop(default = "text")]
    r#type: &'static str,
    /// What it starts with.
    #[prop(optional, into)]
    value: Signal<String>,
    /// What is right, said before anything is wrong.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Its id; `field-` and the name where none is given.
    #[prop(optional, into)]
    id: Option<String>,
    /// Must be filled in.
    #[prop(optional)]
    required: bool,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    /// What the browser may fill in: `email`, `current-password`, `off` …
    #[prop(optional, into)]
    autocomplete: Option<String>,
    /// An example; never the only place for what must be known.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// The keyboard a phone shows: `numeric`, `email`, `url` …
    #[prop(optional, into)]
    inputmode: Option<String>,
    /// The shortest text, in characters.
    #[prop(optional, into)]
    minlength: Option<u32>,
    /// The longest text, in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    /// A pattern that the whole text matches.
    #[prop(optional, into)]
    pattern: Option<String>,
    /// The id of the [`super::Suggestions`] that are offered while one types.
    #[prop(optional, into)]
    list: Option<String>,
    /// Shown in the type for code.
    #[prop(optional)]
    mono: bool,
    /// Where the reader starts; one field in a page.
    #[prop(optional)]
    autofocus: bool,
    /// Cannot be changed.
    #[prop(optional)]
    readonly: bool,
    /// Fixed text before what is typed: `https://`.
    #[prop(optional, into)]
    prefix: Option<String>,
    /// Fixed text after what is typed: `.example.com`.
    #[prop(optional, into)]
    suffix: Option<String>,
    /// What stands at the end of the label's line: a link, a counter.
    #[prop(optional, into)]
    aside: Option<ViewFn>,
    /// Is told what is typed, as it is typed.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(id, &name, hint.is_some());
    let described_by = ids.described_by(error);
    let affix = |text: String| view! { <span class="input-affix">{text}</span> };
    view! {
        <FieldFrame ids=ids.clone() label optional aside hint error>
            <div class="input-group">
                {prefix.map(affix)}
                <input
                    class="input"
                    id=ids.control
                    name=name
                    type=r#type
                    value=move || value.get()
                    required=required
                    readonly=readonly
                    autofocus=autofocus
                    autocomplete=autocomplete
                    placeholder=placeholder
                    inputmode=inputmode
                    minlength=minlength
                    maxlength=maxlength
                    pattern=pattern
                    list=list
                    data-mono=mono.then_some("")
                    aria-describedby=move || described_by.get()
                    aria-invalid=invalid(error)
                    on:input=move |event| {
                        if let Some(on_input) = on_input {
                            on_input.run(event_target_value(&event));
                        }
                    }
                />
                {suffix.map(affix)}
            </div>
        </FieldFrame>
    }
}
