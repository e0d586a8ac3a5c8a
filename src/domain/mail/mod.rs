//! Mail: an outbox in the database, and the task that empties it.
//!
//! A mail is a row that is written in the transaction of its cause, so what is rolled back is not told and what is committed
//! is. What the row holds is what the mail says, as data; it becomes text, and a link in it a token, when the mail is sent or
//! read. So a copy of the tables opens nothing, and a link's time begins when it leaves.

mod authorities;
mod delivery;
mod letter;
mod message;
mod paper;
mod reader;
mod room;
mod settings;
mod sql;
pub mod worker;

use sqlx::PgConnection;
use tenantry_kernel::{UserId, text::Email};
use uuid::Uuid;

pub use authorities::{Authorities, AuthoritiesError};
pub(crate) use letter::{Asked, Letter};
pub use reader::{Reader, list, settled};
pub use room::Mailroom;
pub use settings::{MailSettings, Sender, SenderError, SmtpServer, SmtpServerError};

use crate::{
    Services,
    db::{DbError, OrgTx},
};

/// Asks for a mail about which more must be found out than a request may take the time for. Say [`Mailroom::announce`] after
/// the commit.
pub(crate) async fn ask(
    services: &Services,
    connection: &mut PgConnection,
    to: &Email,
    asked: &Asked,
) -> Result<(), DbError> {
    sql::insert(connection, services.new_id(), to.as_str(), asked.kind(), &asked.to_text(), "asked").await
}

/// Posts a mail to a person. Say [`Mailroom::announce`] after the commit.
pub(crate) async fn post(
    services: &Services,
    connection: &mut PgConnection,
    to: &str,
    letter: &Letter,
) -> Result<(), DbError> {
    sql::insert(connection, services.new_id(), to, letter.kind(), &letter.to_text(), "waiting").await
}

/// Forgets every mail to an address, also what waits to be sent.
pub(crate) async fn forget(connection: &mut PgConnection, recipient: &str) -> Result<(), DbError> {
    sql::remove_to(connection, recipient).await
}

/// Posts a mail about the transaction's organization to one of its people; false where there is no such person any more.
pub(crate) async fn post_of_organization(
    services: &Services,
    tx: &mut OrgTx,
    to: UserId,
    letter: &Letter,
) -> Result<bool, DbError> {
    sql::insert_of_organization(tx, services.new_id::<Uuid>(), to, letter.kind(), &letter.to_text()).await
}
