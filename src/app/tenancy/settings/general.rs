//! What can be changed: name, address and time zone, in one form.

use leptos::prelude::*;
use tenantry_kernel::{
    Permission,
    text::{Name, Slug},
};

use super::api::{SaveSettings, SettingsSheet};
use crate::app::{
    answers::empty_form,
    context::{TenantField, use_tenant},
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, DefinitionList, Fact, Field, Glyph, Icon, Suggestions},
    when,
};

/// The id of the form.
const FORM: &str = "settings-form";

/// The id of the list of time zones.
const ZONES: &str = "time-zones";

/// The form while the page stands: what is read anew meanwhile draws its fields anew, and what was typed stays.
#[derive(Clone, Copy)]
pub struct Editing {
    /// The form.
    pub form: Form,
    /// How often it was saved.
    pub saved: Memo<u32>,
    /// For how many of these times its fields have begun anew.
    begun: StoredValue<u32>,
    /// What is typed as the address.
    slug: RwSignal<Option<String>>,
}

impl Editing {
    /// The form of a page that is being made.
    pub fn of_page() -> Self {
        let form = Form::of::<SaveSettings>();
        Self { form, saved: form.successes(), begun: StoredValue::new(0), slug: RwSignal::new(None) }
    }

    /// What came back in a field from a form without a script, unless it was saved since; else what is so.
    fn begins_with(self, name: &str, is: &str) -> String {
        let typed = self.form.typed(name).filter(|_| self.saved.get_untracked() == 0);
        typed.unwrap_or_else(|| is.to_owned())
    }

    /// What was saved is what is so: the fields that were typed into follow again what others change.
    fn begin_anew(self) {
        Effect::new(move |_| {
            let saved = self.saved.get_untracked();
            if self.begun.get_value() < saved {
                self.begun.set_value(saved);
                self.slug.set(None);
                empty_form(FORM);
            }
        });
    }
}

/// The fields.
#[component]
pub fn General(sheet: SettingsSheet, editing: Editing) -> impl IntoView {
    let tenant = use_tenant();
    let form = editing.form;
    let fixed = untrack(|| !tenant.can(Permission::OrganizationManage));
    let refusal = Signal::derive(move || tenant.lacks(Permission::OrganizationManage, "Changing settings"));
    let SettingsSheet { name, slug, time_zone, zones, .. } = sheet;
    let [first_name, first_slug, first_zone] =
        [("name", &name), ("slug", &slug), ("time_zone", &time_zone)].map(|(field, is)| editing.begins_with(field, is));
    let is = first_slug.clone();
    let called = Signal::derive(move || editing.slug.get().unwrap_or_else(|| is.clone()));
    editing.begin_anew();
    view! {
        <Card title="General">
            <FormView form attr:id=FORM>
                <TenantField/>
                <input type="hidden" name="was_name" value=name/>
                <input type="hidden" name="was_slug" value=slug/>
                <input type="hidden" name="was_time_zone" value=time_zone/>
                <Field
                    name="name"
                    label="Name"
                    required=true
                    maxlength=u32::try_from(Name::LONGEST).unwrap_or(u32::MAX)
                    autocomplete="organization"
                    readonly=fixed
                    value=first_name
                    error=form.error("name")
                />
                <Field
                    name="slug"
                    label="Address"
                    mono=true
                    required=true
                    maxlength=u32::try_from(Slug::LONGEST).unwrap_or(u32::MAX)
                    autocomplete="off"
                    readonly=fixed
                    value=first_slug
                    hint="3 to 40 of a-z, 0-9 and hyphens. Programs and commands name the organization by it; another one \
                          leaves the old one to whoever takes it first. Workspaces keep their own."
                    error=form.error("slug")
                    on_input=move |text: String| editing.slug.set(Some(text))
                />
                <Meaning called/>
                <Field
                    name="time_zone"
                    label="Time zone"
                    required=true
                    autocomplete="off"
                    readonly=fixed
                    list=ZONES
                    placeholder="Europe/Berlin"
                    value=first_zone
                    hint="Its midnight begins the day of API calls. Another zone does not begin another day: the one that \
                          runs keeps what was counted, and goes on to the first midnight there at or after its end."
                    error=form.error("time_zone")
                />
                <Suggestions id=ZONES values=zones/>
                <DayEnds/>
                <div class="actions">
                    <Button variant=ButtonVariant::Primary pending=form.pending() refusal>"Save"</Button>
                </div>
            </FormView>
        </Card>
    }
}

/// What the address is good for, as it is typed.
#[component]
fn Meaning(called: Signal<String>) -> impl IntoView {
    view! {
        <DefinitionList>
            <Fact name="In programs">
                <span class="mono break">{move || format!("{{\"organization\": \"{}\"}}", called.get())}</span>
            </Fact>
            <Fact name="In commands">
                <span class="mono break">{move || format!("tenantry org show {}", called.get())}</span>
            </Fact>
        </DefinitionList>
    }
}

/// When the day that runs is over.
#[component]
fn DayEnds() -> impl IntoView {
    let tenant = use_tenant();
    let text = move || {
        let end = tenant.of_usage(|usage| usage.api_calls.resets_at);
        format!("This day ends on {}.", when::moment(end))
    };
    view! { <p class="limit-note"><Icon glyph=Glyph::Clock/><span>{text}</span></p> }
}
