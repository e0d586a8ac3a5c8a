//! Corrections: an event that stands for an earlier one of its source and workspace. Which events count is a function of
//! those that are recorded, so it is the same in whatever order they came: one counts unless another corrects it, or
//! corrects the same one and is later (by its time, then by its id).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sorting::{NewEvent, Sorting};
use crate::db::{DbError, OrganizationBound as _, TenantTx};

/// Source and id of an event.
type Name = (String, String);

/// Gives corrections that say no time the time of what they correct, where that is known.
pub(super) async fn place(tx: &mut TenantTx, sorting: &mut Sorting<'_>) -> Result<(), DbError> {
    let wanted: Vec<(usize, Name)> = sorting
        .new
        .iter()
        .enumerate()
        .filter(|(_, new)| new.event.time.is_none())
        .filter_map(|(place, new)| Some((place, (new.event.source.clone(), new.event.corrects.clone()?))))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut times = times(tx, &wanted).await?;
    for new in &sorting.new {
        times.entry((new.event.source.clone(), new.event.id.clone())).or_insert(new.occurred_at);
    }
    for (place, corrected) in wanted {
        let Some(time) = times.get(&corrected).copied() else { continue };
        sorting.move_to(place, time);
        if let Some(new) = sorting.new.get(place) {
            // What corrects this one in turn goes to the same time.
            times.insert((new.event.source.clone(), new.event.id.clone()), time);
        }
    }
    Ok(())
}

/// The times of recorded events of the workspace.
async fn times(tx: &mut TenantTx, wanted: &[(usize, Name)]) -> Result<HashMap<Name, DateTime<Utc>>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let (sources, ids): (Vec<&str>, Vec<&str>) =
        wanted.iter().map(|(_, (source, id))| (source.as_str(), id.as_str())).unzip();
    let rows = sqlx::query!(
        r#"select n.source as "source!", n.event_id as "event_id!", e.occurred_at
           from unnest($3::text[], $4::text[]) n (source, event_id)
           cross join lateral (
               select e.occurred_at from org.metered_events e
               where e.organization_id = $1 and e.tenant_id = $2 and e.source = n.source and e.event_id = n.event_id
               limit 1) e"#,
        organization,
        tenant,
        &sources as &[&str],
        &ids as &[&str]
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.source, row.event_id), row.occurred_at)).collect())
}

/// Takes out of the sums what counts no more since these events are recorded. `corrected` says whether any event of the
/// organization corrected another before; where none ever did, there is nothing to look for.
pub(super) async fn settle(tx: &mut TenantTx, new: &[&NewEvent<'_>], corrected: bool) -> Result<(), DbError> {
    let corrections = new.iter().any(|new| new.event.corrects.is_some());
    if new.is_empty() || !(corrected || corrections) {
        return Ok(());
    }
    if !corrected {
        note(tx).await?;
    }
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let names = new.iter().flat_map(|new| {
        let corrected = new.event.corrects.iter();
        corrected.chain([&new.event.id]).map(|id| (new.event.source.as_str(), id.as_str()))
    });
    let (sources, ids): (Vec<&str>, Vec<&str>) = names.unzip();
    sqlx::query!(
        r#"with named as (
             select distinct source, event_id from unnest($3::text[], $4::text[]) n (source, event_id)
         ), touched as (
             select e.source, e.event_id, e.day from named n
             cross join lateral (
                 select source, event_id, day from org.metered_events
                 where organization_id = $1 and source = n.source and event_id = n.event_id
                 union all
                 select source, event_id, day from org.metered_events
                 where organization_id = $1 and source = n.source and corrects = n.event_id) e
         )
         update org.metered_events e set counts = false
         from (select distinct source, event_id, day from touched) t
         where e.organization_id = $1 and e.source = t.source and e.event_id = t.event_id and e.day = t.day
           and e.tenant_id = $2 and e.counts
           and (exists (select from org.metered_events c
                        where c.organization_id = $1 and c.source = e.source and c.corrects = e.event_id
                          and c.tenant_id = $2)
                or exists (select from org.metered_events c
                           where c.organization_id = $1 and c.source = e.source and c.corrects = e.corrects
                             and c.tenant_id = $2
                             and (c.occurred_at, c.event_id collate "C") > (e.occurred_at, e.event_id collate "C")))"#,
        organization,
        tenant,
        &sources as &[&str],
        &ids as &[&str]
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn note(tx: &mut TenantTx) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("update org.metering_gates set corrected = true where organization_id = $1", organization)
        .execute(tx.connection())
        .await?;
    Ok(())
}
