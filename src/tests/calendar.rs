//! Days of a time zone, as PostgreSQL counts them: each begins where the one before ends, whatever the clocks do.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tenantry_testkit::TestDatabase;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The day of a moment in a zone.
async fn day(connection: &mut PgConnection, zone: &str, moment: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    sqlx::query_as("select day_start, day_end from app.day_of($1, $2)")
        .bind(zone)
        .bind(moment)
        .fetch_one(connection)
        .await
        .unwrap_or_else(|error| panic!("{zone} {moment}: {error}"))
}

/// A zone, a moment, and the day that it belongs to.
const DAYS: &[(&str, &str, &str, &str)] = &[
    ("UTC", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
    ("UTC", "2026-11-22T23:59:59.999999Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
    // Clocks forward: 23 hours. Back: 25.
    ("Europe/Berlin", "2027-03-28T12:00:00Z", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"),
    ("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    // Forward at midnight: the day begins at one o'clock. Back at midnight: the day before has 25 hours.
    ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
    ("America/Sao_Paulo", "2018-02-17T12:00:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"),
    // Back over midnight: it comes twice, and the day begins with the first.
    ("America/Havana", "2024-11-03T04:30:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
    ("America/Havana", "2024-11-03T05:30:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
    // The 30th was left out: the 29th is followed by the 31st.
    ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
    // Half an hour of summer time.
    ("Australia/Lord_Howe", "2026-10-04T00:00:00Z", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"),
];

#[tokio::test]
async fn a_day_is_as_long_as_its_clocks_make_it() {
    let database = TestDatabase::new().await;
    let mut connection = database.superuser().await;
    for (zone, moment, start, end) in DAYS {
        assert_eq!(day(&mut connection, zone, at(moment)).await, (at(start), at(end)), "{zone} at {moment}");
    }
}

#[tokio::test]
async fn days_follow_each_other_without_a_gap_in_every_kind_of_zone() {
    let database = TestDatabase::new().await;
    let mut connection = database.superuser().await;
    for zone in [
        "UTC",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "America/Havana",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "Pacific/Kiritimati",
    ] {
        // One query walks the days: a round trip each would be most of the test.
        let wrong: Vec<String> = sqlx::query_scalar(
            "with recursive days as (
                 select d.day_start, d.day_end, 0 as number from app.day_of($1, '2004-01-01T12:00:00Z') d
                 union all
                 select next.day_start, next.day_end, number + 1 from days, app.day_of($1, days.day_end) next
                 where number < 8500
             )
             select format('%s to %s', d.day_start, d.day_end)
             from days d
             left join days before on before.number = d.number - 1
             cross join app.day_of($1, d.day_end - interval '1 microsecond') last
             cross join app.day_of($1, d.day_start + (d.day_end - d.day_start) / 2) middle
             where before.day_end <> d.day_start
                or d.day_end - d.day_start not between interval '22 hours' and interval '26 hours'
                or (last.day_start, last.day_end) <> (d.day_start, d.day_end)
                or (middle.day_start, middle.day_end) <> (d.day_start, d.day_end)",
        )
        .bind(zone)
        .fetch_all(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("{zone}: {error}"));
        assert_eq!(wrong, Vec::<String>::new(), "{zone}");
    }
}

#[tokio::test]
async fn a_day_belongs_to_its_first_moment_and_ends_before_its_last() {
    let database = TestDatabase::new().await;
    let mut connection = database.superuser().await;
    let (start, end) = day(&mut connection, "Europe/Berlin", at("2026-11-22T12:00:00Z")).await;
    assert_eq!(day(&mut connection, "Europe/Berlin", start).await, (start, end));
    assert_eq!(day(&mut connection, "Europe/Berlin", end).await.0, end);
    assert_eq!(day(&mut connection, "Europe/Berlin", start - TimeDelta::microseconds(1)).await.1, start);
}
