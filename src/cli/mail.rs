//! `tenantry mail`: what was posted to people, with the links that it holds.

use std::fmt::Write as _;

use clap::Subcommand;
use tenantry_domain::mail::{self, Reader};
use tenantry_kernel::mail::MailView;

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with mails.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Show mails, newest first; those of the last week are kept.
    List {
        /// To this address alone.
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
    },
}

/// Does what the command says. Where no server runs, what was asked for is written first.
pub(crate) async fn obey(command: MailCommand, open: &Open<'_>) -> Result<(), OperateError> {
    let MailCommand::List { to } = command;
    mail::worker::write_asked(open.services).await?;
    let list = mail::list(open.services, &Reader::operator(open.operator), to.as_deref()).await?;
    output::print(open.json, &list, || text(&list.data))?;
    Ok(())
}

fn text(mails: &[MailView]) -> String {
    if mails.is_empty() {
        return "There are no mails.".to_owned();
    }
    let mut text = String::new();
    for (number, mail) in mails.iter().enumerate() {
        let apart = if number == 0 { "" } else { "\n\n" };
        let MailView { to, subject, at, state, attempts, .. } = mail;
        // Writing into a text cannot fail.
        let _ = write!(text, "{apart}To: {to}\nDate: {at}\nSubject: {subject}\nState: {state}, {attempts} attempts");
        if let Some(reason) = &mail.reason {
            let _ = write!(text, "\nLast answer: {reason}");
        }
        let _ = write!(text, "\n\n{}", mail.text.trim_end());
    }
    text
}
