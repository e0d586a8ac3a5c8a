//! `tenantry endpoint`: where a tenant's own systems are told what happens, and what became of each message.

use clap::{Args, Subcommand};
use serde_json::json;
use tenantry_domain::{
    access::{FoundTenant, TenantScope, permit::WebhookManage},
    webhooks::endpoints,
};
use tenantry_kernel::{
    DeliveryId, EndpointId, Problem,
    endpoint::{CreatedEndpointView, DeliveryView, EndpointView, EventType, RotatedEndpointView},
    page::Limit,
    requests::EndpointRequest,
};

use crate::{
    confirm::confirm,
    operate::{Open, OperateError},
    output,
};

/// What can be done with endpoints.
#[derive(Debug, Subcommand)]
pub enum EndpointCommand {
    /// The tenant's endpoints, newest first.
    List {
        /// The tenant, by id or slug.
        tenant: String,
    },
    /// Make an endpoint. The secret that signs its messages is shown now and never again.
    Create(CreateArgs),
    /// Give an endpoint another secret. For 24 hours its messages are signed with the old one too.
    Rotate(Named),
    /// Delete an endpoint, with what waits for it and what became of its messages.
    Remove {
        /// Which one.
        #[command(flatten)]
        named: Named,
        /// The tenant's slug, as leave to go on.
        #[arg(long, value_name = "SLUG")]
        confirm: Option<String>,
    },
    /// What became of an endpoint's newest messages.
    Deliveries {
        /// Which one.
        #[command(flatten)]
        named: Named,
        /// How many: 1 to 100.
        #[arg(long, default_value = "25", value_name = "NUMBER")]
        limit: String,
    },
    /// Send a message again, with the id that it had.
    Replay {
        /// The tenant, by id or slug.
        tenant: String,
        /// The delivery, by id.
        delivery: String,
    },
}

/// An endpoint of a tenant.
#[derive(Debug, Args)]
pub struct Named {
    /// The tenant, by id or slug.
    pub tenant: String,
    /// The endpoint, by id.
    pub endpoint: String,
}

/// An endpoint that is to be made.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The tenant, by id or slug.
    pub tenant: String,
    /// Where messages are sent.
    #[arg(long)]
    pub url: String,
    /// What it is told of, such as job.failed; several with commas between them.
    #[arg(long, required = true, value_delimiter = ',', value_parser = event)]
    pub events: Vec<EventType>,
    /// What it is for.
    #[arg(long)]
    pub description: Option<String>,
}

fn event(word: &str) -> Result<EventType, String> {
    let known = || EventType::ALL.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ");
    EventType::from_word(word).ok_or_else(|| format!("use one of {}", known()))
}

/// Does what the command says.
pub(crate) async fn obey(command: EndpointCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        EndpointCommand::List { tenant } => list(&tenant, open).await,
        EndpointCommand::Create(args) => create(args, open).await,
        EndpointCommand::Rotate(named) => rotate(&named, open).await,
        EndpointCommand::Remove { named, confirm } => remove(&named, confirm.as_deref(), open).await,
        EndpointCommand::Deliveries { named, limit } => deliveries(&named, &limit, open).await,
        EndpointCommand::Replay { tenant, delivery } => replay(&tenant, &delivery, open).await,
    }
}

async fn list(tenant: &str, open: &Open<'_>) -> Result<(), OperateError> {
    let scope = scope(&open.tenant(tenant).await?, open)?;
    let read = async |cursor: Option<&str>| endpoints::endpoints(open.services, &scope, cursor, Limit::default()).await;
    open.print_all(read, line).await
}

async fn create(args: CreateArgs, open: &Open<'_>) -> Result<(), OperateError> {
    let scope = scope(&open.tenant(&args.tenant).await?, open)?;
    let wish = EndpointRequest { url: args.url, events: args.events, description: args.description };
    let made = endpoints::create_endpoint(open.services, &scope, &wish, None).await.map_err(Problem::from)?;
    let made: CreatedEndpointView = serde_json::from_str(&made.body).map_err(std::io::Error::other)?;
    let text = || format!("{}\n{}", line(&made.endpoint), shown_once(made.secret.as_deref()));
    Ok(output::print(open.json, &made, text)?)
}

