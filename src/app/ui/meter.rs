//! Use against a limit. The bar is drawn with attributes alone, because a strict content policy forbids inline styles.

use leptos::prelude::*;

use super::figures::{grouped, percent};

/// From this share of a limit on, in percent, a meter warns; the same share at which warnings are sent.
const WARNS_FROM: u64 = 80;

/// How a meter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeterTone {
    /// There is room.
    Ok,
    /// Four fifths are used.
    Warn,
    /// Nothing is left.
    Full,
}

impl MeterTone {
    /// How much used of a limit stands; `None` is unlimited.
    #[must_use]
    pub fn of(used: u64, limit: Option<u64>) -> Self {
        match limit.map(|limit| percent(used, limit)) {
            Some(100) => Self::Full,
            Some(share) if share >= WARNS_FROM => Self::Warn,
            _ => Self::Ok,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Full => "full",
        }
    }
}

/// Use against a limit, as a bar with its figures. Without a limit there is nothing to measure: the figures stand alone
/// over a hatched bar.
#[component]
pub fn Meter(
    /// What is measured.
    #[prop(into)]
    label: String,
    /// What is used.
    #[prop(into)]
    used: Signal<u64>,
    /// The limit; `None` is unlimited.
    #[prop(into)]
    limit: Signal<Option<u64>>,
    /// How a quantity is written: [`grouped`](super::grouped), [`bytes`](super::bytes).
    #[prop(default = grouped)]
    format: fn(u64) -> String,
    /// What to know about it: when it starts anew, what to do.
    #[prop(optional, into)]
    note: Signal<Option<String>>,
    /// Its figure is the main thing where it stands.
    #[prop(optional)]
    large: bool,
    /// What is full is at work and empties by itself: it never warns.
    #[prop(optional)]
    at_work: bool,
) -> impl IntoView {
    let tone = Memo::new(move |_| {
        let tone = if at_work { MeterTone::Ok } else { MeterTone::of(used.get(), limit.get()) };
        tone.word()
    });
    let share = Memo::new(move |_| limit.get().map(|limit| percent(used.get(), limit)));
    let of_limit =
        move || limit.get().map_or_else(|| " · unlimited".to_owned(), |limit| format!(" of {}", format(limit)));
    let spoken = move || format!("{}{}", format(used.get()), of_limit());
    view! {
        <div class="meter" data-tone=move || tone.get() data-size=large.then_some("large")>
            <div class="meter-top">
                <span class="meter-label">{label.clone()}</span>
                <span class="meter-text">
                    <strong>{move || format(used.get())}</strong>
                    {of_limit}
                </span>
            </div>
            <div
                role=move || if share.get().is_some() { "meter" } else { "img" }
                aria-label=move || if share.get().is_some() { label.clone() } else { format!("{label}: {}", spoken()) }
                aria-valuemin=move || share.get().map(|_| "0")
                aria-valuemax=move || limit.get().map(|limit| limit.max(used.get()).to_string())
                aria-valuenow=move || share.get().map(|_| used.get().to_string())
                aria-valuetext=move || share.get().map(|_| spoken())
            >
                {move || view! { <Bar share=share.get()/> }}
            </div>
            {move || note.get().map(|note| view! { <p class="meter-note">{note}</p> })}
        </div>
    }
}

/// A part of a whole, as a thin bar with its figure: a row of a breakdown. It has no limit, so it never warns.
#[component]
pub fn ShareBar(
    /// Whose part it is.
    #[prop(into)]
    label: String,
    /// The part.
    #[prop(into)]
    value: Signal<u64>,
    /// The whole.
    #[prop(into)]
    total: Signal<u64>,
    /// How a quantity is written.
    #[prop(default = grouped)]
    format: fn(u64) -> String,
    /// The part in words, where it is no whole number.
    #[prop(optional, into)]
    written: Option<String>,
    /// Where it is shown alone.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let share = move || if total.get() == 0 { 0 } else { percent(value.get(), total.get()) };
    let label = match href {
        Some(href) => view! { <a class="meter-label" href=href>{label}</a> }.into_any(),
        None => view! { <span class="meter-label">{label}</span> }.into_any(),
    };
    view! {
        <div class="meter" data-thin="">
            <div class="meter-top">
                {label}
                <span class="meter-text">
                    <strong>{move || written.clone().unwrap_or_else(|| format(value.get()))}</strong>
                    {move || format!(" · {} %", share())}
                </span>
            </div>
            {move || view! { <Bar share=Some(share())/> }}
        </div>
    }
}

/// The drawing: a track and what of it is filled, or a hatched track. What is used at all is seen: one percent at least.
#[component]
fn Bar(share: Option<u64>) -> impl IntoView {
    let inside = match share {
        Some(share) => {
            let width = (share > 0).then(|| format!("{}%", share.max(1)));
            width.map(|width| view! { <rect class="meter-fill" width=width height="100%" rx="4"></rect> }.into_any())
        }
        None => Some((0..160).map(hatch).collect_view().into_any()),
    };
    view! {
        <svg class="meter-bar" width="100%" height="8" aria-hidden="true" focusable="false">
            <rect class="meter-track" width="100%" height="100%"></rect>
            {inside}
        </svg>
    }
}

/// One line of the hatching, 8 pixels after the one before. A pattern would need an id, and ids are unique in a page.
fn hatch(number: u32) -> impl IntoView {
    let from = number * 8;
    view! { <line class="meter-hatch" x1=from x2=from + 8 y1="8" y2="0"></line> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_warns_from_four_fifths_and_is_full_at_the_limit() {
        assert_eq!(MeterTone::of(399, Some(500)), MeterTone::Ok);
        assert_eq!(MeterTone::of(400, Some(500)), MeterTone::Warn);
        assert_eq!(MeterTone::of(500, Some(500)), MeterTone::Full);
        assert_eq!(MeterTone::of(u64::MAX, None), MeterTone::Ok);
    }
}
