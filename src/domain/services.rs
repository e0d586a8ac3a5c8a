//! What every verb may use: the database, the time, chance, and the installation's settings.
//!
//! Time and chance are values, so a test turns the clock by months and gets the same ids twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    Keyring,
    access::{Memory, Sightings},
    accounts::{password::PasswordGate, tokens::KeyRing},
    billing::Plans,
    db::Db,
    dispatch::Floor,
    idempotency::InFlight,
    live::Live,
    mail::{MailSettings, Mailroom},
    metering::{Allowances, Bandwidth, Intake},
    outbound::Outbound,
    rate::{Limits, TrustedProxies},
    tenancy::Zones,
    webhooks::inbound::Hooks,
};

/// Who may change an organization's plan while there is no billing provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanChoice {
    /// The organization's admins; what they choose holds at once.
    #[default]
    Open,
    /// Only the platform operator.
    Operator,
}

impl std::str::FromStr for PlanChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "open" => Ok(Self::Open),
            "operator" => Ok(Self::Operator),
            _ => Err("use open or operator".to_owned()),
        }
    }
}

/// What the operator of the installation has set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address under which people reach it, without a slash at the end.
    pub public_url: url::Url,
    /// The domain of which each tenant has a subdomain, in lower case; without one every tenant is on the main host.
    pub base_domain: Option<String>,
    /// Who may change plans.
    pub plans: PlanChoice,
    /// How many Free organizations a person may own.
    pub free_organizations: u32,
    /// The proxies whose word counts for where a request came from.
    pub trusted_proxies: TrustedProxies,
    /// Whether an address must be proven before its account opens.
    pub require_verified_email: bool,
    /// How mail leaves.
    pub mail: MailSettings,
    /// Whether the server was started for development, on a loopback address.
    pub dev: bool,
    /// Whether what tenants name may be on this machine itself (127.0.0.0/8 and ::1); for development.
    pub loopback_tools: bool,
}

impl Settings {
    /// The defaults for an address.
    #[must_use]
    pub fn new(public_url: url::Url) -> Self {
        Self {
            mail: MailSettings::at(&public_url),
            public_url,
            base_domain: None,
            plans: PlanChoice::default(),
            free_organizations: 20,
            trusted_proxies: TrustedProxies::default(),
            require_verified_email: false,
            dev: false,
            loopback_tools: false,
        }
    }

    /// The public address of a path, which starts with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// The program's clock. Decisions take the database's time; this one dates ids and sessions' cookies.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, plus the offset that a test has set.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.offset_ms.load(Ordering::Relaxed))
    }

    /// Now, on a clock that nobody sets back but a test; for rates and waits.
    #[must_use]
    pub fn instant(&self) -> Instant {
        let now = Instant::now();
        let offset = self.offset_ms.load(Ordering::Relaxed);
        let turned = Duration::from_millis(offset.unsigned_abs());
        let then = if offset < 0 { now.checked_sub(turned) } else { now.checked_add(turned) };
        then.unwrap_or(now)
    }

    /// Turns the clock, for tests; the database's offset is set beside it.
    pub fn set_offset(&self, offset: TimeDelta) {
        self.offset_ms.store(offset.num_milliseconds(), Ordering::Relaxed);
    }
}

/// Chance, from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entropy;

impl Entropy {
    /// Random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give; nothing safe can be done without it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
    #[expect(clippy::expect_used, reason = "without randomness there are no secrets, and so no service")]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        bytes
    }
}

/// All of it, shared by every door.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The versions of plans.
    pub plans: Plans,
    /// The gate before password hashing.
    pub passwords: PasswordGate,
    /// Idempotency keys that are under way in this process.
    pub in_flight: InFlight,
    /// Where dispatches of one organization line up in this process.
    pub floor: Floor,
    /// Who listens in this process to what changes.
    pub live: Live,
    /// What this process remembers of keys.
    pub memory: Memory,
    /// When this process has seen sessions.
    pub sightings: Sightings,
    /// The public keys of access tokens that this process has met.
    pub signing: KeyRing,
    /// What this process holds of the day's API calls.
    pub allowances: Allowances,
    /// What went through this process' API and is not written yet.
    pub bandwidth: Bandwidth,
    /// Where usage events of one tenant line up in this process.
    pub intake: Intake,
    /// Who has come how fast to this process.
    pub limits: Arc<Limits>,
    /// What this process keeps for webhooks' messages on their way in.
    pub hooks: Hooks,
    /// The keys to what lies sealed in the database.
    pub keyring: Keyring,
    /// Where mails that this process has posted are announced.
    pub mailroom: Mailroom,
    /// The time zones that the database knows.
    pub zones: Zones,
    /// The one way out.
    pub outbound: Outbound,
}

impl Services {
    /// Services over a database.
    #[must_use]
    pub fn new(db: Db, settings: Settings) -> Self {
        let live = Live::default();
        Self {
            plans: Plans::new(db.clone()),
            keyring: db.keyring().clone(),
            outbound: Outbound::new(&settings),
            db,
            clock: Clock::default(),
            entropy: Entropy,
            settings: Arc::new(settings),
            passwords: PasswordGate::default(),
            in_flight: InFlight::default(),
            floor: Floor::new(live.clone()),
            live,
            memory: Memory::default(),
            sightings: Sightings::default(),
            signing: KeyRing::default(),
            allowances: Allowances::default(),
            bandwidth: Bandwidth::default(),
            intake: Intake::default(),
            limits: Arc::default(),
            hooks: Hooks::default(),
            mailroom: Mailroom::default(),
            zones: Zones::default(),
        }
    }

    /// A new id: UUIDv7 (RFC 9562), so that ids sort by the time of their making.
    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        T::from(uuid::Builder::from_unix_timestamp_millis(millis, &self.entropy.bytes()).into_uuid())
    }
}