async fn rotate(named: &Named, open: &Open<'_>) -> Result<(), OperateError> {
    let scope = scope(&open.tenant(&named.tenant).await?, open)?;
    let rotated = endpoints::rotate_endpoint(open.services, &scope, endpoint_id(&named.endpoint)?, None);
    let rotated = rotated.await.map_err(Problem::from)?;
    let rotated: RotatedEndpointView = serde_json::from_str(&rotated.body).map_err(std::io::Error::other)?;
    let text = || {
        let until = rotated.previous.expires_at;
        format!("{}\nThe old secret signs until {until} too.", shown_once(rotated.secret.as_deref()))
    };
    Ok(output::print(open.json, &rotated, text)?)
}

async fn remove(named: &Named, said: Option<&str>, open: &Open<'_>) -> Result<(), OperateError> {
    let tenant = open.tenant(&named.tenant).await?;
    let scope = scope(&tenant, open)?;
    let found =
        endpoints::endpoint(open.services, &scope, endpoint_id(&named.endpoint)?).await.map_err(Problem::from)?;
    confirm(said, &tenant.tenant.slug, &format!("deletes the endpoint {}", found.url))?;
    endpoints::remove_endpoint(open.services, &scope, found.id).await.map_err(Problem::from)?;
    Ok(output::print(open.json, &json!({"endpoint": null}), || format!("{} is deleted.", found.url))?)
}

async fn deliveries(named: &Named, limit: &str, open: &Open<'_>) -> Result<(), OperateError> {
    let scope = scope(&open.tenant(&named.tenant).await?, open)?;
    let limit = Limit::parse(Some(limit)).map_err(Problem::from)?;
    let page = endpoints::deliveries(open.services, &scope, endpoint_id(&named.endpoint)?, None, limit);
    let page = page.await.map_err(Problem::from)?;
    let lines = || page.data.iter().map(delivery_line).collect::<Vec<_>>().join("\n");
    Ok(output::print(open.json, &page, lines)?)
}

async fn replay(tenant: &str, delivery: &str, open: &Open<'_>) -> Result<(), OperateError> {
    let scope = scope(&open.tenant(tenant).await?, open)?;
    let delivery: DeliveryId = delivery.parse().map_err(|_| Problem::not_found())?;
    let asked = endpoints::replay(open.services, &scope, delivery).await.map_err(Problem::from)?;
    Ok(output::print(open.json, &json!({"delivery": asked}), || delivery_line(&asked))?)
}

fn scope(tenant: &FoundTenant, open: &Open<'_>) -> Result<TenantScope<WebhookManage>, OperateError> {
    Ok(open.operator.within(tenant).map_err(Problem::from)?)
}

fn endpoint_id(text: &str) -> Result<EndpointId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn line(endpoint: &EndpointView) -> String {
    let events = endpoint.events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ");
    let state = endpoint.disabled.map(|disabled| format!(", disabled ({})", disabled.reason.as_str()));
    format!("{} ({}): {events}{}", endpoint.url, endpoint.id, state.unwrap_or_default())
}

fn delivery_line(delivery: &DeliveryView) -> String {
    let last = delivery.timeline.first().map(|attempt| match (&attempt.error, attempt.http_status) {
        (Some(error), _) => format!(": {error}"),
        (None, status) => format!(": answered {}", status.unwrap_or_default()),
    });
    let DeliveryView { id, event, r#type, attempts, .. } = delivery;
    format!("{id}: {type} {event}, {} after {attempts}{}", delivery.state.as_str(), last.unwrap_or_default())
}

fn shown_once(secret: Option<&str>) -> String {
    format!("The secret, shown now and never again: {}", secret.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Command, operate::OperateCommand};

    fn events(words: &str) -> Result<Vec<EventType>, clap::Error> {
        let line = format!("tenantry endpoint create acme --url https://example.com {words}");
        match Cli::try_parse_from(line.split_whitespace())?.command {
            Command::Operate(OperateCommand::Endpoint(EndpointCommand::Create(args))) => Ok(args.events),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_endpoint_names_events_that_there_are() {
        let both = [EventType::JobFailed, EventType::PlanChanged];
        assert_eq!(events("--events job.failed,plan.changed").ok().as_deref(), Some(&both[..]));
        assert_eq!(events("--events job.invented").expect_err("unknown").exit_code(), 2);
        assert_eq!(events("").expect_err("none").exit_code(), 2);
    }
}
