//! `tenantry job`: jobs of a tenant.

use clap::Subcommand;
use serde_json::json;
use tenantry_domain::dispatch;
use tenantry_kernel::{
    Code, JobId, Problem,
    dispatch::{JobHead, JobView},
    page::Limit,
};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// The tenant's jobs, newest first.
    List {
        /// The tenant, by id or slug.
        tenant: String,
        /// How many: 1 to 100; 25 where nothing is named.
        #[arg(long, value_name = "NUMBER")]
        limit: Option<String>,
        /// The next_cursor of the page before.
        #[arg(long, value_name = "CURSOR")]
        cursor: Option<String>,
    },
    /// A job with what went in and came out.
    Show {
        /// The tenant, by id or slug.
        tenant: String,
        /// The job's id.
        job: String,
    },
    /// End a job that has not ended.
    Cancel {
        /// The tenant, by id or slug.
        tenant: String,
        /// The job's id.
        job: String,
    },
}

/// Does what the command says.
pub(crate) async fn obey(command: JobCommand, open: &Open<'_>) -> Result<(), OperateError> {
    match command {
        JobCommand::List { tenant, limit, cursor } => {
            let limit = Limit::parse(limit.as_deref()).map_err(Problem::from)?;
            let tenant = open.tenant(&tenant).await?;
            let scope = open.operator.within(&tenant).map_err(Problem::from)?;
            let jobs = dispatch::jobs(open.services, &scope, cursor.as_deref(), limit).await.map_err(Problem::from)?;
            let lines = || jobs.data.iter().map(line).collect::<Vec<_>>().join("\n");
            output::print(open.json, &jobs, lines)?;
        }
        JobCommand::Show { tenant, job } => {
            let tenant = open.tenant(&tenant).await?;
            let scope = open.operator.within(&tenant).map_err(Problem::from)?;
            let job = dispatch::job(open.services, &scope, id(&job)?).await.map_err(Problem::from)?;
            output::print(open.json, &json!({"job": job}), || text(&job))?;
        }
        JobCommand::Cancel { tenant, job } => {
            let tenant = open.tenant(&tenant).await?;
            let scope = open.operator.within(&tenant).map_err(Problem::from)?;
            let job = dispatch::cancel(open.services, &scope, id(&job)?).await.map_err(Problem::from)?;
            output::print(open.json, &json!({"job": job}), || line(&job.head))?;
        }
    }
    Ok(())
}

/// What can be no job's id is missing, as at every other door.
fn id(text: &str) -> Result<JobId, OperateError> {
    Ok(text.parse().map_err(|_| Problem::new(Code::NotFound, format!("There is no job {text}.")))?)
}

fn line(job: &JobHead) -> String {
    let duration = job.duration_ms.map(|duration| format!(", {duration} ms")).unwrap_or_default();
    format!("{} {} {} {}, {}{duration}", job.id, job.status.as_str(), job.tool, job.action, job.created_at)
}

fn text(job: &JobView) -> String {
    let mut lines = vec![line(&job.head), format!("payload: {}", job.payload)];
    lines.extend(job.result.iter().map(|result| format!("result: {result}")));
    lines.extend(job.error.iter().map(|error| format!("error: {error}")));
    lines.join("\n")
}
