//! `tenantry signing-key`: the keys that access tokens are signed with.

use clap::Subcommand;
use serde_json::json;
use tenantry_domain::accounts::tokens::{self, Rotation};
use tenantry_kernel::{Problem, account::SigningKeyView};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with signing keys.
#[derive(Debug, Subcommand)]
pub enum SigningKeyCommand {
    /// Show the keys that are believed, newest first.
    List,
    /// Let a new key sign from now on. What the one before has signed stays good until it ends by itself, within minutes.
    Rotate {
        /// Believe nothing any more that was signed before: when a key may be in other hands.
        #[arg(long)]
        at_once: bool,
    },
}

/// Does what the command says.
pub(crate) async fn obey(command: SigningKeyCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        SigningKeyCommand::List => {
            let keys = tokens::signing_keys(open.services, open.operator).await?;
            output::print(open.json, &json!({"data": keys}), || text(&keys))?;
        }
        SigningKeyCommand::Rotate { at_once } => {
            let rotation = if at_once { Rotation::AtOnce } else { Rotation::Graceful };
            let key = tokens::rotate(open.services, open.operator, rotation).await.map_err(Problem::from)?;
            output::print(open.json, &json!({"signing_key": key}), || line(&key))?;
        }
    }
    Ok(())
}

fn text(keys: &[SigningKeyView]) -> String {
    if keys.is_empty() {
        return "There is none yet: the first token makes one.".to_owned();
    }
    keys.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(key: &SigningKeyView) -> String {
    match key.believed_until {
        None => format!("{} signs since {}", key.id, key.created_at),
        Some(until) => format!("{} is believed until {until}", key.id),
    }
}
