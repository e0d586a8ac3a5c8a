//! A field of several lines.

use leptos::prelude::*;

use super::field::{FieldFrame, FieldIds, invalid};

/// A field of several lines.
#[component]
pub fn TextArea(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What it starts with.
    #[prop(optional, into)]
    value: String,
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
    /// How many lines it shows.
    #[prop(default = 5)]
    rows: u32,
    /// The longest text, in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    /// An example; never the only place for what must be known.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Shown in the type for code, without spelling marks.
    #[prop(optional)]
    mono: bool,
    /// Is told what is typed, as it is typed.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(id, &name, hint.is_some());
    let described_by = ids.described_by(error);
    view! {
        <FieldFrame ids=ids.clone() label optional aside=None hint error>
            <textarea
                class="input"
                id=ids.control
                name=name
                rows=rows
                required=required
                maxlength=maxlength
                placeholder=placeholder
                spellcheck=mono.then_some("false")
                data-mono=mono.then_some("")
                aria-describedby=move || described_by.get()
                aria-invalid=invalid(error)
                on:input=move |event| {
                    if let Some(on_input) = on_input {
                        on_input.run(event_target_value(&event));
                    }
                }
                inner_html=as_content(&value)
            ></textarea>
        </FieldFrame>
    }
}

/// Text as the content of a text area. The framework writes this element's children as they are, so they are made
/// harmless here; and the parser drops a line break that stands first, so one more is put before it.
fn as_content(text: &str) -> String {
    let first = if text.starts_with('\n') { "\n" } else { "" };
    let harmless = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("{first}{harmless}")
}

#[cfg(test)]
mod tests {
    use super::as_content;

    #[test]
    fn typed_markup_stays_text() {
        assert_eq!(as_content("</textarea><b>&amp;"), "&lt;/textarea&gt;&lt;b&gt;&amp;amp;");
    }

    #[test]
    fn a_first_line_break_survives_the_parser() {
        assert_eq!(as_content("\nx"), "\n\nx");
    }
}
