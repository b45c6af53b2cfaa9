//! From troubles to messages: gathers, sends over every channel, and remembers what was told.

use std::collections::HashSet;
use std::sync::Arc;

use bellhop_clock::Clock;
use bellhop_connector::{Call, Connection, Connector, Outcome};
use bellhop_engine::{Alert, Engine};
use bellhop_journal::{RunFilter, RunStatus, Store, StoreError};
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::digest::{Digest, News};
use crate::words;

/// The store's note with the time up to which troubles have been told.
const TOLD: &str = "alerts/told";
/// How long one message may take.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// How many runs are looked at for what was not told before a restart.
const LOOKED_AT: usize = 500;

/// What a channel's message looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Manner {
    /// `slack.send_message`, to this channel where the connection has no own.
    Slack(Option<String>),
    /// `email.send_message`, to these addresses.
    Email(Vec<String>),
    /// A POST of JSON to this address: `{subject, text, runs: [{run, recipe, record, message}]}`.
    Webhook(String),
}

/// One way to reach people: a connection of the workspace.
#[derive(Clone)]
pub struct Channel {
    /// Its name in the log.
    pub name: String,
    /// Whose account.
    pub connection: Arc<Connection>,
    /// What sends.
    pub connector: Arc<dyn Connector>,
    /// How.
    pub manner: Manner,
}

/// Tells people over all channels.
pub struct Alerts {
    channels: Vec<Channel>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Alerts {
    /// Alerts over these channels.
    pub fn new(channels: Vec<Channel>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { channels, store, clock }
    }

    /// Tells of what is heard for as long as the engine lives. Begins with what was not told before the last end.
    /// `heard` is the engine's, taken before it started, so that nothing falls between the two.
    pub async fn keep(self, engine: Arc<Engine>, mut heard: Receiver<Alert>) {
        if self.channels.is_empty() {
            return;
        }
        let mut digest = Digest::default();
        let untold = self.untold(&engine).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what was not told before the restart could not be looked up");
            Vec::new()
        });
        // The engine's end is noticed by the end of what it tells.
        drop(engine);
        let known: HashSet<_> = untold.iter().map(|alert| (alert.run.clone(), alert.at)).collect();
        for alert in untold {
            digest.add(alert, self.clock.now());
        }
        loop {
            if let Some(news) = digest.news(self.clock.now()) {
                if self.tell(&news).await {
                    digest.told(self.clock.now());
                    self.remember(news.latest).await;
                } else {
                    digest.failed(self.clock.now());
                }
            }
            match self.next(&mut heard, digest.due()).await {
                Some(Ok(alert)) if known.contains(&(alert.run.clone(), alert.at)) => {}
                Some(Ok(alert)) => digest.add(alert, self.clock.now()),
                Some(Err(RecvError::Lagged(missed))) => {
                    tracing::warn!(missed, "more runs need a person than alerts can keep up with");
                }
                Some(Err(RecvError::Closed)) => return,
                None => {}
            }
        }
    }

    /// The next trouble; none: a message is due.
    async fn next(
        &self,
        heard: &mut Receiver<Alert>,
        due: Option<Timestamp>,
    ) -> Option<Result<Alert, RecvError>> {
        let due = self.clock.sleep_until(due.unwrap_or(Timestamp::MAX));
        match select(std::pin::pin!(heard.recv()), due).await {
            Either::Left((alert, _)) => Some(alert),
            Either::Right(((), _)) => None,
        }
    }

    /// Sends a message over every channel; whether at least one took it.
    async fn tell(&self, news: &News) -> bool {
        let mut told = false;
        for channel in &self.channels {
            let call = Call {
                operation: channel.manner.operation().to_owned(),
                input: channel.manner.input(news),
                connection: Arc::clone(&channel.connection),
                deadline: self.clock.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX),
                idempotency_key: format!("alert:{}:{}", channel.name, news.latest),
                standing: bellhop_connector::Standing::default(),
            };
            let outcome = channel.connector.call(call).await;
            let word = if matches!(outcome, Outcome::Done(_)) { "sent" } else { "failed" };
            metrics::counter!("bellhop_alerts_total", "channel" => channel.name.clone(), "outcome" => word)
                .increment(1);
            match outcome {
                Outcome::Done(_) => told = true,
                Outcome::Failed(failure) => {
                    tracing::error!(channel = %channel.name, why = %failure.message, "an alert could not be sent");
                }
            }
        }
        told
    }

    async fn remember(&self, latest: Timestamp) {
        if let Err(error) = self.store.put_note(TOLD, &latest.to_string()).await {
            tracing::warn!(%error, "it could not be kept that an alert was sent; it may come again after a restart");
        }
    }

    /// The runs that need a person, or failed, and that no message told of.
    async fn untold(&self, engine: &Engine) -> Result<Vec<Alert>, StoreError> {
        let told: Option<Timestamp> = self.store.note(TOLD).await?.and_then(|text| text.parse().ok());
        // Whoever switches alerts on is not told of the past.
        let Some(told) = told else {
            self.store.put_note(TOLD, &self.clock.now().to_string()).await?;
            return Ok(Vec::new());
        };
        let filter = RunFilter {
            statuses: vec![RunStatus::NeedsAttention, RunStatus::Failed],
            or_troubled: true,
            limit: LOOKED_AT,
            ..RunFilter::default()
        };
        let runs = self.store.runs(filter).await?;
        Ok(runs.into_iter().filter(|run| run.updated_at > told).map(|run| engine.alert_of(run)).collect())
    }
}

impl Manner {
    fn operation(&self) -> &'static str {
        match self {
            Self::Slack(_) | Self::Email(_) => "send_message",
            Self::Webhook(_) => "request",
        }
    }

    fn input(&self, news: &News) -> Value {
        match self {
            Self::Slack(None) => json!({ "text": words::text(news) }),
            Self::Slack(Some(channel)) => json!({ "text": words::text(news), "channel": channel }),
            Self::Email(to) => {
                json!({ "to": to, "subject": words::subject(news), "text": words::text(news) })
            }
            Self::Webhook(url) => {
                let troubles = news.kinds.iter().flat_map(|kind| &kind.examples);
                let runs: Vec<_> = troubles
                    .map(|trouble| {
                        json!({
                            "run": trouble.run, "recipe": &*trouble.recipe, "record": trouble.record.as_deref(),
                            "status": trouble.status.name(), "message": trouble.message, "at": trouble.at,
                        })
                    })
                    .collect();
                let body =
                    json!({ "subject": words::subject(news), "text": words::text(news), "runs": runs });
                json!({ "method": "POST", "url": url, "body": body })
            }
        }
    }
}
