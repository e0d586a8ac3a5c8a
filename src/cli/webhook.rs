//! `tenantry webhook`: inbound webhooks of a tenant.

use clap::{Args, Subcommand};
use serde_json::json;
use tenantry_domain::{access::FoundTenant, webhooks::inbound};
use tenantry_kernel::{
    FieldError, InboundId, Problem,
    inbound::{
        CreatedInboundView, InboundRequest, InboundView, Outcome, ReceiptView, RotateInbound, RotatedInboundView,
        Scheme,
    },
    page::Limit,
};

use crate::{
    confirm::confirm,
    operate::{Open, OperateError},
    output,
};

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// The tenant's inbound webhooks, newest first.
    List {
        /// The tenant, by id or slug.
        tenant: String,
    },
    /// Make an inbound webhook. The secret that its sender signs with is shown now and never again.
    Create(CreateArgs),
    /// Give an inbound webhook another secret; the old one stays good for the grace.
    Rotate {
        /// The tenant, by id or slug.
        tenant: String,
        /// The webhook, by id.
        webhook: String,
        /// Hours for which the old secret stays good: 0 to 720.
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        grace_period_hours: u32,
    },
    /// Remove an inbound webhook with its receipts. What is sent there finds nothing from then on.
    Remove {
        /// The tenant, by id or slug.
        tenant: String,
        /// The webhook, by id.
        webhook: String,
        /// The tenant's slug, as leave to go on.
        #[arg(long, value_name = "SLUG")]
        confirm: Option<String>,
    },
    /// What has come by an inbound webhook, newest first, and which rule turned how many away.
    Receipts {
        /// The tenant, by id or slug.
        tenant: String,
        /// The webhook, by id.
        webhook: String,
        /// How many: 1 to 100.
        #[arg(long, default_value_t = 25)]
        limit: u32,
    },
}

/// A webhook that is to be made.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The tenant, by id or slug.
    pub tenant: String,
    /// What it is called.
    #[arg(long)]
    pub name: String,
    /// How messages are signed: standard, stripe or hmac-sha256.
    #[arg(long, default_value = "standard")]
    pub scheme: String,
    /// A network that may send, in CIDR notation; may be named again. None is everybody.
    #[arg(long, value_name = "CIDR")]
    pub allow: Vec<String>,
    /// The tool that becomes a job for each message, by name or id.
    #[arg(long)]
    pub tool: Option<String>,
}

/// Does what the command says.
pub(crate) async fn obey(command: WebhookCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        WebhookCommand::List { tenant } => list(&tenant, open).await,
        WebhookCommand::Create(args) => create(args, open).await,
        WebhookCommand::Rotate { tenant, webhook, grace_period_hours } => {
            rotate(&tenant, &webhook, grace_period_hours, open).await
        }
        WebhookCommand::Remove { tenant, webhook, confirm } => {
            remove(&tenant, &webhook, confirm.as_deref(), open).await
        }
        WebhookCommand::Receipts { tenant, webhook, limit } => receipts(&tenant, &webhook, limit, open).await,
    }
}

async fn list(tenant: &str, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let read = async |cursor: Option<&str>| inbound::webhooks(open.services, &scope, cursor, Limit::default()).await;
    open.print_all(read, line).await
}

async fn create(args: CreateArgs, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(&args.tenant).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let wish =
        InboundRequest { name: args.name, scheme: Some(scheme(&args.scheme)?), allowlist: args.allow, tool: args.tool };
    let made = inbound::create(open.services, &scope, &wish, None).await.map_err(Problem::from)?;
    let made: CreatedInboundView = serde_json::from_str(&made.body).map_err(std::io::Error::other)?;
    let text = || format!("{}\n{}", line(&made.webhook), shown_once(made.secret.as_deref()));
    Ok(output::print(open.json, &made, text)?)
}

