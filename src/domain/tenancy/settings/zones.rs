//! The time zones that the database knows. PostgreSQL opens hundreds of files to list them, so a process asks once; those of
//! another copy of the time zone database count after the next start.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::OnceCell;

use super::{rules, sql};
use crate::db::{Db, DbError};

/// The names of time zones, once they were asked for.
#[derive(Clone, Debug, Default)]
pub struct Zones(Arc<OnceCell<BTreeSet<String>>>);

impl Zones {
    /// Every name that means the same on every machine.
    ///
    /// # Errors
    /// When the database is away; it is asked again the next time.
    pub(super) async fn names(&self, db: &Db) -> Result<&BTreeSet<String>, DbError> {
        let ask = || async {
            let mut names = sql::zones(&mut *db.platform().await?).await?;
            names.retain(|name| rules::is_zone(name));
            Ok(names)
        };
        self.0.get_or_try_init(ask).await
    }
}
