//! Server functions of tools and jobs.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tenantry_kernel::dispatch::{AcceptedJob, Attempt, JobHead, ToolView, WhenFull};

use crate::app::error::AppError;

/// What the dispatch page begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workbench {
    /// The tenant's tools, by name.
    pub tools: Vec<ToolView>,
    /// The key under which the form's first dispatch happens once.
    pub once: String,
}

/// How many jobs each "show more" adds.
pub const MORE_ROWS: u32 = 25;

/// Most jobs on one page; programs list all of them over the API.
pub const MOST_ROWS: u32 = 1_000;

/// The newest jobs, drawn by the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// Those that are shown, as a table in HTML.
    pub table: String,
    /// How many that are.
    pub shown: u32,
    /// There are others.
    pub more: bool,
}

/// A job as its page shows it. The server writes payload and result as text, which spares the browser a parser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSheet {
    /// What a list shows of it.
    pub head: JobHead,
    /// What went in.
    pub payload: String,
    /// What came out.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// What the tool answered to the attempt with which it failed.
    pub http_status: Option<i16>,
    /// Attempts that did not end it.
    pub timeline: Vec<Attempt>,
    /// It is not taken up before this.
    pub retry_at: Option<DateTime<Utc>>,
    /// The tool has it and answers later, until this.
    pub waits_until: Option<DateTime<Utc>>,
    /// The key under which a dispatch of the same happens once.
    pub once: String,
}

/// The tenant's tools.
#[server(prefix = "/api/rpc", endpoint = "dispatch/workbench")]
pub async fn read_workbench(#[server(default)] tenant: String) -> Result<Workbench, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::ToolRead;

    let scope = server::visitor(&tenant).await?.tenant::<ToolRead>()?;
    let services = server::services()?;
    let tools = reading::tools(&services, &scope).await?;
    Ok(Workbench { tools, once: server::new_once_key(&services) })
}

/// Dispatches. `payload` is JSON text; a form without a script is led to the job.
#[server(prefix = "/api/rpc", endpoint = "dispatch/run")]
pub async fn run_tool(
    #[server(default)] tenant: String,
    #[server(default)] tool: String,
    #[server(default)] action: String,
    #[server(default)] payload: String,
    #[server(default)] when_full: WhenFull,
    #[server(default)] once: Option<String>,
) -> Result<AcceptedJob, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::DispatchRun, dispatch};

    let scope = server::visitor(&tenant).await?.tenant::<DispatchRun>()?;
    let services = server::services()?;
    let payload = match reading::payload(&payload) {
        Ok(payload) => payload,
        Err(error) => {
            // Who may not dispatch at all is told so before what is wrong with a field.
            dispatch::may_dispatch(&services, &scope).await?;
            return Err(error.into());
        }
    };
    let request = dispatch::DispatchRequest { tool, action, payload, when_full };
    let answer = reading::dispatch_once(&services, &scope, &request, once.as_deref()).await?;
    let job = reading::job_of(&answer)?;
    server::lead_form_to(&format!("/jobs/{}", job.id));
    Ok(job)
}

/// The newest jobs, of one status or of all.
#[server(prefix = "/api/rpc", endpoint = "dispatch/recent")]
pub async fn list_recent(
    #[server(default)] tenant: String,
    #[server(default)] status: String,
    #[server(default)] rows: String,
) -> Result<Recent, AppError> {
    use crate::app::server;
    use tenantry_domain::access::permit::JobRead;

    let scope = server::visitor(&tenant).await?.tenant::<JobRead>()?;
    super::server::recent(&server::services()?, &scope, &status, &rows).await
}

/// How many jobs run, wait, and have failed lately, in HTML.
#[server(prefix = "/api/rpc", endpoint = "dispatch/counts")]
pub async fn count_jobs(#[server(default)] tenant: String) -> Result<String, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::JobRead, dispatch};

    let scope = server::visitor(&tenant).await?.tenant::<JobRead>()?;
    Ok(super::drawn::counts(dispatch::count_jobs(&server::services()?, &scope).await?))
}

/// A job with what went in and came out.
#[server(prefix = "/api/rpc", endpoint = "dispatch/job")]
pub async fn read_job(#[server(default)] tenant: String, #[server(default)] job: String) -> Result<JobSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::JobRead, dispatch};

    let scope = server::visitor(&tenant).await?.tenant::<JobRead>()?;
    let services = server::services()?;
    Ok(reading::sheet(&services, dispatch::job(&services, &scope, reading::job_id(&job)?).await?))
}

