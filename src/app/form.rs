//! Forms that work with and without scripts: with one, the error comes back into the page; without, it comes back as a
//! flash with what was typed. A form that is written with this does not know the difference.

use leptos::{
    html,
    prelude::*,
    server_fn::{Http, ServerFn, codec::{Json, PostUrl}},
};
use tenantry_kernel::Problem;

use super::{
    context::{Flash, Flashed},
    error::AppError,
    problem_view::ProblemAlert,
};

/// A form of a server function.
pub struct Form<S: ServerFn + 'static>
where
    S::Output: 'static,
{
    action: ServerAction<S>,
    flash: StoredValue<Option<Flash>>,
    problem: Memo<Option<Problem>>,
}

impl<S: ServerFn + 'static> Clone for Form<S>
where
    S::Output: 'static,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ServerFn + 'static> Copy for Form<S> where S::Output: 'static {}

impl<S> Form<S>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    /// A form with an action of its own.
    pub fn new() -> Self {
        Self::of(ServerAction::new())
    }

    /// The form of an action that somebody else holds.
    pub fn of(action: ServerAction<S>) -> Self {
        let flash = Flashed::of(S::PATH);
        let from_flash = flash.as_ref().map(|flash| flash.problem.clone());
        let value = action.value();
        let problem = Memo::new(move |_| {
            value.with(|value| match value {
                None => from_flash.clone(),
                Some(Ok(_)) => None,
                Some(Err(error)) => Some(error.problem().clone()),
            })
        });
        Self { action, flash: StoredValue::new(flash), problem }
    }

    /// The action.
    pub fn action(self) -> ServerAction<S> {
        self.action
    }

    /// Is it under way?
    pub fn pending(self) -> Signal<bool> {
        let pending = self.action.pending();
        Signal::derive(move || pending.get())
    }

    /// What became of it last, where it went well.
    pub fn done(self) -> Option<S::Output> {
        self.action.value().with(|value| value.as_ref().and_then(|value| value.as_ref().ok()).cloned())
    }

    /// What was typed into a field before the page came back, if it did.
    pub fn typed(self, name: &str) -> Option<String> {
        self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.typed(name)))
    }

    /// What is wrong with a field.
    pub fn error(self, name: &'static str) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| problem.as_ref().and_then(|problem| problem.field(name).map(str::to_owned)))
        })
    }

    /// Why it was refused.
    pub fn problem(self) -> Memo<Option<Problem>> {
        self.problem
    }
}

/// The form itself: its fields, under what is wrong with it as a whole. After a refusal the first field that is wrong
/// gets the focus.
#[component]
pub fn FormView<S>(
    /// The form.
    form: Form<S>,
    /// Says in the page why it was refused, where no field tells it.
    #[prop(default = true)]
    tells: bool,
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = AppError, Protocol = Http<PostUrl, Json>>
        + serde::de::DeserializeOwned
        + Clone
        + Send
        + Sync
        + 'static,
    S::Output: Clone + Send + Sync + 'static,
    S::Client: leptos::server_fn::client::Client<AppError>,
    <<S::Client as leptos::server_fn::client::Client<AppError>>::Request as leptos::server_fn::request::ClientReq<
        AppError,
    >>::FormData: From<leptos::web_sys::FormData>,
{
    let node = NodeRef::<html::Form>::new();
    let whole = Signal::derive(move || form.problem().get().filter(|problem| tells && problem.errors.is_empty()));
    focus_first_error(node, Signal::derive(move || form.problem().get().is_some()));
    view! {
        <ActionForm action=form.action() node_ref=node attr:class="form">
            {move || whole.get().map(|problem| view! { <ProblemAlert problem/> })}
            {children()}
        </ActionForm>
    }
}

/// Leads to the first field that is wrong, once the page shows it.
fn focus_first_error(form: NodeRef<html::Form>, refused: Signal<bool>) {
    use leptos::wasm_bindgen::JsCast as _;
    Effect::new(move |_| {
        if !refused.get() {
            return;
        }
        let Some(form) = form.get_untracked() else { return };
        request_animation_frame(move || {
            let field = form.query_selector("[aria-invalid=true]").ok().flatten();
            if let Some(field) = field.and_then(|field| field.dyn_into::<leptos::web_sys::HtmlElement>().ok()) {
                // A field that has left the page meanwhile needs no focus.
                drop(field.focus());
            }
        });
    });
}
