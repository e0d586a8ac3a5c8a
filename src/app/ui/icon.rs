//! Icons: one stroke, 24 units square, drawn for this product and set inline, so that they take the text's colour and
//! cost no request.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// Four rooms: the dashboard.
    Dashboard,
    /// A paper plane: to dispatch.
    Dispatch,
    /// A list with marks: jobs.
    Jobs,
    /// A gauge: usage.
    Gauge,
    /// A spanner's head and shaft: tools.
    Tool,
    /// A key.
    Key,
    /// Two links: webhooks.
    Webhook,
    /// Two people.
    People,
    /// One person.
    Person,
    /// A shield: roles and security.
    Shield,
    /// A scroll: the audit log.
    Scroll,
    /// A card: plans and billing.
    Card,
    /// Sliders: settings.
    Sliders,
    /// A house with a door: an organization.
    House,
    /// Layers: plans, workspaces.
    Layers,
    /// Two sheets: to copy.
    Copy,
    /// A tick.
    Check,
    /// A cross.
    Close,
    /// A plus.
    Plus,
    /// Two chevrons: there is a choice.
    Choose,
    /// A chevron downwards.
    Down,
    /// A chevron to the end.
    Next,
    /// An arrow to the end.
    Arrow,
    /// Three dots: more.
    More,
    /// A magnifier.
    Search,
    /// A clock.
    Clock,
    /// A bolt.
    Bolt,
    /// A lock.
    Lock,
    /// A circle with an i.
    Info,
    /// A triangle with an exclamation mark.
    Warning,
    /// A circle with a tick.
    Success,
    /// An octagon with an exclamation mark.
    Danger,
    /// A door with an arrow out of it.
    SignOut,
    /// A bell.
    Bell,
    /// A tray: nothing there yet.
    Tray,
    /// Columns of a chart.
    Chart,
    /// A terminal's prompt.
    Terminal,
}

