//! Two organizations that must know nothing of each other, made by the product's own verbs, with a canary in every text of
//! theirs: where one appears on the other's side, something got through.

use serde_json::{Value, json};
use tenantry_kernel::{
    DeliveryId, EndpointId, InboundId, JobId, KeyId, MemberId, OrganizationId, ReceiptId, Role, SessionId, TenantId,
    ToolId, UserId,
    dispatch::{ToolKind, WhenFull},
    endpoint::EventType,
    inbound::{CreatedInboundView, InboundRequest, Scheme},
    key::Scope,
    permission::Standing,
    requests::{CreateKey, CreateOrganization, DispatchRequest, EndpointRequest, SignUp, ToolRequest},
    text::IdempotencyKey,
};
use uuid::Uuid;

use super::{VerifyError, rows, shape::Table, truth::Truth};
use crate::{
    Services,
    access::{
        self, Destination, Host, TenantScope,
        permit::{DispatchRun, KeyManage, ToolManage, WebhookManage},
    },
    accounts::{self, SessionToken, session},
    db::{Connections, DbError},
    dispatch,
    idempotency::OnceKey,
    keys, metering, tenancy,
    webhooks::{
        endpoints,
        inbound::{
            self,
            firewall::{self, Knock},
        },
        standard::{self, Secret},
    },
};

/// The plan without a limit on dispatches, so that no attack ends at a quota.
const PLAN: &str = "empire";

/// A column that holds an id, what the id is called, and its public form.
type Kind = (&'static str, &'static str, fn(Uuid) -> String);

/// Every kind of id. A new one gets its line here, and is tried at every door.
const KINDS: &[Kind] = &[
    ("organization_id", "organization's id", |id| OrganizationId::from(id).to_string()),
    ("tenant_id", "tenant's id", |id| TenantId::from(id).to_string()),
    ("user_id", "person's id", |id| UserId::from(id).to_string()),
    ("member_id", "member's id", |id| MemberId::from(id).to_string()),
    ("tool_id", "tool's id", |id| ToolId::from(id).to_string()),
    ("job_id", "job's id", |id| JobId::from(id).to_string()),
    ("key_id", "key's id", |id| KeyId::from(id).to_string()),
    ("inbound_id", "inbound webhook's id", |id| InboundId::from(id).to_string()),
    ("receipt_id", "receipt's id", |id| ReceiptId::from(id).to_string()),
    ("endpoint_id", "endpoint's id", |id| EndpointId::from(id).to_string()),
    ("delivery_id", "delivery's id", |id| DeliveryId::from(id).to_string()),
];

/// Something of an organization's by a name that a caller could try, beside one of the same form that never was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What kind of name it is.
    pub kind: &'static str,
    /// The name.
    pub text: String,
    /// The one that never was. An id differs in its last bits alone, so that it stands at the same place in every order.
    pub never: String,
}

/// One of the two organizations.
#[derive(Clone, Debug)]
pub struct Side {
    /// Its id.
    pub organization: OrganizationId,
    /// Its first workspace.
    pub tenant: TenantId,
    /// Who it belongs to.
    pub owner: UserId,
    /// A word that stands in its texts and nowhere else.
    pub canary: String,
    /// The idempotency key of its first dispatch.
    pub once: String,
    /// The text of an API key with every scope.
    pub key: String,
    /// Everything that it could be asked for by.
    pub names: Vec<Named>,
    /// Its own id and its workspace's, as the database writes them.
    pub(super) uuids: [String; 2],
}

impl Side {
    /// The value of a table's leading column on this side.
    pub(super) fn leading(&self, table: &Table) -> Uuid {
        if table.of_tenant() { self.tenant.uuid() } else { self.organization.uuid() }
    }

    /// Words that nobody else may ever be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| name.text.as_str()).chain([self.canary.as_str()])
    }
}

/// Both of them, and the people that try their doors.
#[derive(Clone, Debug)]
pub struct World {
    /// The one whose things are tried.
    pub first: Side,
    /// The one whose owner tries them.
    pub second: Side,
    /// Members of the first alone, by where they stand; its owner among them.
    pub members: Vec<(Standing, UserId)>,
    /// A viewer of the first who is an admin of the second.
    pub both: UserId,
}

