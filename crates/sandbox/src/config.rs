//! What a sandbox can be told at its start. Every switch has the value that the real service has, as far as it is known.
//!
//! Nothing here does anything: [`crate::start`] does.

use std::{net::SocketAddr, time::Duration};

use crate::{clock::NowFn, data::Data, faults::Fault};

/// The token that the sandbox accepts unless another one is configured. It has the form of a private integration
/// token and opens nothing but a sandbox.
pub const DEFAULT_TOKEN: &str = "pit-00000000-0000-4000-8000-5a0db0000001";
/// The agency's token: it is refused on a location's records, as the real one is.
pub const DEFAULT_AGENCY_TOKEN: &str = "pit-00000000-0000-4000-8000-5a0db0000002";
/// The OAuth client id. The part before the dash is the app's id, as in the real service.
pub const DEFAULT_CLIENT_ID: &str = "5a0db0c5000000000000a001-sandbox";
/// The OAuth client secret that goes with [`DEFAULT_CLIENT_ID`].
pub const DEFAULT_CLIENT_SECRET: &str = "sandbox-client-secret";

/// Everything that can be set about a sandbox.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Where to listen. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// The records to begin with, and to come back to on a reset.
    pub data: Data,
    /// Which requests go wrong, and how.
    pub faults: Vec<Fault>,
    /// Where events are sent and how they are bent.
    pub webhooks: WebhookOptions,
    /// How long a written contact stays invisible to `POST /contacts/search` (the real index lags by a few seconds).
    pub index_delay: Duration,
    /// Which writes stay invisible that long: the first of every so many; the others are found at once. 1: all of them.
    pub index_delay_of: u32,
    /// The budgets per token; `None` switches refusals off (the headers stay).
    pub rate_limits: Option<RateLimits>,
    /// Whether 429 answers say `Retry-After` (seconds). The real service documents no such header.
    pub retry_after: bool,
    /// Overrules `settings.allowDuplicateContact` of the location's record.
    pub allow_duplicates: Option<bool>,
    /// The private integration token of the location.
    pub token: String,
    /// The scopes that token carries; `None` means all of them.
    pub scopes: Option<Vec<String>>,
    /// The OAuth app and the lives of its tokens.
    pub oauth: OAuthOptions,
    /// Whether calls are recorded (the last 100,000 are kept).
    pub record_calls: bool,
    /// Where the time comes from; `None` asks the machine. Rate windows, token lives and the index delay always run on
    /// the machine's monotonic clock.
    pub now: Option<NowFn>,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: Data::sample(),
            faults: Vec::new(),
            webhooks: WebhookOptions::default(),
            index_delay: Duration::ZERO,
            index_delay_of: 1,
            rate_limits: Some(RateLimits::default()),
            retry_after: false,
            allow_duplicates: None,
            token: DEFAULT_TOKEN.to_owned(),
            scopes: None,
            oauth: OAuthOptions::default(),
            record_calls: true,
            now: None,
        }
    }
}

impl std::fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("listen", &self.listen)
            .field("faults", &self.faults)
            .field("webhooks", &self.webhooks)
            .field("index_delay", &self.index_delay)
            .field("rate_limits", &self.rate_limits)
            .finish_non_exhaustive()
    }
}

/// The request budgets of one token (facts 6: 100 in 10 s and 200,000 a day).
#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    /// Requests per interval.
    pub limit: u32,
    /// The interval.
    pub interval: Duration,
    /// Requests per day.
    pub day: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { limit: 100, interval: Duration::from_secs(10), day: 200_000 }
    }
}

/// Which signatures the events carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signatures {
    /// `x-ghl-signature` and `x-wh-signature`.
    #[default]
    Both,
    /// Only `x-ghl-signature` (cheap: an RSA signature of 4096 bits takes some milliseconds).
    Ed25519,
    /// Only `x-wh-signature`.
    Rsa,
    /// Neither.
    None,
}

/// Where the events go and how the delivery is bent.
#[derive(Debug, Clone)]
pub struct WebhookOptions {
    /// The receiver's address; `None` sends nothing. [`crate::Running::send_webhooks_to`] sets it later.
    pub to: Option<String>,
    /// Every so-manieth event is delivered twice, with the same `webhookId`; 0 means never, 1 every one.
    pub duplicate_every: u32,
    /// Of every so many events the first `lose` never arrive; 0 means that none is lost.
    pub lose_of: u32,
    /// How many of every [`WebhookOptions::lose_of`] events are lost.
    pub lose: u32,
    /// Whether each two neighbouring events change places.
    pub reorder: bool,
    /// Whether `TaskCreate` comes without `contactId` and `body`, as reported of the real service (facts 8, row 13).
    pub omit_task_contact: bool,
    /// How often a delivery that was answered 429 is repeated.
    pub retries: u32,
    /// The time between two tries.
    pub retry_interval: Duration,
    /// Whether every failure is repeated, not only 429 (sources differ; facts 5.5).
    pub retry_every_failure: bool,
    /// How long the receiver may take to answer.
    pub timeout: Duration,
    /// Which signatures the events carry.
    pub signatures: Signatures,
    /// How many events may wait; those beyond are counted as dropped.
    pub queue: usize,
}

impl Default for WebhookOptions {
    fn default() -> Self {
        Self {
            to: None,
            duplicate_every: 0,
            lose_of: 0,
            lose: 1,
            reorder: false,
            omit_task_contact: false,
            retries: 6,
            retry_interval: Duration::from_mins(10),
            retry_every_failure: false,
            timeout: Duration::from_secs(10),
            signatures: Signatures::Both,
            queue: 100_000,
        }
    }
}

/// The OAuth app that the sandbox knows.
#[derive(Clone)]
pub struct OAuthOptions {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: String,
    /// How long an access token is accepted.
    pub access_token_life: Duration,
    /// How long a used refresh token still returns the pair it was exchanged for (facts 1.3: 30 s).
    pub refresh_window: Duration,
}

impl Default for OAuthOptions {
    fn default() -> Self {
        Self {
            client_id: DEFAULT_CLIENT_ID.to_owned(),
            client_secret: DEFAULT_CLIENT_SECRET.to_owned(),
            access_token_life: Duration::from_secs(86_399),
            refresh_window: Duration::from_secs(30),
        }
    }
}
