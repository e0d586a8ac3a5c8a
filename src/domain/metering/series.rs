//! Series: a meter's sums over time, read from the rollups, in the organization's time zone.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tenantry_kernel::{
    FieldError, KeyId, Problem, TenantId, UserId,
    metering::{BANDWIDTH_BYTES, GroupBy, Quantity, Step, UsagePoint, UsageSeries, is_level, is_meter_name},
    moment,
    text::Label,
    usage::API_CALLS,
};
use uuid::Uuid;

use super::{chart, sql_levels, sql_series};
use crate::{
    Services,
    access::{OrgScope, permit::UsageRead},
    db::{DbError, OrgTx},
};

/// The longest range, in days: a year and the month that it is compared with.
const LONGEST_DAYS: i64 = 400;
/// Most steps of a series.
const MOST_STEPS: usize = 1_000;
/// Most points of a series: its steps, told apart.
const MOST_POINTS: usize = 10_000;
/// What is asked for where nothing is said.
const DEFAULT_DAYS: i64 = 30;

/// What a caller asks, as text.
#[derive(Clone, Debug, Default)]
pub struct SeriesQuery {
    /// The meter.
    pub meter: Option<String>,
    /// From when: a moment, or a day of the organization; 30 days before the end where nothing is said.
    pub from: Option<String>,
    /// Until when, that moment excluded; now where nothing is said.
    pub to: Option<String>,
    /// What one point sums; a day where nothing is said.
    pub step: Option<String>,
    /// What the points are told apart by.
    pub group_by: Option<String>,
    /// The one of them that is summed alone, as `tool:echo` or `member:usr_…`; all of them where nothing is said, those
    /// without any where nothing stands behind the colon.
    pub of: Option<String>,
}

/// Why there is no series.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// Something that is asked for is out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SeriesError> for Problem {
    fn from(error: SeriesError) -> Self {
        match error {
            SeriesError::Invalid(errors) => Self::invalid(errors),
            SeriesError::Db(error) => error.into(),
        }
    }
}

impl From<FieldError> for SeriesError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

/// An end of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Moment(DateTime<Utc>),
    /// The first moment of a day of the organization.
    Day(NaiveDate),
}

/// A question that is right in form.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish {
    meter: String,
    from: Option<Edge>,
    to: Option<Edge>,
    step: Step,
    group_by: Option<GroupBy>,
    of: Option<Of>,
}

/// The one group that is summed alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Of {
    pub by: GroupBy,
    /// A tool's name or a UUID as the rollups have it; empty, or the UUID of zeros: none.
    pub what: String,
}

impl SeriesQuery {
    /// Names everything that is wrong.
    fn parse(&self) -> Result<Wish, Vec<FieldError>> {
        let meter = meter(self.meter.as_deref());
        let from = self.from.as_deref().map(|text| edge("from", text)).transpose();
        let to = self.to.as_deref().map(|text| edge("to", text)).transpose();
        let step = word("step", self.step.as_deref());
        let group_by = word("group_by", self.group_by.as_deref());
        let of = of(self.of.as_deref());
        match (meter, from, to, step, group_by, of) {
            (Ok(meter), Ok(from), Ok(to), Ok(step), Ok(group_by), Ok(of)) => {
                Ok(Wish { meter, from, to, step: step.unwrap_or(Step::Day), group_by, of })
            }
            (meter, from, to, step, group_by, of) => {
                let errors = [meter.err(), from.err(), to.err(), step.err(), group_by.err(), of.err()];
                Err(errors.into_iter().flatten().collect())
            }
        }
    }
}

fn meter(text: Option<&str>) -> Result<String, FieldError> {
    match text {
        Some(text) if is_meter_name(text) => Ok(text.to_owned()),
        None | Some("") => Err(FieldError::new("meter", "REQUIRED", "Name a meter, such as dispatches.")),
        Some(_) => Err(FieldError::new("meter", "FORMAT", "Name a meter, such as dispatches.")),
    }
}

fn edge(field: &str, text: &str) -> Result<Edge, FieldError> {
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| Edge::Moment(moment.to_utc()));
    let edge = moment.or_else(|_| text.parse().map(Edge::Day));
    // RFC 3339 knows four digits of a year; one that has more is known by them.
    let edge = edge.map_err(|_| match text.parse().map(|far| moment::parse(field, far)) {
        Ok(Err(error)) => error,
        _ => FieldError::new(field, "FORMAT", "Send a time such as 2026-11-22T09:00:00Z, or a day such as 2026-11-22."),
    })?;
    let day = match &edge {
        Edge::Moment(moment) => moment.date_naive(),
        Edge::Day(day) => *day,
    };
    // The years of PostgreSQL's and of everybody else's calendars.
    if (NaiveDate::from_ymd_opt(1900, 1, 1)..NaiveDate::from_ymd_opt(3000, 1, 1)).contains(&Some(day)) {
        return Ok(edge);
    }
    Err(FieldError::new(field, "OUT_OF_RANGE", "Name a moment of the years 1900 to 2999."))
}

