//! Starts a sandbox, and is the handle of a running one.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::ListenerExt;
use serde_json::{Map, Value};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    call_log::Call,
    config::SandboxConfig,
    door::{self, House},
    error::Error,
    events::Event,
    faults::Fault,
    oauth, sample_events,
    signing::{Keys, Signed},
    tokens::Owner,
    visitor,
    webhooks::{Counts, Sender},
    world::World,
};

/// Starts a sandbox. It answers as soon as this returns.
pub async fn start(config: SandboxConfig) -> Result<Running, Error> {
    let address = config.listen;
    let listen = |cause| Error::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    let keys = Arc::new(Keys::shipped());
    let counts = Arc::new(Counts::default());
    let (sender, sending) = Sender::start(&config.webhooks, Arc::clone(&keys), Arc::clone(&counts))?;
    let config = Arc::new(config);
    let world = World::new(Arc::clone(&config), Arc::clone(&counts));
    let location_id = world.data.location_id().to_owned();
    let house = Arc::new(House { world: world.into(), sender, base_url: format!("http://{addr}") });
    let router = axum::Router::new().fallback(door::answer).with_state(Arc::clone(&house));
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = listener.tap_io(|connection| {
        // Small answers must not wait for a full packet; without the option they are only slower.
        let _unavailable = connection.set_nodelay(true);
    });
    let serving = tokio::spawn(async move {
        let stopped = async move {
            let _dropped = stopped.await;
        };
        // Accepting never fails for good; axum retries it itself.
        let _end = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    });
    Ok(Running { house, keys, counts, config, addr, location_id, stop: Some(stop), serving, sending })
}

/// A running sandbox. Dropping it stops it at once; [`Running::shutdown`] lets requests under way finish.
pub struct Running {
    house: Arc<House>,
    keys: Arc<Keys>,
    counts: Arc<Counts>,
    config: Arc<SandboxConfig>,
    addr: SocketAddr,
    location_id: String,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    sending: JoinHandle<()>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:8610`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.house.base_url
    }

    /// The id of its one location.
    pub fn location_id(&self) -> &str {
        &self.location_id
    }

    /// The private integration token it accepts.
    pub fn token(&self) -> &str {
        &self.config.token
    }

    /// The public key of `x-ghl-signature`: base64 of the SubjectPublicKeyInfo.
    pub fn ed25519_public_key(&self) -> String {
        self.keys.ed25519_public()
    }

    /// The public key of `x-wh-signature`: PEM.
    pub fn rsa_public_key(&self) -> &'static str {
        Keys::rsa_public()
    }

    /// The recorded calls, oldest first (the last 100,000).
    pub fn calls(&self) -> Vec<Call> {
        self.house.world().log.calls()
    }

    /// How many calls are recorded.
    pub fn call_count(&self) -> usize {
        self.house.world().log.len()
    }

    /// Does what a person does in the CRM's own pages: one request with the sandbox's token, through its own door.
    ///
    /// # Errors
    /// A sentence, where the request did not get through or was refused.
    pub async fn act(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        visitor::act(
            self.house.sender.client(),
            method,
            &format!("{}{path}", self.base_url()),
            self.token(),
            body,
        )
        .await
    }

    /// How many calls there were of each operation: `{"add-tags": 3}`.
    pub fn call_counts(&self) -> Value {
        self.house.world().log.counts()
    }

    /// All records, in the form of a data file.
    pub fn snapshot(&self) -> Value {
        self.house.world().data.to_json()
    }

    /// Shows at once in the search what was to be shown later.
    pub fn index_everything(&self) {
        self.house.world().index.catch_up();
    }

    /// Back to the first records, faults and budgets; recorded calls are forgotten, tokens stay good.
    pub fn reset(&self) {
        self.house.world().reset();
    }

    /// One more fault from now on.
    pub fn add_fault(&self, fault: Fault) {
        self.house.world().faults.add(fault);
    }

    /// Nothing goes wrong any more, whatever was still to come.
    pub fn forget_faults(&self) {
        self.house.world().faults.forget();
    }

    /// Sends events there from now on; `None` sends none.
    pub fn send_webhooks_to(&self, address: Option<String>) {
        self.house.sender.redirect(address);
    }

    /// Sends an event of any kind, signed, through the same queue as the sandbox's own; the answer is its `webhookId`.
    ///
    /// `payload` gives the event's own fields; `type`, `locationId`, `timestamp`, `webhookId`, `appId` and `versionId`
    /// are added where it does not have them. Nothing is sent where no receiver is set.
    pub fn emit(&self, event_type: &str, payload: &Value) -> String {
        let fields: Map<String, Value> = payload.as_object().cloned().unwrap_or_default();
        let now = self.house.world().now();
        let event = Event::new(event_type, fields, &self.location_id, now);
        let id = event.webhook_id.clone();
        self.house.sender.send(event);
        id
    }

    /// An example of an event about the sandbox's own records, with its envelope; `None` for an unknown kind.
    pub fn sample_event(&self, event_type: &str) -> Option<Value> {
        let world = self.house.world();
        sample_events::of(&world.data, event_type, world.now()).map(|event| Value::Object(event.body))
    }

    /// Both signatures of a body (the RSA one takes some milliseconds).
    pub fn sign(&self, body: &[u8]) -> Signed {
        Signed { ed25519: self.keys.ed25519(body), rsa: self.keys.rsa(body) }
    }

    /// Only the header `x-ghl-signature` of a body; cheap.
    pub fn sign_ed25519(&self, body: &[u8]) -> String {
        self.keys.ed25519(body)
    }

    /// Returns once no event is queued, on its way or waiting for another try.
    pub async fn webhooks_idle(&self) {
        self.house.sender.idle().await;
    }

    /// What became of the events: `{"queued", "delivered", "failed", "retried", "dropped"}`.
    pub fn webhook_counts(&self) -> Value {
        self.counts.to_json()
    }

    /// An OAuth code with all scopes, good for one exchange at `POST /oauth/token`: for the location, or for its agency.
    pub fn authorization_code(&self, for_agency: bool) -> String {
        let owner = if for_agency { Owner::Company } else { Owner::Location };
        self.house.world().tokens.new_code(owner, oauth::all_scopes())
    }

    /// Stops: requests under way may finish for a second, events not yet delivered are given up.
    pub async fn shutdown(mut self) {
        self.house.sender.redirect(None);
        if let Some(stop) = self.stop.take() {
            let _already_stopped = stop.send(());
        }
        let _stopped_or_late = tokio::time::timeout(Duration::from_secs(1), &mut self.serving).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
        self.sending.abort();
    }
}
