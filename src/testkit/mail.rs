//! The task that empties a database's outbox, for tests: it ends with the test, as its process would.

use std::sync::Arc;

use tenantry_domain::{
    Services, Settings,
    mail::{self, MailSettings, Reader, worker},
};
use tenantry_kernel::mail::MailView;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::TestMailServer;

/// The task, over some process' services.
pub struct PostOffice {
    services: Services,
    _stop: DropGuard,
}

impl PostOffice {
    /// Starts it, with a server that takes mail or without one.
    ///
    /// # Panics
    /// When the server's address is none.
    #[must_use]
    pub fn open(services: &Services, server: Option<&TestMailServer>) -> Self {
        Self::at(services, server.map(TestMailServer::url).as_deref())
    }

    /// Starts it, with a server at an address.
    ///
    /// # Panics
    /// When the address is none.
    #[must_use]
    pub fn at(services: &Services, address: Option<&str>) -> Self {
        let own = (*services.settings).clone();
        let server = address.map(|address| address.parse().expect("a mail server's address"));
        let settings = Settings { dev: true, mail: MailSettings { server, ..own.mail.clone() }, ..own };
        let services = Services { settings: Arc::new(settings), ..services.clone() };
        let stop = CancellationToken::new();
        tokio::spawn(worker::run(services.clone(), stop.clone()));
        Self { services, _stop: stop.drop_guard() }
    }

    /// What was posted to an address, newest first; whatever was asked for is written by then.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn mails(&self, to: &str) -> Vec<MailView> {
        let reader = Reader::in_development(&self.services.settings).expect("its settings say so");
        mail::settled(&self.services).await.expect("the database answers");
        mail::list(&self.services, &reader, Some(to)).await.expect("the database answers").data
    }

    /// The token in the newest mail to an address that has one.
    ///
    /// # Panics
    /// When no mail has one.
    pub async fn token(&self, to: &str) -> String {
        let mails = self.mails(to).await;
        let token = mails.iter().find_map(token_of);
        token.unwrap_or_else(|| panic!("no mail to {to} has a token: {mails:#?}"))
    }
}

/// The token of a mail's link.
#[must_use]
pub fn token_of(mail: &MailView) -> Option<String> {
    mail.links.first()?.split_once("token=").map(|(_, token)| token.to_owned())
}
