//! What all connectors share: one pool of connections, the clock, the secrets, the budgets.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bellhop_clock::Clock;
use bellhop_vault::{Redactor, Vault};
use thiserror::Error;

use crate::budget::Budgets;
use crate::client::{Client, Proxy};
use crate::reach::Reach;

/// What the runtime is made of.
#[derive(Clone)]
pub struct HttpOptions {
    /// Time for deadlines and budgets.
    pub clock: Arc<dyn Clock>,
    /// Time for the pause after which an app is asked again for what it shows late.
    pub pauses: Arc<dyn Clock>,
    /// Where secrets are.
    pub secrets: Arc<Vault>,
    /// Address of a proxy for https, where the network needs one.
    pub proxy: Option<String>,
    /// The longest answer that is read, in bytes.
    pub largest_answer: usize,
}

impl HttpOptions {
    /// The usual: one clock for all, no proxy, answers up to 10 MiB.
    pub fn new(clock: Arc<dyn Clock>, secrets: Arc<Vault>) -> Self {
        Self { pauses: Arc::clone(&clock), clock, secrets, proxy: None, largest_answer: 10 * 1024 * 1024 }
    }
}

/// Why there is no runtime, or no way to call by https.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpError {
    /// The client could not be made.
    #[error("Calls to apps cannot be made: {0}.")]
    Client(String),
    /// The proxy's address is none.
    #[error("{0:?} is no address of a proxy. Write it as http://proxy.example.com:3128.")]
    Proxy(String),
}

/// What all connectors share. Make one for the process.
pub struct HttpRuntime {
    pub(crate) options: HttpOptions,
    pub(crate) budgets: Budgets,
    proxy: Option<Proxy>,
    anywhere: Clients,
    public: Clients,
}

/// The clients of one reach, each made at its first call: reading the machine's certificates, for one, takes time that
/// a start need not wait for.
#[derive(Default)]
struct Clients {
    plain: OnceLock<Client>,
    secure: OnceLock<Result<Client, HttpError>>,
}

impl HttpRuntime {
    /// A runtime. Nothing is called yet.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        let proxy = match &options.proxy {
            Some(address) => Some(Proxy::at(address).ok_or_else(|| HttpError::Proxy(address.clone()))?),
            None => None,
        };
        // Whoever was first in this process chose the same or knows why not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            options,
            budgets: Budgets::default(),
            proxy,
            anywhere: Clients::default(),
            public: Clients::default(),
        })
    }

    /// Knows the secrets that calls carry.
    pub fn redactor(&self) -> &Redactor {
        self.options.secrets.redactor()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.options.clock.as_ref()
    }

    pub(crate) fn client(&self, secure: bool, reach: Reach) -> Result<&Client, HttpError> {
        let clients = match reach {
            Reach::Anywhere => &self.anywhere,
            Reach::Public => &self.public,
        };
        if !secure {
            return Ok(clients.plain.get_or_init(|| Client::plain(reach)));
        }
        let client = clients.secure.get_or_init(|| Client::secure(reach, self.proxy.as_ref()));
        client.as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for HttpRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpRuntime").finish_non_exhaustive()
    }
}

/// What really happened: the innermost cause, which does not hold the address (that may be the secret).
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let innermost = std::iter::successors(error.source(), |error| error.source()).last();
    let text = innermost.map_or_else(|| "no reason is known".to_owned(), ToString::to_string);
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}