impl World {
    /// Makes it in an empty database that is migrated.
    ///
    /// # Errors
    /// When a verb refuses, when a guarded table stays without rows (the error names it), or the database is away.
    pub async fn make(services: &Services, connections: &Connections) -> Result<Self, VerifyError> {
        let mut first = found(services, "first").await?;
        let second = found(services, "second").await?;
        let mut truth = Truth::open(connections).await?;
        let mut members = vec![(Standing::Owner, first.owner)];
        for role in Role::ALL {
            let user = sign_up(services, role.as_str()).await?;
            truth.admit(&first, services.new_id(), user.into(), role.as_str()).await?;
            members.push((Standing::of(role, false), user));
        }
        let both = sign_up(services, "both").await?;
        truth.admit(&second, services.new_id(), both.into(), Role::Admin.as_str()).await?;
        truth.admit(&first, services.new_id(), both.into(), Role::Viewer.as_str()).await?;
        rows::fill(&mut truth, [&first, &second]).await?;
        first.names.extend(ids(&mut truth, &first, &second).await?);
        truth.close().await?;
        Ok(Self { first, second, members, both })
    }

    /// A session of somebody of this world; each call makes a new one, since some doors end theirs.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn session(&self, services: &Services, user: UserId) -> Result<SessionToken, DbError> {
        let mut connection = services.db.platform().await?;
        Ok(session::start(services, &mut connection, user, "verification").await?.token)
    }

    /// The first one's own UUIDs that a text does not say itself.
    pub(super) fn uuids(&self, text: &str) -> impl Iterator<Item = &str> {
        let said = text.to_owned();
        self.first.uuids.iter().map(String::as_str).filter(move |uuid| !said.contains(uuid))
    }

    /// All that stands in the database of the first one, past every policy.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn everything_of_the_first(&self, connections: &Connections) -> Result<String, VerifyError> {
        let mut truth = Truth::open(connections).await?;
        let everything = truth.everything_of(&self.first).await?;
        truth.close().await?;
        Ok(everything)
    }
}

async fn sign_up(services: &Services, name: &str) -> Result<UserId, VerifyError> {
    let tail = word(services);
    let request = SignUp { name: name.into(), email: format!("{name}.{tail}@example.com"), password: word(services) };
    Ok(accounts::sign_up(services, request, "verification").await?.0.id)
}