impl Glyph {
    /// The outline, as one path.
    const fn path(self) -> &'static str {
        match self {
            Self::Dashboard => {
                "M4 5.5A1.5 1.5 0 0 1 5.5 4h4v7H4zM12.5 4h6A1.5 1.5 0 0 1 20 5.5V8h-7.5zM12.5 11H20v7.5a1.5 1.5 0 0 1-1.5 1.5h-6zM4 14h5.5v6h-4A1.5 1.5 0 0 1 4 18.5z"
            }
            Self::Dispatch => "M20 4 3.8 9.9a.5.5 0 0 0 0 1l6.3 3 3 6.3a.5.5 0 0 0 1 0zM10.2 13.8 14.5 9.5",
            Self::Jobs => {
                "m4 6 1.3 1.3L7.7 4.8M4 12l1.3 1.3 2.4-2.5M4 18l1.3 1.3 2.4-2.5M11.5 6H20M11.5 12H20M11.5 18H20"
            }
            Self::Gauge => {
                "M5.6 18.4A9 9 0 1 1 18.4 18.4M12 13.5l4-4.5M10.7 14.2a1.5 1.5 0 1 0 2.6-1.4 1.5 1.5 0 0 0-2.6 1.4"
            }
            Self::Tool => {
                "M14.2 9.8 4.9 19.1M19.7 7.3a4.7 4.7 0 0 1-6.3 5.8L7.1 19.4a1.8 1.8 0 0 1-2.5-2.5l6.3-6.3a4.7 4.7 0 0 1 5.8-6.3l-2.6 2.6.4 2.6 2.6.4z"
            }
            Self::Key => "M13 11 20 4M17 7l2.5 2.5M14.5 9.5l2 2M13.8 15a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z",
            Self::Webhook => {
                "M9.5 14.5l5-5M8 11 5.7 13.3a3.54 3.54 0 0 0 5 5L13 16M16 13l2.3-2.3a3.54 3.54 0 0 0-5-5L11 8"
            }
            Self::People => {
                "M12.5 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM3 19.5c.4-3.4 2.8-5.5 6-5.5s5.6 2.1 6 5.5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17 14.4c2.2.6 3.7 2.4 4 5.1"
            }
            Self::Person => "M15.8 8a3.8 3.8 0 1 1-7.6 0 3.8 3.8 0 0 1 7.6 0zM4.8 20c.5-3.7 3.3-6 7.2-6s6.7 2.3 7.2 6",
            Self::Shield => "M12 3.5 5 6v5.5c0 4.2 2.8 7.4 7 9 4.2-1.6 7-4.8 7-9V6zM9 12l2.2 2.2L15.2 10",
            Self::Scroll => {
                "M7 4h10.5A1.5 1.5 0 0 1 19 5.5v13a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5V6a2 2 0 0 1 2-2zM8.5 8.5h7M8.5 12h7M8.5 15.5H12"
            }
            Self::Card => {
                "M5 5.5h14A1.5 1.5 0 0 1 20.5 7v10a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17V7A1.5 1.5 0 0 1 5 5.5zM3.5 10h17M7 15h3.5"
            }
            Self::Sliders => {
                "M4 8h8.5M17.5 8H20M4 16h2.5M11.5 16H20M17.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM11.5 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z"
            }
            Self::House => "M4 20V9.5L12 4l8 5.5V20zM9.5 20v-6.5h5V20",
            Self::Layers => "m12 4 8.5 4.5L12 13 3.5 8.5zM3.5 12.5 12 17l8.5-4.5M3.5 16.5 12 21l8.5-4.5",
            Self::Copy => {
                "M9.5 8.5h9A1.5 1.5 0 0 1 20 10v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 8 19v-9a1.5 1.5 0 0 1 1.5-1.5zM16 5.5A1.5 1.5 0 0 0 14.5 4h-9A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16"
            }
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::Close => "m6 6 12 12M18 6 6 18",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Choose => "m8 9.5 4-4 4 4M8 14.5l4 4 4-4",
            Self::Down => "m6.5 9.5 5.5 5.5 5.5-5.5",
            Self::Next => "m9.5 6.5 5.5 5.5-5.5 5.5",
            Self::Arrow => "M4.5 12h15M13.5 6l6 6-6 6",
            Self::More => "M5.5 12h.01M12 12h.01M18.5 12h.01",
            Self::Search => "m20 20-4.2-4.2M17.5 10.8a6.7 6.7 0 1 1-13.4 0 6.7 6.7 0 0 1 13.4 0z",
            Self::Clock => "M12 7v5.2l3.3 2M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
            Self::Bolt => "M13 3.5 5 13.5h6L10.5 20.5l8.5-10.5h-6z",
            Self::Lock => {
                "M6.5 11h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11zM8 11V8a4 4 0 0 1 8 0v3"
            }
            Self::Info => "M12 11v5M12 8h.01M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
            Self::Warning => {
                "M12 10v4M12 17h.01M10.7 4.8 3.2 17.7A1.5 1.5 0 0 0 4.5 20h15a1.5 1.5 0 0 0 1.3-2.3L13.3 4.8a1.5 1.5 0 0 0-2.6 0z"
            }
            Self::Success => "m8.3 12.3 2.6 2.6 4.8-5.2M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
            Self::Danger => "M12 7.5v5M12 16h.01M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7z",
            Self::SignOut => {
                "M14 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H14M10.5 12H20M16.5 8.5 20 12l-3.5 3.5"
            }
            Self::Bell => "M6.5 10a5.5 5.5 0 0 1 11 0c0 5 2 6.5 2 6.5h-15s2-1.5 2-6.5zM10 19.5a2.2 2.2 0 0 0 4 0",
            Self::Tray => {
                "M4 13.5 6.5 5.5h11l2.5 8v4A1.5 1.5 0 0 1 18.5 19h-13A1.5 1.5 0 0 1 4 17.5zM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20"
            }
            Self::Chart => "M4 20h16M6.5 16.5v-5M12 16.5v-10M17.5 16.5V9",
            Self::Terminal => "m5 7.5 4.5 4.5L5 16.5M12 17h7",
        }
    }
}

/// An icon. Without a label it is decoration and hidden from assistive technology; the text beside it speaks.
#[component]
pub fn Icon(
    /// What it shows.
    glyph: Glyph,
    /// What it says where no text stands beside it.
    #[prop(optional, into)]
    label: Option<String>,
    /// A third larger than the text.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let hidden = label.is_none().then_some("true");
    let role = label.is_some().then_some("img");
    // The three dots are strokes of no length: they need weight to be seen.
    let heavy = (glyph == Glyph::More).then_some("");
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            data-size=large.then_some("large")
            data-heavy=heavy
            role=role
            aria-hidden=hidden
            aria-label=label
            focusable="false"
        >
            <path d=glyph.path()></path>
        </svg>
    }
}
