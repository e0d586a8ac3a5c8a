//! The demo: a person with two organizations that have a history, for a first look at an empty installation.
//!
//! The history is written as dispatches write it, event by event with its sums, so every page and every check treats it
//! like any other. It is made once, for a server that listens on a loopback address.

mod history;

use chrono::{DateTime, TimeDelta, Utc};
use tenantry_kernel::requests::{CreateOrganization, SignIn, SignUp};

use crate::{
    Services,
    access::{self, Destination, Host, permit::DispatchRun},
    accounts::{self, AccountError},
    db::DbError,
    idempotency::Answer,
    tenancy::{self, TenancyError},
};

/// The demo's person.
const EMAIL: &str = "ada@tenantry.example";
/// Known to everybody, which is why a demo needs a loopback address.
const PASSWORD: &str = "three rooms, one roof";

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The person.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// An organization.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// The scope.
    #[error(transparent)]
    Access(#[from] access::AccessError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes the demo where nobody has signed up yet; otherwise does nothing.
///
/// # Errors
/// When the database is away.
pub async fn make(services: &Services) -> Result<(), DemoError> {
    if accounts::anybody(services).await? {
        return Ok(());
    }
    let person = SignUp { name: "Ada Lovelace".into(), email: EMAIL.into(), password: PASSWORD.into() };
    let (user, session) = accounts::sign_up(services, person, "demo").await?;
    accounts::by_mail::prove(services, user.id).await?;
    // The first becomes the session's current one.
    for (name, plan, today) in [("Northwind Studio", "pro", 64), ("Ada's Lab", "free", 487)] {
        let visitor = access::enter(services, &session.token, &Host::Main, &Destination::Current).await?;
        let wish = CreateOrganization { name: name.into(), plan: Some(plan.into()), slug: None };
        let answer = tenancy::create_organization(services, &visitor.principal, &wish, None).await?;
        let visitor =
            access::enter(services, &session.token, &Host::Main, &Destination::parse(&slug_of(&answer)?)).await?;
        let scope = visitor.tenant::<DispatchRun>()?;
        history::begin_earlier(services, &scope).await?;
        history::write(services, &scope, &days(services.clock.now(), plan, today)).await?;
    }
    accounts::sign_out(services, &session.token).await?;
    Ok(())
}

/// How many dispatches on which day. The Free organization stands close to its limit, which counts by calendar month, so
/// its history lies within the month.
fn days(now: DateTime<Utc>, plan: &str, total: u32) -> Vec<(DateTime<Utc>, u32)> {
    let days: Vec<_> = (0..7)
        .rev()
        .map(|back| now - TimeDelta::days(back))
        .filter(|day| plan != "free" || day.format("%Y-%m").to_string() == now.format("%Y-%m").to_string())
        .collect();
    let weights = [9, 14, 11, 17, 6, 4, 12];
    let used = &weights[weights.len() - days.len()..];
    let sum: u32 = used.iter().sum();
    let scale = if plan == "free" { total } else { total * 7 };
    let mut left = scale;
    let last = days.len() - 1;
    let mut counted = Vec::new();
    for (index, (day, weight)) in days.into_iter().zip(used).enumerate() {
        let count = if index == last { left } else { scale * weight / sum };
        left -= count;
        counted.push((day, count));
    }
    counted
}

fn slug_of(answer: &Answer) -> Result<String, TenancyError> {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let slug = body["organization"]["tenants"][0]["slug"].as_str();
    slug.map(str::to_owned).ok_or(TenancyError::NotFound)
}

/// How to get in: the sign-in, and a line for a terminal that works as it stands.
///
/// # Errors
/// When the demo's person has changed their password, or the database is away.
pub async fn way_in(services: &Services) -> Result<String, DemoError> {
    let offer = SignIn { email: EMAIL.into(), password: PASSWORD.into() };
    let (_, session) = accounts::sign_in(services, offer, "demo", None).await?;
    let link = |path| services.settings.link(path);
    let cookie = session.token.reveal();
    Ok(format!(
        "  sign in   {}\n  as        {EMAIL}\n  password  {PASSWORD}\n\n  dispatch  curl -s {} -b tenantry={cookie} \
         -H 'content-type: application/json' -d '{{\"tool\":\"echo\",\"action\":\"say\",\"payload\":{{\"hello\":\"world\"}}}}'",
        link("/sign-in"),
        link("/api/v1/dispatch"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_history_lies_within_the_month_and_adds_up() {
        for text in ["2026-11-01T00:30:00Z", "2026-11-03T12:00:00Z", "2026-11-21T12:00:00Z"] {
            let now: DateTime<Utc> = text.parse().expect("a moment");
            let days = days(now, "free", 487);
            assert_eq!(days.iter().map(|(_, count)| count).sum::<u32>(), 487, "{text}");
            assert!(days.iter().all(|(day, _)| day.format("%m").to_string() == "11"));
        }
        let now: DateTime<Utc> = "2026-11-01T00:30:00Z".parse().expect("a moment");
        assert_eq!(days(now, "pro", 64).len(), 7);
    }
}
