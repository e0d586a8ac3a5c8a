//! A tool that answers later says how it went.

use tenantry_kernel::{
    FieldError,
    dispatch::{AcceptedJob, JobStatus, check_result},
    requests::CompleteRequest,
};

use super::{
    ends::{self, End},
    error::DispatchError,
    run::{Ended, MOST_SPENT, Spent},
    sql, sql_jobs,
};
use crate::{Services, access::Callback, db::TenantTx};

/// Longest error that is kept, in characters.
const LONGEST_ERROR: usize = 2_000;

/// Ends the job of a callback. The same word said twice is said once, so a tool that heard no answer may repeat it.
///
/// # Errors
/// [`DispatchError::Invalid`]; [`DispatchError::NotFound`] where the job is no more; [`DispatchError::Stale`] for a token of
/// an attempt that the job has left behind; [`DispatchError::Over`] where it has ended otherwise;
/// [`DispatchError::Suspended`]; the database.
pub async fn complete(
    services: &Services,
    callback: &Callback,
    request: CompleteRequest,
) -> Result<AcceptedJob, DispatchError> {
    let ended = parse(request).map_err(DispatchError::Invalid)?;
    let mut tx = TenantTx::open(&services.db, &callback.scope).await?;
    sql::lock_gate(&mut tx).await?;
    let (job, fence) = sql_jobs::standing(&mut tx, callback.job).await?.ok_or(DispatchError::NotFound)?;
    if fence != callback.fence {
        return Err(DispatchError::Stale);
    }
    if job.status.is_over() {
        return if job.status == ended.status { Ok(job) } else { Err(DispatchError::Over) };
    }
    let status = ended.status;
    let end = End { scope: callback.scope, job: callback.job, fence, tool: job.tool.clone(), ended };
    if ends::write(services, &mut tx, &[&end]).await?.is_none() {
        return Err(DispatchError::Suspended);
    }
    tx.commit().await?;
    services.floor.runs.stop(callback.job);
    services.floor.announce(callback.scope.organization());
    tracing::info!(job.id = %job.id, job.status = status.as_str(), job.tool = job.tool, "A job was ended by its tool.");
    Ok(AcceptedJob { status, ..job })
}

/// Reads how it went; names every field that is out of bounds.
fn parse(request: CompleteRequest) -> Result<Ended, Vec<FieldError>> {
    let CompleteRequest { status, result, error, tokens_used, api_calls, cost_estimate } = request;
    let mut errors = Vec::new();
    let status = match status.as_str() {
        "succeeded" => Some(JobStatus::Succeeded),
        "failed" => Some(JobStatus::Failed),
        other => {
            let code = if other.is_empty() { "REQUIRED" } else { "UNKNOWN_VALUE" };
            errors.push(FieldError::new("status", code, "Say succeeded or failed."));
            None
        }
    };
    let result = result.as_ref().map(check_result).transpose().unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    match &error {
        Some(error) if error.chars().count() > LONGEST_ERROR || error.contains('\0') => {
            errors.push(FieldError::new("error", "TOO_LONG", "Send at most 2,000 characters of text."));
        }
        Some(_) if status == Some(JobStatus::Succeeded) => {
            errors.push(FieldError::new("error", "UNEXPECTED", "Only a failure has an error."));
        }
        _ => {}
    }
    let mut count = |field: &str, value: Option<u64>| match value.map_or(Ok(0), i64::try_from) {
        Ok(value) if value <= MOST_SPENT => value,
        _ => {
            errors.push(FieldError::new(field, "TOO_LARGE", "Send a smaller number."));
            0
        }
    };
    let (tokens, api_calls) = (count("tokens_used", tokens_used), count("api_calls", api_calls));
    let cost = cost_estimate.unwrap_or_default();
    if !(0..=MOST_SPENT).contains(&cost.micros) {
        errors.push(FieldError::new("cost_estimate", "OUT_OF_RANGE", "Send an amount from 0 to 1,000,000,000."));
    }
    match status {
        Some(status) if errors.is_empty() => {
            let unsaid = || "The tool said that it failed.".to_owned();
            let error = error.filter(|error| !error.is_empty()).unwrap_or_else(unsaid);
            let error = (status == JobStatus::Failed).then_some(error);
            let spent = Spent { tokens, api_calls, cost };
            Ok(Ended { status, result, error, spent, http_status: None, unbegun: false })
        }
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(value: serde_json::Value) -> CompleteRequest {
        serde_json::from_value(value).expect("a request")
    }

    fn fields(value: serde_json::Value) -> Vec<(String, String)> {
        let errors = parse(request(value)).expect_err("refused");
        errors.into_iter().map(|error| (error.field, error.code)).collect()
    }

    #[test]
    fn a_success_brings_a_result_and_a_failure_a_reason() {
        let ended = parse(request(json!({"status": "succeeded", "result": {"a": 1}, "tokens_used": 7,
            "api_calls": 2, "cost_estimate": 0.5})))
        .expect("right");
        assert_eq!(
            (ended.status, ended.result.as_deref(), ended.error),
            (JobStatus::Succeeded, Some("{\"a\":1}"), None)
        );
        assert_eq!((ended.spent.tokens, ended.spent.api_calls, ended.spent.cost.micros), (7, 2, 500_000));
        let error = |value| parse(request(value)).expect("right").error;
        assert_eq!(error(json!({"status": "failed", "error": "No paper."})).as_deref(), Some("No paper."));
        assert_eq!(error(json!({"status": "failed"})).as_deref(), Some("The tool said that it failed."));
    }

    #[test]
    fn every_field_out_of_bounds_is_named() {
        let pair = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        assert_eq!(fields(json!({})), [pair("status", "REQUIRED")]);
        assert_eq!(fields(json!({"status": "canceled"})), [pair("status", "UNKNOWN_VALUE")]);
        assert_eq!(fields(json!({"status": "succeeded", "error": "no"})), [pair("error", "UNEXPECTED")]);
        let wrong = json!({"status": "failed", "error": "x".repeat(2001), "result": "x".repeat(300_000),
            "tokens_used": u64::MAX, "api_calls": 1_000_000_000_000_001_u64, "cost_estimate": -1});
        let named: Vec<_> = fields(wrong).into_iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["result", "error", "tokens_used", "api_calls", "cost_estimate"]);
    }
}
