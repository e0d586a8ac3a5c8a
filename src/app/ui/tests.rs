//! What the design system promises: its colours can be read, and its parts are wired for who does not see them.

use leptos::prelude::*;

use super::*;

mod contrast;

fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html())
}

#[test]
fn a_field_is_described_by_its_hint_and_its_error() {
    let html = html(|| {
        view! { <Field name="email" label="E-mail" hint="Work address" error=Some("Missing".to_owned())/> }
    });
    assert!(html.contains(r#"for="field-email""#), "{html}");
    assert!(html.contains(r#"aria-describedby="field-email-hint field-email-error""#), "{html}");
    assert!(html.contains(r#"aria-invalid="true""#), "{html}");
    assert!(html.contains(r#"id="field-email-error""#), "{html}");
}

#[test]
fn a_field_without_notes_is_described_by_nothing() {
    let html = html(|| view! { <Field name="name" label="Name"/> });
    assert!(!html.contains("aria-describedby") && !html.contains("aria-invalid"), "{html}");
}

#[test]
fn a_field_offers_what_its_list_holds() {
    let html = html(|| {
        let values = vec!["Europe/Berlin".to_owned(), "\"><script>".to_owned()];
        view! { <Field name="zone" label="Zone" list="zones"/><Suggestions id="zones" values/> }
    });
    assert!(html.contains(r#"list="zones""#) && html.contains(r#"<datalist id="zones">"#), "{html}");
    assert!(html.contains(r#"<option value="Europe/Berlin">"#) && !html.contains("<script>"), "{html}");
}

#[test]
fn what_was_typed_stays_text() {
    let html = html(|| {
        view! {
            <Field name="a" label="A" value="\"><script>"/>
            <TextArea name="b" label="B" value="</textarea><script>"/>
        }
    });
    assert!(!html.contains("<script>"), "{html}");
}

#[test]
fn a_refused_button_says_why_and_submits_nothing() {
    let html = html(|| view! { <Button refusal=Some("Ask an admin.".to_owned())>"Dispatch"</Button> });
    assert!(html.contains(r#"aria-disabled="true""#) && html.contains(r#"type="button""#), "{html}");
    assert!(html.contains("Ask an admin."), "{html}");
    assert!(!html.contains(" disabled"), "a refused button stays reachable: {html}");
}

#[test]
fn a_pending_button_is_busy_and_keeps_the_focus() {
    let html = html(|| view! { <Button pending=true>"Save"</Button> });
    assert!(html.contains(r#"aria-busy="true""#) && html.contains(r#"aria-disabled="true""#), "{html}");
    assert!(!html.contains(" disabled"), "a disabled button loses the focus: {html}");
}

#[test]
fn a_meter_speaks_its_figures() {
    let html = html(|| view! { <Meter label="Dispatches" used=412_u64 limit=Some(500_u64)/> });
    for part in
        [r#"role="meter""#, r#"aria-valuenow="412""#, r#"aria-valuemax="500""#, r#"aria-valuetext="412 of 500""#]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(html.contains(r#"data-tone="warn""#), "{html}");
}

#[test]
fn an_unlimited_meter_measures_nothing() {
    let html = html(|| view! { <Meter label="Storage" used=412_u64 limit={None::<u64>}/> });
    assert!(html.contains(r#"aria-label="Storage: 412 · unlimited""#), "{html}");
    assert!(!html.contains("aria-value") && !html.contains(r#"role="meter""#), "{html}");
}

#[test]
fn a_chart_has_its_figures_in_a_table() {
    let columns = vec![ChartColumn { label: "Mon".into(), name: "Monday".into(), values: vec![1_204] }];
    let html = html(|| view! { <BarChart id="w" title="Week" series=vec!["Runs".to_owned()] columns/> });
    assert!(html.contains(r#"<title id="w-title">"#) && html.contains(r#"aria-labelledby="w-title""#), "{html}");
    assert!(html.contains("Monday") && html.contains("1,204"), "{html}");
}

#[test]
fn the_current_step_is_marked_and_is_no_link() {
    let step = |label: &str| StepItem { label: label.into(), href: Some(format!("/{label}")) };
    let html = html(|| view! { <Stepper label="Set-up" steps=vec![step("one"), step("two")] current=1/> });
    assert!(html.contains(r#"aria-current="step""#) && html.contains(r#"href="/one""#), "{html}");
    assert!(!html.contains(r#"href="/two""#), "{html}");
}

#[test]
fn an_upgrade_is_offered_to_whom_it_helps() {
    let prompt =
        |plan: Option<String>, own: bool| html(move || view! { <UpgradePrompt plan=plan href="/plans" own=own/> });
    let admins = prompt(Some("Pro".to_owned()), true);
    assert!(
        admins.contains("The Pro plan grants it, and counts at once.") && admins.contains(r#"href="/plans""#),
        "{admins}"
    );
    assert!(prompt(Some("Pro".to_owned()), false).contains("ask an admin"));
    assert!(prompt(None, true).contains("A larger plan grants it"));
}

#[test]
fn a_room_says_its_most_to_nobody_and_what_is_quiet_is_no_news() {
    let html = html(|| view! { <Room most="Two\nlines"><Alert tone=Tone::Neutral>"Little"</Alert></Room> });
    assert!(html.contains("data-most=\"Two\nlines\"") && html.contains("Little"), "{html}");
    assert!(!html.contains("role="), "{html}");
}

#[test]
fn a_notice_says_what_is_so_and_what_can_be_done() {
    let html = html(|| {
        view! { <Notice tone=Tone::Warning text="<b>Away</b>"><Button r#type="button">"Try now"</Button></Notice> }
    });
    assert!(html.contains("&lt;b&gt;Away&lt;/b&gt;") && html.contains("Try now"), "{html}");
    assert!(html.contains(r#"data-tone="warning""#), "{html}");
}

#[test]
fn what_is_at_work_is_full_without_a_warning() {
    let html = html(|| view! { <Meter label="Running now" used=1_u64 limit=Some(1_u64) at_work=true/> });
    assert!(html.contains(r#"data-tone="ok""#) && html.contains(r#"aria-valuetext="1 of 1""#), "{html}");
}

#[test]
fn nothing_carries_an_inline_style() {
    let html = html(|| {
        view! {
            <Meter label="A" used=1_u64 limit=Some(2_u64)/>
            <ShareBar label="B" value=1_u64 total=3_u64/>
            <Skeleton/>
            <FloorPlan/>
        }
    });
    assert!(!html.contains("style="), "a strict content policy forbids it: {html}");
}
