//! The newest jobs, as the dashboard asks for them and shows them.

use tenantry_domain::{
    Services,
    access::{TenantScope, permit::JobRead},
    dispatch,
};
use tenantry_kernel::{dispatch::JobStatus, page::Limit};

use super::{
    api::{MOST_ROWS, Recent},
    drawn,
};
use crate::app::error::AppError;

/// How many jobs the dashboard shows at first.
const ROWS: u32 = 8;

/// The newest jobs, as many as an address asks for; one that asks for nonsense gets the first ones of every status.
pub async fn recent(
    services: &Services,
    scope: &TenantScope<JobRead>,
    status: &str,
    rows: &str,
) -> Result<Recent, AppError> {
    let (status, rows) = (JobStatus::from_word(status), how_many(rows));
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let missing = rows - u32::try_from(found.len()).unwrap_or(rows);
        let limit = Limit::parse(Some(&missing.min(100).to_string()))?;
        let page = match status {
            Some(status) => dispatch::jobs_with(services, scope, status, cursor.as_deref(), limit).await?,
            None => dispatch::jobs(services, scope, cursor.as_deref(), limit).await?,
        };
        found.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() || found.len() >= rows as usize {
            let shown = u32::try_from(found.len()).unwrap_or(rows);
            return Ok(Recent { table: drawn::jobs(found), shown, more: cursor.is_some() });
        }
    }
}

fn how_many(text: &str) -> u32 {
    text.parse().unwrap_or(ROWS).clamp(1, MOST_ROWS)
}

#[cfg(test)]
mod tests {
    use super::how_many;

    #[test]
    fn an_address_asks_for_a_bounded_number_of_jobs() {
        assert_eq!(["", "33", "0", "9999999", "-3"].map(how_many), [8, 33, 1, 1_000, 8]);
    }
}
