//! Who may call each server function: a public endpoint, whatever page calls it. The tests and `tenantry verify isolation` try
//! each as everybody else. A new one is written down here first, and its first lines ask for the same.

use axum::Router;
use leptos::server_fn::ServerFn;
use serde::{
    de::{DeserializeOwned, Deserializer, Visitor, value::Error},
    forward_to_deserialize_any,
};
use tenantry_http::{
    App,
    doors::Door,
    verify::{Doors, Function},
};
use tenantry_kernel::Permission;

use super::start;
use crate::app::{
    accounts::{
        api::{ForgotPassword, ResetPassword, SignIn, SignOut, SignUp, VerifyEmail},
        own::api::{
            ChangeEmail, ChangePassword, DeleteAccount, KeepEmail, ProveEmail, ReadAccount, RenameAccount,
            SignOutDevice, SignOutOthers,
        },
    },
    billing::api::{ChangePlan, ListPlans, ReadSubscription},
    context::Start,
    dispatch::api::{CancelJob, CountJobs, ListRecent, ReadJob, ReadWorkbench, RunTool},
    keys::api::{CreateKey, ListKeys, RevokeKey, RotateKey},
    metering::api::{ListUsageChoices, ReadUsage},
    onboarding::api::{
        BeginOnboarding, ChooseIntegrations, ChoosePlan, CompleteOnboarding, NameOrganization, ReadWizard,
    },
    tenancy::{
        api::{ListOrganizations, ReadHome, SwitchOrganization},
        settings::api::{ReadSettings, SaveSettings},
    },
    tools::api::{ChangeTool, CreateTool, ListTools, ReadTool, RemoveTool, RotateTool},
    webhooks::api::{ChangeInbound, CreateInbound, ListInbound, ReadInbound, RemoveInbound, RotateInbound},
    webhooks::endpoints::api::{
        ChangeEndpoint, CreateEndpoint, ListEndpoints, ReadEndpoint, RemoveEndpoint, Replay, RotateEndpoint,
        SwitchEndpoint, TestEndpoint,
    },
};

/// The permission table of the server functions.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        function::<SignUp>(Door::Public),
        function::<SignIn>(Door::Public),
        function::<SignOut>(Door::Public),
        function::<ForgotPassword>(Door::Public),
        function::<ResetPassword>(Door::Public),
        function::<VerifyEmail>(Door::Public),
        function::<ReadAccount>(Door::SignedIn),
        function::<RenameAccount>(Door::SignedIn),
        function::<ChangeEmail>(Door::SignedIn),
        function::<KeepEmail>(Door::SignedIn),
        function::<ProveEmail>(Door::SignedIn),
        function::<ChangePassword>(Door::SignedIn),
        function::<SignOutDevice>(Door::SignedIn),
        function::<SignOutOthers>(Door::SignedIn),
        function::<DeleteAccount>(Door::SignedIn),
        function::<ListPlans>(Door::Public),
        function::<ReadSubscription>(Door::Organization(Permission::PlanRead)),
        function::<ChangePlan>(Door::Organization(Permission::BillingManage)),
        function::<ReadWorkbench>(Door::Tenant(Permission::ToolRead)),
        function::<ListRecent>(Door::Tenant(Permission::JobRead)),
        function::<CountJobs>(Door::Tenant(Permission::JobRead)),
        function::<ReadJob>(Door::Tenant(Permission::JobRead)),
        // After what lists jobs: whatever is typed into it is listed there, to whoever typed it.
        function::<RunTool>(Door::Tenant(Permission::DispatchRun)),
        function::<CancelJob>(Door::Tenant(Permission::DispatchRun)),
        function::<ListTools>(Door::Tenant(Permission::ToolRead)),
        function::<ReadTool>(Door::Tenant(Permission::ToolRead)),
        function::<CreateTool>(Door::Tenant(Permission::ToolManage)),
        function::<ChangeTool>(Door::Tenant(Permission::ToolManage)),
        function::<RotateTool>(Door::Tenant(Permission::ToolManage)),
        function::<RemoveTool>(Door::Tenant(Permission::ToolManage)),
        function::<ListEndpoints>(Door::Tenant(Permission::WebhookManage)),
        function::<ReadEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<CreateEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<ChangeEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<SwitchEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<RotateEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<RemoveEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<TestEndpoint>(Door::Tenant(Permission::WebhookManage)),
        function::<Replay>(Door::Tenant(Permission::WebhookManage)),
        function::<ListKeys>(Door::Tenant(Permission::KeyRead)),
        function::<CreateKey>(Door::Tenant(Permission::KeyManage)),
        function::<RotateKey>(Door::Tenant(Permission::KeyManage)),
        function::<RevokeKey>(Door::Tenant(Permission::KeyManage)),
        function::<ListInbound>(Door::Tenant(Permission::WebhookManage)),
        function::<ReadInbound>(Door::Tenant(Permission::WebhookManage)),
        function::<CreateInbound>(Door::Tenant(Permission::WebhookManage)),
        function::<ChangeInbound>(Door::Tenant(Permission::WebhookManage)),
        function::<RotateInbound>(Door::Tenant(Permission::WebhookManage)),
        function::<RemoveInbound>(Door::Tenant(Permission::WebhookManage)),
        function::<ReadWizard>(Door::SignedIn),
        function::<BeginOnboarding>(Door::SignedIn),
        function::<NameOrganization>(Door::SignedIn),
        function::<ChoosePlan>(Door::SignedIn),
        function::<ChooseIntegrations>(Door::SignedIn),
        function::<CompleteOnboarding>(Door::SignedIn),
        function::<ListUsageChoices>(Door::Organization(Permission::UsageRead)),
        function::<ReadUsage>(Door::Organization(Permission::UsageRead)),
        function::<ReadHome>(Door::Organization(Permission::UsageRead)),
        function::<ListOrganizations>(Door::SignedIn),
        function::<SwitchOrganization>(Door::SignedIn),
        function::<ReadSettings>(Door::Member),
        function::<SaveSettings>(Door::Organization(Permission::OrganizationManage)),
    ]
}

/// All doors of an installation, behind the router that is served.
#[must_use]
pub fn doors(app: App, router: Router) -> Doors {
    let pages = leptos_axum::generate_route_list(crate::app::App).into_iter().map(|page| page.path().to_owned());
    let guarded = |page: &String| start::detour(&Start::default(), page).is_some();
    Doors { app, router, functions: functions(), pages: pages.filter(guarded).collect() }
}

fn function<S: ServerFn + DeserializeOwned>(door: Door) -> Function {
    Function { path: S::PATH.to_owned(), fields: fields::<S>(), door }
}

/// The names of a function's fields, as it reads them itself: no list of them could lie.
fn fields<S: DeserializeOwned>() -> Vec<String> {
    let mut names = Vec::new();
    // It is asked for its names and given nothing to read, so it always refuses.
    let _refused = S::deserialize(Names(&mut names));
    names
}

/// Reads nothing; notes which fields were asked for.
struct Names<'a>(&'a mut Vec<String>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(fields.iter().map(|field| (*field).to_owned()));
        Err(serde::de::Error::custom("only its names were asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("no form"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_says_itself_which_fields_it_takes() {
        assert_eq!(fields::<RunTool>(), ["tenant", "tool", "action", "payload", "when_full", "once"]);
        assert!(fields::<ListOrganizations>().is_empty());
    }
}