/// Ends a job that has not ended.
#[server(prefix = "/api/rpc", endpoint = "dispatch/cancel")]
pub async fn cancel_job(
    #[server(default)] tenant: String,
    #[server(default)] job: String,
) -> Result<JobSheet, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::DispatchRun, dispatch};

    let scope = server::visitor(&tenant).await?.tenant::<DispatchRun>()?;
    let services = server::services()?;
    Ok(reading::sheet(&services, dispatch::cancel(&services, &scope, reading::job_id(&job)?).await?))
}

/// Turning what a form sends into what a verb takes, and back.
#[cfg(feature = "ssr")]
mod reading {
    use serde::Deserialize;
    use serde_json::Value;
    use tenantry_domain::{
        Services,
        access::{
            TenantScope,
            permit::{DispatchRun, ToolRead},
        },
        dispatch::{self, DispatchError, DispatchRequest},
        idempotency::{Answer, OnceError, OnceKey},
    };
    use tenantry_kernel::{
        Code, FieldError, JobId, Problem,
        dispatch::{AcceptedJob, JobView, ToolView},
        page::Limit,
    };

    use super::JobSheet;
    use crate::app::{error::AppError, server};

    /// Every tool of the tenant, by name; there is a bound to how many there are.
    pub async fn tools(services: &Services, scope: &TenantScope<ToolRead>) -> Result<Vec<ToolView>, AppError> {
        let most = Limit::parse(Some("100"))?;
        let (mut tools, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = dispatch::tools(services, scope, cursor.as_deref(), most).await?;
            tools.extend(page.data);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(tools);
            }
        }
    }

    /// The payload out of its field; an empty one is none.
    pub fn payload(text: &str) -> Result<Value, FieldError> {
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(text).map_err(|error| {
            let detail = format!("This is no JSON: look at line {}, column {}.", error.line(), error.column());
            FieldError::new("payload", "FORMAT", detail)
        })
    }

    /// Dispatches under the form's key, so that a form that is sent twice dispatches once. A form that was changed and
    /// sent again means another dispatch.
    pub async fn dispatch_once(
        services: &Services,
        scope: &TenantScope<DispatchRun>,
        request: &DispatchRequest,
        once: Option<&str>,
    ) -> Result<Answer, DispatchError> {
        let body = format!("{}\n{}\n{}\n{:?}", request.tool, request.action, request.payload, request.when_full);
        let key = once.and_then(server::once_key);
        let key = key.map(|key| OnceKey::new(key, "POST /api/rpc/dispatch/run", body.as_bytes()));
        match dispatch::dispatch(services, scope, request, key.as_ref()).await {
            Err(DispatchError::Once(OnceError::Reused)) => dispatch::dispatch(services, scope, request, None).await,
            answer => answer,
        }
    }

    /// The job out of the kept answer.
    pub fn job_of(answer: &Answer) -> Result<AcceptedJob, AppError> {
        #[derive(Deserialize)]
        struct Accepted {
            job: AcceptedJob,
        }
        let accepted: Result<Accepted, _> = serde_json::from_str(&answer.body);
        accepted
            .map(|accepted| accepted.job)
            .map_err(|_| Problem::new(Code::Internal, "Something went wrong on our side.").into())
    }

    /// A malformed id names nothing, like the id of somebody else's job.
    pub fn job_id(text: &str) -> Result<JobId, AppError> {
        text.parse().map_err(|_| Problem::not_found().into())
    }

    pub fn sheet(services: &Services, job: JobView) -> JobSheet {
        let JobView { head, payload, result, error, http_status, timeline, retry_at, waits_until } = job;
        let (payload, result) = (pretty(&payload), result.as_ref().map(pretty));
        let once = server::new_once_key(services);
        JobSheet { head, payload, result, error, http_status, timeline, retry_at, waits_until, once }
    }

    fn pretty(value: &Value) -> String {
        serde_json::to_string_pretty(value).unwrap_or_default()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_no_json_is_named_with_its_place() {
            let error = payload("{\n  \"a\": }").expect_err("no JSON");
            assert_eq!((error.field.as_str(), error.code.as_str()), ("payload", "FORMAT"));
            assert!(error.detail.contains("line 2, column 8"), "{}", error.detail);
            assert_eq!(payload(" \n"), Ok(Value::Null));
            assert_eq!(payload("[1]"), Ok(serde_json::json!([1])));
        }
    }
}
