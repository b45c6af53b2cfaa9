//! The door (webhooks come in) and the windows (health, metrics, the history as JSON).
//!
//! This room knows neither the store's SQL, nor how apps are called: it is given an engine. A secret it is lent for as
//! long as it looks whether a sender knows it, and keeps none. Start at
//! [`Server::bind`]; the way of a webhook is in `door`.

mod door;
mod guard;
mod listen;
mod pace;
mod proof;
mod quiet;
mod size;
mod windows;

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use bellhop_clock::Clock;
use bellhop_engine::{Engine, Link};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::listen::Limits;
use crate::pace::Pace;

pub use guard::ApiToken;

/// The largest body that a delivery may have, in bytes. HighLevel's events stay far below it.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// How often measurements are folded together.
const TIDY: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

/// Finds the secret of a name, where there is one.
pub type LookUp = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the server needs.
#[derive(Clone)]
pub struct ServerOptions {
    /// Who takes the events.
    pub engine: Arc<Engine>,
    /// The connections that deliveries may come for, by name.
    pub connections: Arc<HashMap<String, Link>>,
    /// The time of arrival comes from here.
    pub clock: Arc<dyn Clock>,
    /// Where `/metrics` reads; none: it answers 404.
    pub metrics: Option<PrometheusHandle>,
    /// Sets the figures that are known elsewhere, before `/metrics` is shown.
    pub gauges: Arc<dyn Fn() + Send + Sync>,
    /// What opens `/api` and `/metrics`; none: they are shown to this machine only.
    pub token: Option<ApiToken>,
    /// The secret of a name, where there is one: what senders of own webhooks must know.
    pub secret: LookUp,
    /// At the most so many deliveries a second for each address under `/hooks`.
    pub deliveries_per_second: u32,
}

/// Why the server could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason, and what to do.
        reason: String,
    },
    /// The system does not say which address it is.
    #[error("the address that is listened on is not known: {0}")]
    Address(#[from] std::io::Error),
}

/// Begins to collect metrics for the whole process. Called once, before the engine is made.
///
/// # Errors
/// Where the process collects them already.
pub fn collect_metrics() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new().install_recorder().map_err(|error| error.to_string())
}

/// A server that holds its address and does not answer yet.
pub struct Server {
    listener: TcpListener,
}

impl Server {
    /// Takes an address; port 0 takes a free one.
    pub async fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        match TcpListener::bind(address).await {
            Ok(listener) => Ok(Self { listener }),
            Err(error) => Err(ServerError::Listen { address, reason: reason(&error, address) }),
        }
    }

    /// The address it holds.
    pub fn address(&self) -> Result<SocketAddr, ServerError> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers until `until` is over; requests under way are answered to their end.
    pub async fn serve(self, options: ServerOptions, until: impl Future<Output = ()> + Send + 'static) {
        let clock = Arc::clone(&options.clock);
        let tidying = options.metrics.clone().map(|metrics| tokio::spawn(tidy(metrics, Arc::clone(&clock))));
        listen::serve(self.listener, router(options), clock, Limits::default(), until).await;
        if let Some(tidying) = tidying {
            tidying.abort();
        }
    }
}

/// Folds what has been measured into the histograms again and again: where nobody asks for the figures, single measurements
/// would be kept for ever.
async fn tidy(metrics: PrometheusHandle, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep_until(clock.now().checked_add(TIDY).unwrap_or(jiff::Timestamp::MAX)).await;
        metrics.run_upkeep();
    }
}

/// The routes.
fn router(options: ServerOptions) -> Router {
    let pace = Arc::new(Pace::new(options.deliveries_per_second));
    let clock = Arc::clone(&options.clock);
    let waits = Arc::clone(&clock);
    let hooks = Router::new()
        .route("/hooks/{connection}", post(door::connection_hook))
        .route("/hooks/in/{*path}", post(door::own_hook))
        .layer(from_fn(move |request, next| size::of_a_size(Arc::clone(&waits), request, next)))
        .layer(from_fn(move |request, next| {
            door::at_its_pace(Arc::clone(&pace), Arc::clone(&clock), request, next)
        }));
    let windows = Router::new()
        .route("/metrics", get(windows::metrics))
        .route("/api/runs", get(windows::runs))
        .route("/api/runs/{id}", get(windows::run))
        .layer(from_fn_with_state(options.clone(), guard::guard));
    Router::new()
        .merge(hooks)
        .merge(windows)
        .route("/healthz", get(windows::healthy))
        .route("/readyz", get(windows::ready))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(options)
}

fn reason(error: &std::io::Error, address: SocketAddr) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "another program uses port {} already; stop it, or give another address with --listen",
            address.port()
        ),
        ErrorKind::PermissionDenied => {
            format!("this user may not use port {}; choose one above 1023 with --listen", address.port())
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; 127.0.0.1 is this machine alone, 0.0.0.0 is all of its addresses"
                .into()
        }
        _ => error.to_string(),
    }
}
