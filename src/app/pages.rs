//! Pages that browsers fetch when they first show them, each group in files of its own: what belongs to it alone, and what it
//! shares with some of the others. The module that every visit waits for holds what all of them share, and the landing page.
//! Each further group may bring a file for every mixture of groups, so they are few.

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::{
    accounts::{AccountPage, ForgotPasswordPage, ResetPasswordPage, SignInPage, SignUpPage, VerifyEmailPage},
    billing::PlansPage,
    dispatch::{Counts, DispatchPage, JobPage, RecentJobs},
    fetched::{Fetched, Page},
    keys::KeysPage,
    metering::{DashboardPage, UsagePage},
    onboarding::{CompletePage, IntegrationsPage, OrganizationPage, PlanPage, WelcomePage},
    tenancy::SettingsPage,
    tools::{ToolPage, ToolsPage},
    webhooks::{EndpointPage, InboundPage, WebhooksPage},
};

macro_rules! pages {
    ($($file:ident: $($name:ident => $view:expr),+;)+) => {$($(
        pub fn $name() -> Fetched {
            #[wasm_split($file, fallible, preload(fetch))]
            fn $name() -> Page {
                Ok(($view)().into_any())
            }
            Fetched { part: stringify!($file), fetch: || Box::pin(fetch()), page: || Box::pin($name()) }
        }
    )+)+};
}

pages! {
    // Where people begin.
    entry:
        sign_in => SignInPage,
        sign_up => SignUpPage,
        forgot_password => ForgotPasswordPage,
        reset_password => ResetPasswordPage,
        verify_email => VerifyEmailPage,
        welcome => WelcomePage,
        organization => OrganizationPage,
        plan => PlanPage,
        integrations => IntegrationsPage,
        complete => CompletePage;
    dashboard:
        dashboard => || view! { <DashboardPage counts=|| view! { <Counts/> } recent=|| view! { <RecentJobs/> }/> };
    // What is done, and what it uses.
    jobs:
        dispatch => DispatchPage,
        job => JobPage,
        usage => UsagePage,
        plans => PlansPage;
    // What is set up to do it.
    setup:
        tools => ToolsPage,
        tool => ToolPage,
        keys => KeysPage;
    links:
        webhooks => WebhooksPage,
        inbound => InboundPage,
        endpoint => EndpointPage,
        settings => SettingsPage,
        account => AccountPage;
}
