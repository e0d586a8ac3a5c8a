//! Buttons, and links that look like them. What acts is a button, what leads somewhere is a link.

use leptos::{ev::MouseEvent, prelude::*};

use super::icon::{Glyph, Icon};

/// How much a button asks to be pressed. One primary button in a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// What the view is for.
    Primary,
    /// Everything else.
    #[default]
    Secondary,
    /// In a bar, in a row of a table: seen when looked for.
    Ghost,
    /// Destroys.
    Danger,
}

impl ButtonVariant {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Ghost => "ghost",
            Self::Danger => "danger",
        }
    }
}

/// How large a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// In a row of a table.
    Small,
    /// In a form.
    #[default]
    Normal,
    /// On a landing page.
    Large,
}

impl ButtonSize {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Normal => "normal",
            Self::Large => "large",
        }
    }
}

/// A button. It submits its form unless told otherwise.
///
/// A button that may not be pressed says why (`refusal`): it stays reachable, so that the reason can be read by
/// keyboard and by ear, but is no submit button any more. `disabled` is for what needs no explanation.
#[component]
pub fn Button(
    /// How much it asks to be pressed.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// `submit`, `button` or `reset`.
    #[prop(default = "submit")]
    r#type: &'static str,
    /// The name under which its value is sent with the form.
    #[prop(optional, into)]
    name: Option<String>,
    /// The value that is sent when it was this button that submitted.
    #[prop(optional, into)]
    value: Option<String>,
    /// An icon before the text.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// The name of a button that shows an icon alone; it becomes a square.
    #[prop(optional, into)]
    label: Option<String>,
    /// As wide as what it stands in.
    #[prop(optional)]
    wide: bool,
    /// Its action is under way: it shows so, and a press does nothing. It keeps the focus, which a disabled button loses.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// It cannot be pressed, for a reason that is in plain sight.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Why it may not be pressed, as a sentence with the way out.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    /// The id of the dialog that it opens.
    #[prop(optional, into)]
    opens: Option<String>,
    /// Is told when it is pressed. Unlike a listener that is spread over the button, it changes with the view around it.
    #[prop(optional, into)]
    on_press: Option<Callback<MouseEvent>>,
    /// Its text.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let popup = opens.is_some().then_some("dialog");
    let refused = Memo::new(move |_| refusal.with(Option::is_some));
    let rests = move || refused.get() || pending.get();
    let square = label.is_some() && children.is_none();
    view! {
        <button
            class="button"
            data-variant=variant.word()
            data-size=size.word()
            data-wide=wide.then_some("")
            data-square=square.then_some("")
            type=move || if refused.get() { "button" } else { r#type }
            name=name
            value=value
            aria-label=label
            aria-busy=move || pending.get().then_some("true")
            aria-disabled=move || rests().then_some("true")
            disabled=move || disabled.get()
            aria-haspopup=popup
            popovertarget=move || opens.clone().filter(|_| !refused.get())
            on:click=move |event| {
                if pending.get_untracked() {
                    event.prevent_default();
                } else if let Some(on_press) = on_press {
                    on_press.run(event);
                }
            }
        >
            {move || if pending.get() { Lead::Spinner } else { Lead::of(glyph, refused.get()) }.view()}
            {children.map(|children| view! { <span>{children()}</span> })}
            {move || refusal.get().map(|why| view! { <span class="button-why">{why}</span> })}
        </button>
    }
}

/// What stands before a button's text.
enum Lead {
    Nothing,
    Spinner,
    Glyph(Glyph),
}

impl Lead {
    fn of(glyph: Option<Glyph>, refused: bool) -> Self {
        match (glyph, refused) {
            (_, true) => Self::Glyph(Glyph::Lock),
            (Some(glyph), false) => Self::Glyph(glyph),
            (None, false) => Self::Nothing,
        }
    }

    fn view(self) -> Option<AnyView> {
        match self {
            Self::Nothing => None,
            Self::Spinner => Some(view! { <span class="spinner" aria-hidden="true"></span> }.into_any()),
            Self::Glyph(glyph) => Some(view! { <Icon glyph/> }.into_any()),
        }
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How much it asks to be followed.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// An icon before the text.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// As wide as what it stands in.
    #[prop(optional)]
    wide: bool,
    /// Leads out of the interface: the browser follows it, not the router.
    #[prop(optional)]
    external: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a
            class="button"
            href=href
            rel=external.then_some("external")
            data-variant=variant.word()
            data-size=size.word()
            data-wide=wide.then_some("")
        >
            {glyph.map(|glyph| view! { <Icon glyph/> })}
            <span>{children()}</span>
        </a>
    }
}
