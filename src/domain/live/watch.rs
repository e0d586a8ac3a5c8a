//! The one who looks: a task for each organization that somebody listens to.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tenantry_kernel::{OrganizationId, SessionId, live::TenantEvent};
use tokio::time::{Instant, sleep_until};

use super::{
    Event, Room,
    news::{self, Memory},
    rules::{self, Fate},
    sql::{self, Asked, Found},
};
use crate::{
    Services,
    access::{OrgScope, Place, permit::Watching, watching_scope},
    db::{DbError, OrgTx},
    tenancy,
};

/// Between two looks at least, and between two events that somebody is told: four a second.
const GAP: Duration = Duration::from_millis(250);

/// Between two looks at most while nobody rings. A stream ends within a second of what it stands on; the rest is for a busy
/// machine.
const IDLE: Duration = Duration::from_millis(400);

/// Looks until nobody listens any more.
pub(super) async fn watch(services: Services, organization: OrganizationId, room: Arc<Room>) {
    let (scope, mut memory) = (watching_scope(organization), Memory::default());
    let (mut quiet_until, mut away) = (Instant::now(), false);
    loop {
        let began = Instant::now();
        let looked = look(&services, &scope, &room, &mut memory, began >= quiet_until).await;
        match &looked {
            Ok(told) => {
                away = false;
                // From when it was told, not from when it was looked: a look may be slow.
                quiet_until = quiet_until.max(Instant::now() + GAP * *told);
            }
            // Said once: nobody is told anything until the database is back and has been asked who still may.
            Err(error) if !away => {
                away = true;
                tracing::warn!(%error, "Nobody can be told what changes.");
            }
            Err(_) => {}
        }
        if services.live.close(organization, &room) {
            return;
        }
        // Where it may be told again soon after that, then: a look just before it would cost a round of its own.
        let soon = quiet_until > began + GAP && quiet_until <= began + IDLE;
        sleep_until(if soon { quiet_until } else { began + GAP }).await;
        let wait = if quiet_until > began { quiet_until.min(began + IDLE) } else { began + IDLE };
        tokio::select! { () = room.bell.notified() => {}, () = sleep_until(wait) => {} }
    }
}

/// One look: ends what must end, and tells what is new if that may be told now. Answers how many events somebody was told.
async fn look(
    services: &Services,
    scope: &OrgScope<Watching>,
    room: &Room,
    memory: &mut Memory,
    may_tell: bool,
) -> Result<u32, DbError> {
    let ears: Vec<_> = room.ears().iter().map(|(number, ear)| (*number, ear.who)).collect();
    if ears.is_empty() {
        return Ok(0);
    }
    // Before the other connection is taken: nobody holds one of each and waits.
    let sessions = sql::sessions_that_live(&mut *services.db.platform().await?, &ears).await?;
    let asked = Asked { ears, since: memory.horizon() };
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let Some(found) = sql::look(&mut tx, &asked).await? else {
        room.ears().drain().for_each(|(_, ear)| ear.cut());
        return Ok(0);
    };
    let stay = dismiss(room, scope.organization(), &asked, &sessions, &found);
    let is_new = |number: &u64| room.ears().get(number).is_some_and(|ear| ear.told.is_none());
    if !may_tell && !stay.iter().any(|(number, _)| is_new(number)) {
        tx.commit().await?;
        return Ok(0);
    }
    let usage = memory.usage(services, &mut tx, &found).await?;
    tx.commit().await?;
    let effective = services.plans.effective(&found.held, found.now).await?;
    let news = may_tell.then(|| memory.news(&found, &usage));
    let mut most = 0;
    for (number, place) in stay {
        let context = tenancy::context_of(&place, &effective);
        if let Some(ear) = room.ears().get_mut(&number) {
            most = most.max(news::tell(ear, context, &usage, news.as_ref()));
        }
    }
    Ok(most)
}

/// Ends the streams of those who may not listen any more. Answers where the others are.
fn dismiss(
    room: &Room,
    organization: OrganizationId,
    asked: &Asked,
    sessions: &HashSet<SessionId>,
    found: &Found,
) -> Vec<(u64, Place)> {
    let (mut ears, mut stay) = (room.ears(), Vec::new());
    for (number, who) in &asked.ears {
        match rules::fate(found, sessions, *who) {
            Fate::Stays(member, tenant) => {
                if let Some(ear) = ears.get_mut(number) {
                    ear.catch_up();
                }
                stay.push((*number, found.place(organization, member, tenant)));
            }
            Fate::Suspended(tenant) => {
                if let Some(mut ear) = ears.remove(number) {
                    ear.tell(Event::tenant(&TenantEvent { tenant }));
                }
            }
            Fate::Ends => {
                if let Some(ear) = ears.remove(number) {
                    ear.cut();
                }
            }
        }
    }
    stay
}