/// Sixteen letters of chance.
fn word(services: &Services) -> String {
    services.entropy.bytes::<16>().iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

/// An organization with a job, by the verbs that its owner would use.
async fn found(services: &Services, name: &str) -> Result<Side, VerifyError> {
    let (canary, once) = (word(services), word(services));
    let email = format!("{name}.{canary}@example.com");
    let person = SignUp { name: format!("{name} {canary}"), email: email.clone(), password: word(services) };
    let (user, session) = accounts::sign_up(services, person, "verification").await?;
    let key = |route: &str| {
        IdempotencyKey::parse(&once).map(|key| OnceKey::new(key, route, b"")).map_err(|_| VerifyError::World("a key"))
    };
    let visitor = access::enter(services, &session.token, &Host::Main, &Destination::Current).await?;
    let slug = format!("{name}-{canary}");
    let wish =
        CreateOrganization { name: format!("{name} {canary}"), plan: Some(PLAN.into()), slug: Some(slug.clone()) };
    tenancy::create_organization(services, &visitor.principal, &wish, Some(&key("the organization")?)).await?;
    let visitor = access::enter(services, &session.token, &Host::Main, &Destination::Current).await?;
    let place = visitor.place()?;
    let (organization, tenant) = (place.organization, place.tenant);
    let scope = visitor.tenant::<DispatchRun>()?;
    let request = DispatchRequest {
        tool: "echo".into(),
        action: canary.clone(),
        payload: Value::from(canary.as_str()),
        when_full: WhenFull::Reject,
    };
    dispatch::dispatch(services, &scope, &request, Some(&key("the dispatch")?)).await?;
    metering::ingest(services, &visitor.tenant()?, vec![event(&canary)], None).await?;
    let key = api_key(services, &visitor.tenant()?, &canary).await?;
    tool_elsewhere(services, &visitor.tenant()?, &canary).await?;
    message(services, &visitor.tenant()?, &canary).await?;
    endpoint(services, &visitor.tenant()?, &canary).await?;
    let named = |kind, text: String| Named { kind, never: another(&text), text };
    // No guarded table holds a session, so its id is named here.
    let never = SessionId::from(Uuid::from_u128(session.id.uuid().as_u128() ^ 0xff)).to_string();
    let own_session = Named { kind: "session's id", text: session.id.to_string(), never };
    let names = vec![named("slug", slug), named("owner's address", email), own_session];
    let uuids = [organization.uuid().to_string(), tenant.uuid().to_string()];
    Ok(Side { organization, tenant, owner: user.id, once, key, canary, names, uuids })
}

/// A usage event with the canary in every text.
fn event(canary: &str) -> Value {
    json!({"specversion": "1.0", "id": canary, "source": canary, "type": canary, "subject": canary, "tool": canary})
}

/// An API key with every scope.
async fn api_key(services: &Services, scope: &TenantScope<KeyManage>, canary: &str) -> Result<String, VerifyError> {
    let wish = CreateKey { name: canary.to_owned(), scopes: Scope::ALL.to_vec(), ..CreateKey::default() };
    let made = keys::create(services, scope, &wish, None).await?;
    let body: Value = serde_json::from_str(&made.body).unwrap_or_default();
    body["secret"].as_str().map(str::to_owned).ok_or(VerifyError::World("an API key"))
}

/// A tool with an address and a secret.
async fn tool_elsewhere(services: &Services, scope: &TenantScope<ToolManage>, canary: &str) -> Result<(), VerifyError> {
    let (name, url) = (canary.to_owned(), format!("https://{canary}.example.com/"));
    let wish = ToolRequest { name, kind: Some(ToolKind::Webhook), url, ..ToolRequest::default() };
    dispatch::create_tool(services, scope, &wish, None).await?;
    Ok(())
}

/// An inbound webhook without a tool, and a message that came by it.
async fn message(services: &Services, scope: &TenantScope<WebhookManage>, canary: &str) -> Result<(), VerifyError> {
    const FAILED: VerifyError = VerifyError::World("an inbound webhook");
    let wish = InboundRequest { name: canary.into(), scheme: Some(Scheme::Standard), ..InboundRequest::default() };
    let made = inbound::create(services, scope, &wish, None).await?;
    let made: CreatedInboundView = serde_json::from_str(&made.body).map_err(|_| FAILED)?;
    let secret = made.secret.and_then(|text| Secret::parse(&text)).ok_or(FAILED)?;
    let (at, body) = (services.clock.now().timestamp(), json!({"type": canary}).to_string());
    let signature = standard::signatures(&[secret], canary, at, body.as_bytes());
    let at = at.to_string();
    let headers = [(standard::ID, canary), (standard::TIMESTAMP, &at), (standard::SIGNATURE, &signature)];
    let headers = headers.map(|(name, value)| (name, value.as_bytes()));
    let from = std::net::Ipv4Addr::LOCALHOST.into();
    let knock = Knock { webhook: made.webhook.id, from, declared: None, headers: &headers };
    let awaited = firewall::knock(services, knock).await.map_err(|_| FAILED)?;
    awaited.arrive(services, body.into_bytes()).await.map_err(|_| FAILED)?;
    Ok(())
}

/// An endpoint with a message on its way to it.
async fn endpoint(services: &Services, scope: &TenantScope<WebhookManage>, canary: &str) -> Result<(), VerifyError> {
    let url = format!("https://{canary}.example.com/");
    let wish = EndpointRequest { url, events: vec![EventType::PlanChanged], description: Some(canary.to_owned()) };
    let made = endpoints::create_endpoint(services, scope, &wish, None).await?;
    let body: Value = serde_json::from_str(&made.body).unwrap_or_default();
    let id = body["endpoint"]["id"].as_str().and_then(|id| id.parse().ok());
    endpoints::test_endpoint(services, scope, id.ok_or(VerifyError::World("an endpoint"))?, None).await?;
    Ok(())
}

/// A text of the same form and length: its first letter after the word in front is another.
fn another(text: &str) -> String {
    let place = text.find(['-', '.']).map_or(0, |before| before + 1);
    let other = if text[place..].starts_with('x') { 'y' } else { 'x' };
    text.char_indices().map(|(index, letter)| if index == place { other } else { letter }).collect()
}

/// The public form of every id in a side's rows, but for those that the other side's rows have too.
async fn ids(truth: &mut Truth, side: &Side, other: &Side) -> Result<Vec<Named>, VerifyError> {
    truth.begin().await?;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for table in truth.tables.clone() {
        for (found, side) in [(&mut own, side), (&mut others, other)] {
            for row in truth.rows_of(&table, side).await? {
                found.extend(KINDS.iter().filter_map(|(column, kind, form)| {
                    let id: Uuid = row.get(column)?.as_str()?.parse().ok()?;
                    let never = Uuid::from_u128(id.as_u128() ^ 0xff);
                    Some(Named { kind, text: form(id), never: form(never) })
                }));
            }
        }
    }
    truth.forget().await?;
    let mut names: Vec<Named> = Vec::new();
    for name in own {
        // One of each kind: a second one meets the same answer.
        if !names.iter().any(|known| known.kind == name.kind) && !others.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_never_was_has_the_form_of_one_that_is() {
        assert_eq!(another("first-abc"), "first-xbc");
        assert_eq!(another("first-xbc"), "first-ybc");
        assert_eq!(another("first.abc@example.com"), "first.xbc@example.com");
    }
}