fn word<T: std::str::FromStr<Err = String>>(field: &str, text: Option<&str>) -> Result<Option<T>, FieldError> {
    let word = text.filter(|text| !text.is_empty()).map(str::parse).transpose();
    word.map_err(|fix: String| FieldError::new(field, "UNKNOWN", capitalized(&fix)))
}

fn of(text: Option<&str>) -> Result<Option<Of>, FieldError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let uuid = |id: Option<Uuid>| id.map(|id| id.to_string());
    let parsed = text.split_once(':').and_then(|(by, what)| {
        let by: GroupBy = by.parse().ok()?;
        let what = match by {
            GroupBy::Tool => {
                Label::parse("of", what).ok().map(|name| name.to_string()).or(what.is_empty().then(String::new))
            }
            _ if what.is_empty() => Some(Uuid::nil().to_string()),
            GroupBy::Member => uuid(what.parse::<UserId>().ok().map(UserId::uuid)),
            GroupBy::Key => uuid(what.parse::<KeyId>().ok().map(KeyId::uuid)),
            GroupBy::Tenant => uuid(what.parse::<TenantId>().ok().map(TenantId::uuid)),
        };
        Some(Of { by, what: what? })
    });
    let detail = "Name one group such as tool:echo, member:usr_…, key:key_… or tenant:ten_….";
    parsed.map(Some).ok_or_else(|| FieldError::new("of", "FORMAT", detail))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}

/// The sums of one meter over a range.
///
/// # Errors
/// [`SeriesError::Invalid`] with the fields' names; the database.
pub async fn series(
    services: &Services,
    scope: &OrgScope<UsageRead>,
    query: &SeriesQuery,
) -> Result<UsageSeries, SeriesError> {
    let (tx, read) = read(services, scope, query).await?;
    tx.commit().await?;
    let Read { group_by, rows, .. } = read;
    Ok(UsageSeries { data: rows.into_iter().map(|row| point(row, group_by)).collect() })
}

/// What was read of a series, and over which steps.
pub(super) struct Read {
    pub zone: String,
    pub step: Step,
    pub group_by: Option<GroupBy>,
    pub of: Option<Of>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Every step, also those in which nothing was used.
    pub starts: Vec<DateTime<Utc>>,
    pub rows: Vec<sql_series::Sum>,
    /// Was it measured from time to time, rather than added up?
    pub is_level: bool,
}

/// Reads a series; the transaction is still open.
pub(super) async fn read(
    services: &Services,
    scope: &OrgScope<UsageRead>,
    query: &SeriesQuery,
) -> Result<(OrgTx, Read), SeriesError> {
    let wish = query.parse().map_err(SeriesError::Invalid)?;
    match wish.meter.as_str() {
        API_CALLS => services.allowances.settle(services, scope.organization()).await?,
        BANDWIDTH_BYTES => services.bandwidth.settle(services, scope.organization()).await?,
        _ => {}
    }
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let clock = sql_series::clock(&mut tx).await?;
    let mut moment = async |edge: Option<Edge>, otherwise| match edge {
        None => Ok(otherwise),
        Some(Edge::Moment(moment)) => Ok(moment),
        Some(Edge::Day(day)) => sql_series::day_start(&mut tx, &clock.zone, day).await,
    };
    // What is used in this very minute is part of a series until now.
    let to = moment(wish.to, clock.now + TimeDelta::minutes(1)).await?;
    let from = moment(wish.from, to - TimeDelta::days(DEFAULT_DAYS)).await?;
    check_range(from, to)?;
    let starts = sql_series::starts(&mut tx, &clock.zone, from, to, wish.step).await?;
    if starts.len() > MOST_STEPS {
        let detail = format!("This is {} steps; ask for at most {MOST_STEPS}, or for longer ones.", starts.len());
        return Err(FieldError::new("step", "TOO_MANY", detail).into());
    }
    let range = sql_series::Range { from, to, whole_hours: clock.whole_hours(&mut tx, from, to).await? };
    let what = sql_series::What { meter: &wish.meter, group_by: wish.group_by, of: wish.of.as_ref() };
    let is_level = is_level(&wish.meter);
    let rows = if is_level {
        sql_levels::levels(&mut tx, &what, &range, &starts, MOST_POINTS + 1).await?
    } else {
        sql_series::sums(&mut tx, &what, &range, &starts, MOST_POINTS + 1).await?
    };
    if rows.len() > MOST_POINTS {
        let detail = format!("This is more than {MOST_POINTS} points; ask for a shorter range or longer steps.");
        return Err(FieldError::new("group_by", "TOO_MANY", detail).into());
    }
    let Wish { step, group_by, of, .. } = wish;
    Ok((tx, Read { zone: clock.zone, step, group_by, of, from, to, starts, rows, is_level }))
}

