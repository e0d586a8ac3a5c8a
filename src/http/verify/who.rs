//! Every door as nobody and as each role: in it come whom the permission table names, and nobody else.

use tenantry_domain::ops::verify::Tally;

use super::{
    WalkError,
    caller::{Ask, Caller, Walk},
    operation::{Form, Operation},
};
use crate::doors::Door;

/// What says that somebody was not let in; anything else is about what they sent.
const REFUSALS: [&str; 3] = ["UNAUTHENTICATED", "FORBIDDEN", "TENANT_SUSPENDED"];

pub(super) async fn attack(walk: &Walk<'_>, operations: &[Operation], tally: &mut Tally) -> Result<(), WalkError> {
    tally.begin("doors as nobody");
    for operation in operations {
        let answer = walk.send(operation, Caller::Nobody, Ask::about_nothing(operation, walk.world)).await?;
        let complaint = match (operation.door == Door::Public, answer.asks_to_sign_in()) {
            (false, false) => Some(format!("{} instead of 401 UNAUTHENTICATED", answer.words())),
            (true, true) => Some("401 at a door that is open to everybody".to_owned()),
            _ => None,
        };
        tally.tried(&operation.place, "nobody", complaint);
    }
    tally.begin("doors as each role");
    for operation in operations.iter().filter(|operation| operation.form != Form::Page) {
        for (standing, user) in &walk.world.members {
            let answer = walk.send(operation, Caller::Person(*user), Ask::about_nothing(operation, walk.world)).await?;
            let code = if operation.door == Door::Token { "UNAUTHENTICATED" } else { "FORBIDDEN" };
            let let_in = !REFUSALS.contains(&answer.code().as_str());
            let complaint = match operation.door.opens_for(*standing) {
                _ if answer.status >= 500 => Some(answer.words()),
                true if !let_in => Some(format!("{} to whom the table lets in", answer.words())),
                false if answer.code() != code => Some(format!("{} instead of {code}", answer.words())),
                _ => None,
            };
            tally.tried(&operation.place, &format!("{standing:?} of the organization"), complaint);
        }
    }
    Ok(())
}
