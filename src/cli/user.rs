//! `tenantry user`: people's accounts.

use clap::Subcommand;
use serde_json::json;
use tenantry_domain::accounts;
use tenantry_kernel::Problem;

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with a person's account.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Take the operator's word that an address is its person's: the account opens without a mail.
    Verify {
        /// The e-mail address.
        email: String,
    },
}

/// Does what the command says.
pub(crate) async fn obey(command: UserCommand, open: &Open<'_>) -> Result<(), OperateError> {
    let UserCommand::Verify { email } = command;
    let user = accounts::vouch_for(open.services, open.operator, &email).await.map_err(Problem::from)?;
    output::print(open.json, &json!({"user": user}), || format!("{} is verified.", user.email))?;
    Ok(())
}