fn check_range(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), FieldError> {
    if from >= to {
        return Err(FieldError::new("from", "OUT_OF_RANGE", "Let the range begin before it ends."));
    }
    if to - from > TimeDelta::days(LONGEST_DAYS) {
        let detail = format!("Ask for at most {LONGEST_DAYS} days.");
        return Err(FieldError::new("from", "OUT_OF_RANGE", detail));
    }
    Ok(())
}

fn point(row: sql_series::Sum, group_by: Option<GroupBy>) -> UsagePoint {
    let id = |by| row.group.parse().ok().filter(|id: &Uuid| !id.is_nil()).map(|id| chart::written(by, id));
    let group = match group_by {
        None => None,
        Some(GroupBy::Tool) => (!row.group.is_empty()).then(|| row.group.clone()),
        Some(by) => id(by),
    };
    // The column holds what the type does.
    UsagePoint { start: row.start, group, value: row.value.parse().unwrap_or(Quantity::default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(meter: &str, from: &str, to: &str, step: &str, group_by: &str) -> SeriesQuery {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        SeriesQuery {
            meter: some(meter),
            from: some(from),
            to: some(to),
            step: some(step),
            group_by: some(group_by),
            of: None,
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let wrong = query("two words", "yesterday", "99999-01-01", "year", "colour").parse().expect_err("wrong");
        let fields: Vec<_> = wrong.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
        let named =
            [("meter", "FORMAT"), ("from", "FORMAT"), ("to", "FORMAT"), ("step", "UNKNOWN"), ("group_by", "UNKNOWN")];
        assert_eq!(fields, named);
        assert_eq!(wrong[3].detail, "Use one of hour, day, week, month.");
        assert_eq!(query("", "", "", "", "").parse().expect_err("no meter")[0].code, "REQUIRED");
        for far in ["+262142-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "3000-01-01", "1899-12-31T23:59:59Z"] {
            let wrong = query("builds", far, "", "", "").parse().expect_err("wrong");
            assert_eq!((wrong[0].field.as_str(), wrong[0].code.as_str()), ("from", "OUT_OF_RANGE"), "{far}");
        }
    }

    #[test]
    fn one_group_is_named_by_its_kind_and_its_id() {
        let of = |text: &str| of(Some(text)).map(|of| of.map(|of| (of.by, of.what)));
        assert_eq!(of("tool:echo"), Ok(Some((GroupBy::Tool, "echo".to_owned()))));
        assert_eq!(of("tool:a:b"), Ok(Some((GroupBy::Tool, "a:b".to_owned()))));
        assert_eq!((of(""), of("tool:")), (Ok(None), Ok(Some((GroupBy::Tool, String::new())))));
        assert_eq!(of("key:"), Ok(Some((GroupBy::Key, Uuid::nil().to_string()))));
        let id = UserId::from(Uuid::from_u128(7));
        assert_eq!(of(&format!("member:{id}")), Ok(Some((GroupBy::Member, Uuid::from_u128(7).to_string()))));
        for wrong in ["echo", "colour:red", "member:echo", &format!("key:{id}"), "tool:a\0b"] {
            assert_eq!(of(wrong).expect_err("wrong").field, "of", "{wrong}");
        }
    }

    #[test]
    fn an_end_is_a_moment_or_a_day() {
        let wish = query("m", "2026-11-22", "2026-11-22T10:00:00+01:00", "", "key").parse().expect("right");
        assert_eq!(wish.from, Some(Edge::Day(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"))));
        assert_eq!(wish.to, Some(Edge::Moment("2026-11-22T09:00:00Z".parse().expect("a moment"))));
        assert_eq!((wish.step, wish.group_by), (Step::Day, Some(GroupBy::Key)));
    }
}
