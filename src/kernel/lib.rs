//! The words of Tenantry: what every room says and nobody explains twice.
//!
//! Typed ids, text that is parsed once, problems, permissions, plans, periods and the views that travel between server,
//! browser and programs. Everything here is a value or a pure function on values: no I/O, no clock, no framework. It
//! builds for the browser, so a rule that the interface shows is the rule that the server applies.

pub mod account;
pub mod dispatch;
pub mod endpoint;
pub mod id;
pub mod inbound;
pub mod key;
pub mod live;
pub mod mail;
pub mod metering;
pub mod moment;
pub mod money;
pub mod onboarding;
pub mod operator;
pub mod own;
pub mod page;
pub mod period;
pub mod permission;
pub mod plan;
pub mod problem;
pub mod quota;
pub mod rate;
pub mod requests;
pub mod standing;
pub mod tenancy;
pub mod text;
pub mod tool;
pub mod usage;

pub use id::{
    DeliveryId, EndpointId, EventId, InboundId, JobId, KeyId, MemberId, OrganizationId, ReceiptId, SessionId,
    SigningKeyId, TenantId, TokenFamilyId, ToolId, UserId,
};
pub use permission::{Permission, Role};
pub use problem::{Code, FieldError, LimitFacts, Problem};
pub use rate::Burst;
