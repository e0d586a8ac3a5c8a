//! `tenantry tool`: tools of a tenant.

use clap::{Args, Subcommand};
use serde_json::json;
use tenantry_domain::{
    access::{FoundTenant, permit::ToolRead},
    dispatch,
};
use tenantry_kernel::{
    Problem,
    dispatch::{ToolKind, ToolView},
    page::Limit,
    requests::{ToolChange, ToolRequest},
    tool::{CreatedToolView, RotatedToolView},
};

use crate::{
    confirm::confirm,
    operate::{Open, OperateError},
    output,
};

/// What can be done with tools.
#[derive(Debug, Subcommand)]
pub enum ToolCommand {
    /// The tenant's tools, by name.
    List {
        /// The tenant, by id or slug.
        tenant: String,
    },
    /// Make a tool that lives elsewhere. The secret that signs its jobs is shown now and never again.
    Create(CreateArgs),
    /// Change a tool: what is not named stays as it is.
    Change(ChangeArgs),
    /// Delete a tool. Jobs of it that wait fail when their turn comes.
    Delete {
        /// The tenant, by id or slug.
        tenant: String,
        /// The tool, by name or id.
        tool: String,
        /// The tenant's slug, as leave to go on.
        #[arg(long, value_name = "SLUG")]
        confirm: Option<String>,
    },
    /// Give a tool another secret. For 24 hours its jobs are signed with the old one too.
    Rotate {
        /// The tenant, by id or slug.
        tenant: String,
        /// The tool, by name or id.
        tool: String,
    },
}

/// A tool that is to be made.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The tenant, by id or slug.
    pub tenant: String,
    /// What a dispatch calls it.
    #[arg(long)]
    pub name: String,
    /// Where its jobs are sent.
    #[arg(long)]
    pub url: String,
    /// The feature that a plan must grant.
    #[arg(long)]
    pub feature: Option<String>,
    /// Seconds that a run may take: 1 to 86400; 60 where nothing is named.
    #[arg(long, value_name = "SECONDS")]
    pub timeout_seconds: Option<i64>,
}

/// What is to be changed of a tool.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The tenant, by id or slug.
    pub tenant: String,
    /// The tool, by name or id.
    pub tool: String,
    /// What a dispatch calls it.
    #[arg(long)]
    pub name: Option<String>,
    /// Where its jobs are sent.
    #[arg(long)]
    pub url: Option<String>,
    /// The feature that a plan must grant.
    #[arg(long, conflicts_with = "no_feature")]
    pub feature: Option<String>,
    /// It needs no feature.
    #[arg(long)]
    pub no_feature: bool,
    /// Seconds that a run may take: 1 to 86400.
    #[arg(long, value_name = "SECONDS")]
    pub timeout_seconds: Option<i64>,
}

impl ChangeArgs {
    fn wish(&self) -> ToolChange {
        let feature = self.feature.clone().map(Some).or_else(|| self.no_feature.then_some(None));
        let (name, url) = (self.name.clone(), self.url.clone());
        ToolChange { name, url, feature, timeout_seconds: self.timeout_seconds }
    }
}

/// Does what the command says.
pub(crate) async fn obey(command: ToolCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        ToolCommand::List { tenant } => list(&tenant, open).await,
        ToolCommand::Create(args) => create(args, open).await,
        ToolCommand::Change(args) => change(&args, open).await,
        ToolCommand::Delete { tenant, tool, confirm } => delete(&tenant, &tool, confirm.as_deref(), open).await,
        ToolCommand::Rotate { tenant, tool } => rotate(&tenant, &tool, open).await,
    }
}

async fn list(tenant: &str, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let read = async |cursor: Option<&str>| dispatch::tools(open.services, &scope, cursor, Limit::default()).await;
    open.print_all(read, line).await
}

async fn create(args: CreateArgs, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(&args.tenant).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let wish = ToolRequest {
        name: args.name,
        kind: Some(ToolKind::Webhook),
        url: args.url,
        feature: args.feature,
        timeout_seconds: args.timeout_seconds,
    };
    let made = dispatch::create_tool(open.services, &scope, &wish, None).await.map_err(Problem::from)?;
    let made: CreatedToolView = serde_json::from_str(&made.body).map_err(std::io::Error::other)?;
    let text = || format!("{}\n{}", line(&made.tool), shown_once(made.secret.as_deref()));
    Ok(output::print(open.json, &made, text)?)
}

async fn change(args: &ChangeArgs, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(&args.tenant).await?;
    let tool = find(&tenant, &args.tool, open).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let changed = dispatch::change_tool(open.services, &scope, tool.id, &args.wish()).await.map_err(Problem::from)?;
    Ok(output::print(open.json, &json!({"tool": changed}), || line(&changed))?)
}

async fn delete(tenant: &str, tool: &str, said: Option<&str>, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let tool = find(&tenant, tool, open).await?;
    confirm(said, &tenant.tenant.slug, &format!("deletes the tool {}", tool.name))?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    dispatch::remove_tool(open.services, &scope, tool.id).await.map_err(Problem::from)?;
    Ok(output::print(open.json, &json!({"tool": null}), || format!("{} is deleted.", tool.name))?)
}

async fn rotate(tenant: &str, tool: &str, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(tenant).await?;
    let tool = find(&tenant, tool, open).await?;
    let scope = open.operator.within(&tenant).map_err(Problem::from)?;
    let rotated = dispatch::rotate_tool(open.services, &scope, tool.id, None).await.map_err(Problem::from)?;
    let rotated: RotatedToolView = serde_json::from_str(&rotated.body).map_err(std::io::Error::other)?;
    let text = || {
        let until = rotated.previous.expires_at;
        format!("{}\nThe old secret signs until {until} too.", shown_once(rotated.secret.as_deref()))
    };
    Ok(output::print(open.json, &rotated, text)?)
}

/// A tool of the tenant, by name or id.
async fn find(tenant: &FoundTenant, text: &str, open: &Open<'_>) -> Result<ToolView, OperateError> {
    let scope = open.operator.within::<ToolRead>(tenant).map_err(Problem::from)?;
    Ok(dispatch::find_tool(open.services, &scope, text).await.map_err(Problem::from)?)
}

fn line(tool: &ToolView) -> String {
    let place = tool.url.as_deref().unwrap_or("built in");
    let feature = tool.feature.as_deref().map(|feature| format!(", needs {feature}")).unwrap_or_default();
    format!("{} ({}): {place}, {} s{feature}", tool.name, tool.id, tool.timeout_seconds)
}

fn shown_once(secret: Option<&str>) -> String {
    format!("The secret, shown now and never again: {}", secret.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Command, operate::OperateCommand};

    fn change(line: &str) -> Result<ToolChange, clap::Error> {
        let cli = Cli::try_parse_from(format!("tenantry tool change acme crm {line}").split_whitespace())?;
        match cli.command {
            Command::Operate(OperateCommand::Tool(ToolCommand::Change(args))) => Ok(args.wish()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_tells_what_is_left_out_from_what_is_taken_away() {
        assert_eq!(change("").ok(), Some(ToolChange::default()));
        assert_eq!(change("--no-feature").expect("right").feature, Some(None));
        assert_eq!(change("--feature basic").expect("right").feature, Some(Some("basic".into())));
        assert_eq!(change("--feature basic --no-feature").expect_err("both").exit_code(), 2);
    }
}
