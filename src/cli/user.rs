//! `tenantry user`: people's accounts.

use clap::Subcommand;
use serde_json::json;
use tenantry_domain::accounts::{self, devices};
use tenantry_kernel::{Problem, SessionId, account::SessionView};

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
    /// Show the devices on which a person is signed in, the last that signed in first.
    Sessions {
        /// The e-mail address.
        email: String,
    },
    /// Sign a person out: on every device, or on one.
    SignOut {
        /// The e-mail address.
        email: String,
        /// One device alone, by its session's id.
        #[arg(long, value_name = "ID")]
        session: Option<SessionId>,
    },
}

/// Does what the command says.
pub(crate) async fn obey(command: UserCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        UserCommand::Verify { email } => {
            let user = accounts::vouch_for(open.services, open.operator, &email).await.map_err(Problem::from)?;
            output::print(open.json, &json!({"user": user}), || format!("{} is verified.", user.email))?;
        }
        UserCommand::Sessions { email } => {
            let data = devices::list_of(open.services, open.operator, &email).await.map_err(Problem::from)?;
            output::print(open.json, &json!({"data": data}), || text(&data))?;
        }
        UserCommand::SignOut { email, session } => {
            let ended = devices::sign_out_of(open.services, open.operator, &email, session).await;
            let ended = ended.map_err(Problem::from)?;
            output::print(open.json, &json!({"ended": ended}), || format!("Signed out on {ended} devices."))?;
        }
    }
    Ok(())
}

fn text(sessions: &[SessionView]) -> String {
    if sessions.is_empty() {
        return "Signed in nowhere.".to_owned();
    }
    let line = |session: &SessionView| {
        let SessionView { id, device, created_at, last_seen_at, .. } = session;
        let from = session.address.as_deref().unwrap_or("an unknown address");
        format!("{id}  {device}, last seen {last_seen_at} from {from}, signed in {created_at}")
    };
    sessions.iter().map(line).collect::<Vec<_>>().join("\n")
}
