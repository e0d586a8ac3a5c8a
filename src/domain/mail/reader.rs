//! Reading mail that was posted: the platform operator's at the command line, and everybody's in development.

use std::time::{Duration, Instant};

use tenantry_kernel::{
    mail::{MailList, MailView},
    text::Email,
};

use super::{letter::Letter, sql};
use crate::{Services, Settings, access::Operator, db::DbError};

/// Mails that are listed at most.
const MOST: i64 = 200;

/// How long a reader waits for mails that are just being written.
const PATIENCE: Duration = Duration::from_secs(5);

/// The right to read other people's mail, links and all.
#[derive(Debug)]
pub struct Reader(());

impl Reader {
    /// Whoever runs the installation could make every link themselves.
    #[must_use]
    pub const fn operator(_operator: &Operator) -> Self {
        Self(())
    }

    /// Anybody who reaches a server that was started for development, which listens on a loopback address alone.
    #[must_use]
    pub fn in_development(settings: &Settings) -> Option<Self> {
        settings.dev.then_some(Self(()))
    }
}

/// Mails to an address, or to anybody, newest first. What is no address has none.
///
/// # Errors
/// When the database is away.
pub async fn list(services: &Services, _: &Reader, to: Option<&str>) -> Result<MailList, DbError> {
    let to = match to.map(|text| Email::parse("to", text)) {
        Some(Err(_)) => return Ok(MailList { data: Vec::new() }),
        Some(Ok(email)) => Some(email),
        None => None,
    };
    let recipient = to.as_ref().map(Email::as_str);
    let lying = sql::lying(&mut *services.db.platform().await?, recipient, MOST).await?;
    Ok(MailList { data: lying.into_iter().filter_map(|mail| view(services, mail)).collect() })
}

/// `None` for one that another version has written.
fn view(services: &Services, mail: sql::Lying) -> Option<MailView> {
    let written = Letter::read(&mail.letter)?.write(&services.settings, &services.keyring, mail.proven);
    Some(MailView {
        to: mail.recipient,
        subject: written.subject,
        text: written.text,
        html: written.html,
        links: written.links,
        at: mail.created_at,
        state: mail.state,
        attempts: u32::try_from(mail.attempts).unwrap_or_default(),
        reason: mail.reason,
    })
}

/// Waits, for a while, until every mail that was asked for is written: who asks and reads at once finds it.
///
/// # Errors
/// When the database is away.
pub async fn settled(services: &Services) -> Result<(), DbError> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE && sql::any_asked(&mut *services.db.platform().await?).await? {
        services.mailroom.announce();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
