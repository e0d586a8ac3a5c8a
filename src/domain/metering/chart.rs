//! A series as people look at it: with every step, also those in which nothing was used, by the organization's own clocks,
//! and with names in the place of ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use tenantry_kernel::{
    KeyId, TenantId, UserId,
    metering::{GroupBy, Quantity, Step},
};
use uuid::Uuid;

use super::{
    series::{self, Read, SeriesError, SeriesQuery},
    sql_names, sql_series,
};
use crate::{
    Services,
    access::{OrgScope, permit::UsageRead},
    db::{DbError, OrgTx},
};

/// A series to draw.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Whose clocks its steps go by.
    pub zone: String,
    /// What a step is.
    pub step: Step,
    /// From when, as those clocks show it.
    pub from: NaiveDateTime,
    /// Until when, itself excluded.
    pub to: NaiveDateTime,
    /// Where each step starts, as those clocks show it, oldest first.
    pub steps: Vec<NaiveDateTime>,
    /// Is it a level? Then totals are what was measured last, and not sums over time.
    pub is_level: bool,
    /// What the one group is called that is shown alone, where one is.
    pub alone: Option<String>,
    /// What is told apart, the greatest first; one without a name where nothing is.
    pub groups: Vec<ChartGroup>,
}

/// One line of a chart.
#[derive(Clone, Debug)]
pub struct ChartGroup {
    /// The tool's name, or the id of the person, key or workspace; `None` where there is none.
    pub group: Option<String>,
    /// What it is called: its id where its name is not the reader's to know.
    pub name: Option<String>,
    /// Its sum.
    pub total: Quantity,
    /// Its sum in each step.
    pub values: Vec<Quantity>,
}

/// The day that the organization's clocks show.
///
/// # Errors
/// When the database is away.
pub async fn today(services: &Services, scope: &OrgScope<UsageRead>) -> Result<NaiveDate, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let today = sql_series::today(&mut tx).await?;
    tx.commit().await?;
    Ok(today)
}

/// Reads a series to draw. Keys have names for whoever may see keys.
///
/// # Errors
/// As [`super::series`].
pub async fn chart(
    services: &Services,
    scope: &OrgScope<UsageRead>,
    query: &SeriesQuery,
    sees_keys: bool,
) -> Result<Chart, SeriesError> {
    let (mut tx, read) = series::read(services, scope, query).await?;
    let edges: Vec<DateTime<Utc>> = [read.from, read.to].into_iter().chain(read.starts.iter().copied()).collect();
    let mut local = sql_series::local(&mut tx, &read.zone, &edges).await?;
    let ids: BTreeSet<Uuid> = read.rows.iter().filter_map(|row| row.group.parse().ok()).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let names = match read.group_by {
        Some(by) => names(services, &mut tx, by, &ids, sees_keys).await?,
        None => HashMap::new(),
    };
    let alone = alone(services, &mut tx, &read, sees_keys).await?;
    tx.commit().await?;
    let steps = local.split_off(2.min(local.len()));
    let edge = |place: usize| local.get(place).copied().unwrap_or_default();
    let (from, to, zone, step, is_level) = (edge(0), edge(1), read.zone.clone(), read.step, read.is_level);
    Ok(Chart { zone, step, from, to, steps, is_level, alone, groups: groups(read, &names) })
}

/// What ids out of the organization's own records are called, as the rollups have them.
async fn names(
    services: &Services,
    tx: &mut OrgTx,
    by: GroupBy,
    ids: &[Uuid],
    sees_keys: bool,
) -> Result<HashMap<Uuid, String>, DbError> {
    match by {
        GroupBy::Tenant => sql_names::tenants(tx, ids).await,
        GroupBy::Key if sees_keys => sql_names::keys(tx, ids).await,
        // Whoever has left is still called by the name under which they used something.
        GroupBy::Member => sql_names::people(&mut *services.db.platform().await?, ids).await,
        GroupBy::Tool | GroupBy::Key => Ok(HashMap::new()),
    }
}

/// What the group is called that is shown alone. Whoever stands in no record of the organization has no name here.
async fn alone(services: &Services, tx: &mut OrgTx, read: &Read, sees_keys: bool) -> Result<Option<String>, DbError> {
    let Some(of) = &read.of else { return Ok(None) };
    let Some(id) = of.what.parse().ok().filter(|_| of.by != GroupBy::Tool) else {
        return Ok(Some(of.what.clone()));
    };
    let names =
        if read.rows.is_empty() { HashMap::new() } else { names(services, tx, of.by, &[id], sees_keys).await? };
    let nobody = if id.is_nil() { String::new() } else { written(of.by, id) };
    Ok(Some(names.get(&id).cloned().unwrap_or(nobody)))
}

fn groups(read: Read, names: &HashMap<Uuid, String>) -> Vec<ChartGroup> {
    let Read { starts, rows, group_by, is_level, .. } = read;
    let nothing = vec![Quantity::default(); starts.len()];
    let mut by_group: BTreeMap<String, Vec<Quantity>> = BTreeMap::new();
    for row in rows {
        let place = starts.partition_point(|start| *start < row.start);
        let values = by_group.entry(row.group).or_insert_with(|| nothing.clone());
        if let Some(value) = values.get_mut(place) {
            *value = *value + row.value.parse().unwrap_or_default();
        }
    }
    let group = |(raw, values): (String, Vec<Quantity>)| {
        let id = raw.parse().ok().filter(|id: &Uuid| !id.is_nil());
        let name = match group_by {
            Some(GroupBy::Tool) | None => Some(raw.clone()).filter(|name| !name.is_empty()),
            Some(by) => id.map(|id| names.get(&id).cloned().unwrap_or_else(|| written(by, id))),
        };
        let group = group_by.and_then(|by| match by {
            GroupBy::Tool => Some(raw).filter(|name| !name.is_empty()),
            by => id.map(|id| written(by, id)),
        });
        ChartGroup { group, name, total: total(&values, is_level), values }
    };
    let mut groups: Vec<ChartGroup> = by_group.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.total));
    groups
}

fn total(values: &[Quantity], is_level: bool) -> Quantity {
    let measured = |value: &&Quantity| **value != Quantity::default();
    if is_level {
        values.iter().rev().find(measured).copied().unwrap_or_default()
    } else {
        values.iter().copied().sum()
    }
}

/// An id as the API writes it.
pub(super) fn written(by: GroupBy, id: Uuid) -> String {
    match by {
        GroupBy::Tool => String::new(),
        GroupBy::Member => UserId::from(id).to_string(),
        GroupBy::Key => KeyId::from(id).to_string(),
        GroupBy::Tenant => TenantId::from(id).to_string(),
    }
}
