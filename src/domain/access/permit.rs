//! Permissions as types, so that a scope says in its type what it was given for.

use tenantry_kernel::{Permission, key::Scope};

/// What a scope must have been given for.
pub trait Permit: Send + Sync + 'static {
    /// The permission; `None` is given to every member.
    const PERMISSION: Option<Permission>;
    /// The scope that a key needs, where its permission does not say so.
    const SCOPE: Option<Scope> = None;
    /// Is a call for it one of the day's API calls? What a blocked customer needs to pay and to look after keys is not.
    const COUNTS: bool = true;
    /// Must a person have proven lately who they are? What outlives the session that made it asks for that.
    const MATTERS: bool = false;
}

macro_rules! permits {
    ($($permit:ident $({ $($item:item)* })?)*) => {$(
        #[doc = concat!("[`Permission::", stringify!($permit), "`]")]
        #[derive(Clone, Copy, Debug)]
        pub enum $permit {}

        impl Permit for $permit {
            const PERMISSION: Option<Permission> = Some(Permission::$permit);
            $($($item)*)?
        }
    )*};
}

permits! {
    JobRead ToolRead UsageRead DispatchRun ToolManage WebhookManage OrganizationManage
    PlanRead { const COUNTS: bool = false; }
    BillingManage { const COUNTS: bool = false; }
    KeyRead { const COUNTS: bool = false; }
    KeyManage { const COUNTS: bool = false; const MATTERS: bool = true; }
}

/// Revoking a key: it closes something, so it asks for nothing more.
#[derive(Clone, Copy, Debug)]
pub enum KeyRevoke {}

impl Permit for KeyRevoke {
    const PERMISSION: Option<Permission> = Some(Permission::KeyManage);
    const COUNTS: bool = false;
}

/// Asking whether another key is good: a gateway's key, or whoever may see keys.
#[derive(Clone, Copy, Debug)]
pub enum KeyVerify {}

impl Permit for KeyVerify {
    const PERMISSION: Option<Permission> = Some(Permission::KeyRead);
    const SCOPE: Option<Scope> = Some(Scope::Verify);
    const COUNTS: bool = false;
}

/// Sending usage events: a program's key, or whoever may cause use.
#[derive(Clone, Copy, Debug)]
pub enum UsageSend {}

impl Permit for UsageSend {
    const PERMISSION: Option<Permission> = Some(Permission::DispatchRun);
    const SCOPE: Option<Scope> = Some(Scope::Usage);
}

/// Belonging to the organization is enough.
#[derive(Clone, Copy, Debug)]
pub enum Membership {}

impl Permit for Membership {
    const PERMISSION: Option<Permission> = None;
    const SCOPE: Option<Scope> = Some(Scope::Read);
}

/// Seeing an organization's settings: every member may. No key, which opens what its scopes name.
#[derive(Clone, Copy, Debug)]
pub enum OrganizationRead {}

impl Permit for OrganizationRead {
    const PERMISSION: Option<Permission> = None;
}

/// Making an organization: whoever is signed in may found one, and its first rows need a scope before anybody is a member.
#[derive(Clone, Copy, Debug)]
pub enum Founding {}

/// Running jobs: the worker's own, never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum JobWork {}

/// Changing what was agreed with an organization: the platform operator's, never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum Operating {}

/// Leaving an organization: a person's own, whatever their role; never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum Leaving {}

/// Counting what was used: the server's own, never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum Counting {}

/// Looking for what has changed, to tell those who may know: the server's own, never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum Watching {}

/// Telling endpoints what has happened: the worker's own, never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum Delivering {}