async fn rotate(tenant: &str, webhook: &str, hours: u32, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let wish = RotateInbound { grace_period_hours: Some(hours) };
    let rotated = inbound::rotate(open.services, &scope, id(webhook)?, wish, None).await.map_err(Problem::from)?;
    let rotated: RotatedInboundView = serde_json::from_str(&rotated.body).map_err(std::io::Error::other)?;
    let text = || {
        let until = rotated.previous.expires_at;
        format!("{}\nThe old secret is good until {until} too.", shown_once(rotated.secret.as_deref()))
    };
    Ok(output::print(open.json, &rotated, text)?)
}

async fn remove(tenant: &str, webhook: &str, said: Option<&str>, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let found = find(&tenant, webhook, open).await?;
    confirm(said, &tenant.tenant.slug, &format!("removes the webhook {} and its receipts", found.name))?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    inbound::remove(open.services, &scope, found.id).await.map_err(Problem::from)?;
    Ok(output::print(open.json, &json!({"webhook": null}), || format!("{} is removed.", found.name))?)
}

async fn receipts(tenant: &str, webhook: &str, limit: u32, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let limit = Limit::parse(Some(&limit.to_string())).map_err(Problem::from)?;
    let page = inbound::receipts(open.services, &scope, id(webhook)?, None, limit).await.map_err(Problem::from)?;
    let lines = || page.data.iter().map(receipt).collect::<Vec<_>>().join("\n");
    Ok(output::print(open.json, &page, lines)?)
}

/// A webhook of the tenant.
async fn find(tenant: &FoundTenant, text: &str, open: &Open<'_>) -> Result<InboundView, OperateError> {
    let scope = open.operator.within(tenant).map_err(Problem::from)?;
    Ok(inbound::webhook(open.services, &scope, id(text)?).await.map_err(Problem::from)?)
}

/// A malformed id names nothing.
fn id(text: &str) -> Result<InboundId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn scheme(word: &str) -> Result<Scheme, Problem> {
    let unknown = || FieldError::new("--scheme", "UNKNOWN", "Use standard, stripe or hmac-sha256.");
    Scheme::from_word(word).ok_or_else(|| unknown().into())
}

fn line(webhook: &InboundView) -> String {
    let InboundView { id, name, scheme, allowlist, tool, url, .. } = webhook;
    let from = if allowlist.is_empty() { "everywhere".to_owned() } else { allowlist.join(", ") };
    let becomes = tool.as_deref().map(|tool| format!(", for {tool}")).unwrap_or_default();
    format!("{name} ({id}): {url}, {} from {from}{becomes}", scheme.as_str())
}

fn receipt(receipt: &ReceiptView) -> String {
    let ReceiptView { outcome, code, count, address, message, job, last_at, .. } = receipt;
    let named = message.as_deref().map(|message| format!(" {message}")).unwrap_or_default();
    let became = job.map(|job| format!(" as {job}")).unwrap_or_default();
    match (outcome, code) {
        (Outcome::Accepted, _) => format!("{last_at} let in{named}{became}, from {address}"),
        (Outcome::Repeated, _) => format!("{last_at} {count} repeated, the last from {address}"),
        (Outcome::Refused, code) => {
            let code = code.map_or("refused", |code| code.as_str());
            format!("{last_at} {count} turned away: {code}, the last from {address}")
        }
    }
}

fn shown_once(secret: Option<&str>) -> String {
    format!("The secret, shown now and never again: {}", secret.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Command, operate::OperateCommand};

    #[test]
    fn several_networks_may_be_named() {
        let line = "tenantry webhook create acme --name crm --allow 10.0.0.0/8 --allow 192.0.2.7";
        let cli = Cli::try_parse_from(line.split_whitespace()).expect("right");
        let Command::Operate(OperateCommand::Webhook(WebhookCommand::Create(args))) = cli.command else {
            panic!("another command")
        };
        assert_eq!((args.allow.len(), args.scheme.as_str()), (2, "standard"));
        assert_eq!(scheme("none").expect_err("refused").code, tenantry_kernel::Code::Invalid);
    }
}
