//! Who has come, changed or gone. An event names a person by id; what they are called is looked up when a message is sent, and
//! only while they belong to the organization: whoever has left is named to nobody, and nothing that is kept for a replay
//! names them.

use serde::{Deserialize, Serialize};
use tenantry_kernel::{MemberId, OrganizationId, Role, UserId, endpoint::EventType, tenancy::RoleSummary};

use super::{
    event::{Noted, id},
    sql_person,
};
use crate::{Services, db::DbError, tenancy};

/// What a person is called.
pub(super) struct Person {
    pub name: String,
    pub email: String,
}

/// A membership as its event lies there.
#[derive(Deserialize)]
struct Membership {
    #[serde(deserialize_with = "id")]
    member: MemberId,
    #[serde(deserialize_with = "id")]
    user: UserId,
    roles: Vec<Role>,
    owner: bool,
}

/// A membership as it is told.
#[derive(Serialize)]
pub(super) struct Told {
    member: MemberId,
    user: Someone,
    roles: Vec<RoleSummary>,
    owner: bool,
}

/// A person; what they are called is `null` where they do not belong to the organization any more.
#[derive(Serialize)]
struct Someone {
    id: UserId,
    name: Option<String>,
    email: Option<String>,
}

/// What an event of a membership says; `None` for what another version has written.
pub(super) fn told(data: &str, person: Option<&Person>) -> Option<Told> {
    let Membership { member, user, roles, owner } = serde_json::from_str(data).ok()?;
    let (name, email) = person.map(|person| (person.name.clone(), person.email.clone())).unzip();
    let roles = roles.into_iter().map(tenancy::role_summary).collect();
    Some(Told { member, user: Someone { id: user, name, email }, roles, owner })
}

/// What the person that an event is about is called; `None` where it is about none, or where they have left.
///
/// # Errors
/// When the database is away.
pub(super) async fn person(
    services: &Services,
    organization: OrganizationId,
    noted: &Noted,
) -> Result<Option<Person>, DbError> {
    let (Some(EventType::MembershipCreated | EventType::MembershipUpdated), Ok(membership)) =
        (EventType::from_word(&noted.r#type), serde_json::from_str::<Membership>(&noted.data))
    else {
        return Ok(None);
    };
    sql_person::member(&mut *services.db.platform().await?, organization, membership.user).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DATA: &str = r#"{"member": "00000000-0000-0000-0000-000000000007", "user": "00000000-0000-0000-0000-000000000008",
        "roles": ["operator"], "owner": false}"#;

    fn said(data: &str, person: Option<&Person>) -> Option<serde_json::Value> {
        told(data, person).and_then(|told| serde_json::to_value(told).ok())
    }

    #[test]
    fn a_member_is_told_of_with_roles_and_whoever_has_left_by_id_alone() {
        let user = UserId::from(uuid::Uuid::from_u128(8)).to_string();
        let ada = Person { name: "Ada".into(), email: "ada@example.com".into() };
        let told = said(DATA, Some(&ada)).expect("a membership");
        assert_eq!(told["user"], json!({"id": user, "name": "Ada", "email": "ada@example.com"}));
        assert_eq!(told["roles"], json!([{"id": "operator", "name": "Operator"}]));
        assert_eq!(said(DATA, None).expect("a membership")["user"], json!({"id": user, "name": null, "email": null}));
    }

    #[test]
    fn what_another_version_has_written_is_told_by_that_version() {
        assert!(said(&DATA.replace("operator", "rol_invented"), None).is_none());
        assert!(said("{}", None).is_none());
    }
}
