//! What the platform operator asks of one organization, tenant or person: the installation is opened as its server was started,
//! whether or not it runs, and the verbs are the ones behind every other door.

use std::{io, path::Path};

use clap::Subcommand;
use serde::Serialize;
use tenantry_domain::{
    Services, Settings,
    access::{Destination, FoundOrganization, FoundTenant, Operator, OrganizationRef},
    db::DbError,
};
use tenantry_kernel::{Code, Problem, page::Page};

use crate::{
    Exit, Given, Installation, InstallationError, billing, endpoint, explain, job, mail, org, output, quota,
    signing_key, tool, usage, user, webhook,
};

/// The nouns that are about one organization, tenant or person.
#[derive(Debug, Subcommand)]
pub enum OperateCommand {
    /// Limits of an organization, and what it has instead of its plan's.
    #[command(subcommand)]
    Quota(quota::QuotaCommand),
    /// An organization's settings.
    #[command(subcommand)]
    Org(org::OrgCommand),
    /// What an organization has used.
    #[command(subcommand)]
    Billing(billing::BillingCommand),
    /// Where a tenant's own systems are told what happens.
    #[command(subcommand)]
    Endpoint(endpoint::EndpointCommand),
    /// Tools of a tenant.
    #[command(subcommand)]
    Tool(tool::ToolCommand),
    /// Jobs of a tenant.
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Inbound webhooks of a tenant.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// People's accounts.
    #[command(subcommand)]
    User(user::UserCommand),
    /// The keys that access tokens are signed with.
    #[command(subcommand)]
    SigningKey(signing_key::SigningKeyCommand),
    /// Mails that were posted.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// What is metered of an organization, and its sums.
    #[command(subcommand)]
    Usage(usage::UsageCommand),
    /// Say rule by rule how a dispatch would be decided now.
    Explain(explain::ExplainArgs),
}

/// Why a command failed or was refused.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// The installation could not be opened.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The verb refused, in the API's words.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// Standard output is closed, or the note of the server's address is none.
    #[error("{0}")]
    Process(#[from] io::Error),
}

impl From<Problem> for OperateError {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<DbError> for OperateError {
    fn from(error: DbError) -> Self {
        Problem::from(error).into()
    }
}

impl OperateError {
    /// The exit code of the command.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Installation(_) | Self::Process(_) => Exit::Failed,
            Self::Refused(problem) => match problem.status {
                404 => Exit::NotFound,
                400 | 422 => Exit::Misused,
                402 | 403 | 409 | 429 => Exit::Refused,
                _ => Exit::Failed,
            },
        }
    }
}

/// An installation that is open for its operator.
pub(crate) struct Open<'a> {
    pub services: &'a Services,
    pub operator: &'a Operator,
    /// JSON instead of text.
    pub json: bool,
}

impl Open<'_> {
    /// An organization by id or slug.
    pub async fn organization(&self, text: &str) -> Result<FoundOrganization, OperateError> {
        let found = match OrganizationRef::parse(text) {
            Some(organization) => self.operator.find(self.services, &organization).await?,
            None => None,
        };
        Ok(found.ok_or_else(|| Problem::new(Code::NotFound, format!("There is no organization {text}.")))?)
    }

    /// A tenant by id or slug.
    pub async fn tenant(&self, text: &str) -> Result<FoundTenant, OperateError> {
        let found = self.operator.find_tenant(self.services, &Destination::parse(text)).await?;
        Ok(found.ok_or_else(|| Problem::new(Code::NotFound, format!("There is no tenant {text}.")))?)
    }

    /// Prints a whole list, which is read page by page; `line` is what people read of an entry.
    pub async fn print_all<T: Serialize, E>(
        &self,
        read: impl AsyncFn(Option<&str>) -> Result<Page<T>, E>,
        line: impl Fn(&T) -> String,
    ) -> Result<(), OperateError>
    where
        Problem: From<E>,
    {
        let mut all = Page { data: Vec::new(), next_cursor: None };
        loop {
            let page = read(all.next_cursor.as_deref()).await.map_err(Problem::from)?;
            all.data.extend(page.data);
            all.next_cursor = page.next_cursor;
            if all.next_cursor.is_none() {
                break;
            }
        }
        Ok(output::print(self.json, &all, || all.data.iter().map(line).collect::<Vec<_>>().join("\n"))?)
    }
}

/// Does what the command says.
///
/// # Errors
/// An installation that cannot be opened; what the verb refuses.
pub async fn obey(command: OperateCommand, data_dir: &Path, given: &Given, json: bool) -> Result<(), OperateError> {
    let installation = Installation::of(data_dir, given).await?;
    let url = installation.public_url().unwrap_or("http://localhost/");
    let url = url.parse().map_err(io::Error::other)?;
    let settings = Settings { loopback_tools: installation.loopback_tools(), ..Settings::new(url) };
    let services = installation.services(settings);
    let open = Open { services: &services, operator: installation.operator(), json };
    let done = match command {
        OperateCommand::Quota(command) => quota::obey(command, &open).await,
        OperateCommand::Org(command) => org::obey(command, &open).await,
        OperateCommand::Billing(command) => billing::obey(command, &open).await,
        OperateCommand::Endpoint(command) => endpoint::obey(command, &open).await,
        OperateCommand::Tool(command) => tool::obey(command, &open).await,
        OperateCommand::Job(command) => job::obey(command, &open).await,
        OperateCommand::Webhook(command) => webhook::obey(command, &open).await,
        OperateCommand::User(command) => user::obey(command, &open).await,
        OperateCommand::SigningKey(command) => signing_key::obey(command, &open).await,
        OperateCommand::Mail(command) => mail::obey(command, &open).await,
        OperateCommand::Usage(command) => usage::obey(command, &open).await,
        OperateCommand::Explain(args) => explain::obey(args, &open).await,
    };
    services.db.close().await;
    installation.close().await;
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_exit_code_of_its_kind() {
        let exit = |code| OperateError::from(Problem::new(code, "no")).exit();
        assert_eq!(exit(Code::NotFound), Exit::NotFound);
        assert_eq!(exit(Code::Invalid), Exit::Misused);
        assert_eq!(exit(Code::Conflict), Exit::Refused);
        assert_eq!(exit(Code::GuardUnavailable), Exit::Failed);
    }
}
