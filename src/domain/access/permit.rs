//! Permissions as types, so that a scope says in its type what it was given for.

use tenantry_kernel::Permission;

/// What a scope must have been given for.
pub trait Permit: Send + Sync + 'static {
    /// The permission; `None` is given to every member.
    const PERMISSION: Option<Permission>;
}

macro_rules! permits {
    ($($permit:ident)*) => {$(
        #[doc = concat!("[`Permission::", stringify!($permit), "`]")]
        #[derive(Clone, Copy, Debug)]
        pub enum $permit {}

        impl Permit for $permit {
            const PERMISSION: Option<Permission> = Some(Permission::$permit);
        }
    )*};
}

permits! {
    JobRead ToolRead UsageRead PlanRead DispatchRun BillingManage
}

/// Belonging to the organization is enough.
#[derive(Clone, Copy, Debug)]
pub enum Membership {}

impl Permit for Membership {
    const PERMISSION: Option<Permission> = None;
}

/// Making an organization: whoever is signed in may found one, and its first rows need a scope before anybody is a member.
#[derive(Clone, Copy, Debug)]
pub enum Founding {}

/// Running jobs: the worker's own, never given to a request.
#[derive(Clone, Copy, Debug)]
pub enum JobWork {}
