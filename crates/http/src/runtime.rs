//! What all connectors share: one pool of connections, the clock, the secrets, the budgets.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bellhop_clock::Clock;
use bellhop_vault::{Redactor, Vault};
use reqwest::{Client, ClientBuilder, redirect};
use thiserror::Error;

use crate::budget::Budgets;
use crate::reach::{PublicNames, Reach};

/// How long a connection may take to stand. Shorter than a call's usual deadline, so that an app that cannot be
/// reached is told from one that does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Below the idle times after which common servers close a connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// As many as may be in use at a time, so that none is closed for want of room only to be opened again.
const IDLE_PER_HOST: usize = 512;

/// What the runtime is made of.
#[derive(Clone)]
pub struct HttpOptions {
    /// Time for deadlines and budgets.
    pub clock: Arc<dyn Clock>,
    /// Time for the pause after which an app is asked again for what it shows late.
    pub pauses: Arc<dyn Clock>,
    /// Where secrets are.
    pub secrets: Arc<Vault>,
    /// How calls introduce themselves.
    pub user_agent: String,
    /// Address of a proxy for https, where the network needs one.
    pub proxy: Option<String>,
    /// The longest answer that is read, in bytes.
    pub largest_answer: usize,
}

impl HttpOptions {
    /// The usual: one clock for all, no proxy, answers up to 10 MiB.
    pub fn new(clock: Arc<dyn Clock>, secrets: Arc<Vault>) -> Self {
        Self {
            pauses: Arc::clone(&clock),
            clock,
            secrets,
            user_agent: concat!("bellhop/", env!("CARGO_PKG_VERSION")).into(),
            proxy: None,
            largest_answer: 10 * 1024 * 1024,
        }
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
    anywhere: Clients,
    public: Clients,
}

/// The clients of one reach, each made at its first call: reading the machine's certificates, for one, takes time that
/// a start need not wait for.
#[derive(Default)]
struct Clients {
    plain: OnceLock<Result<Client, HttpError>>,
    secure: OnceLock<Result<Client, HttpError>>,
}

impl HttpRuntime {
    /// A runtime. Nothing is called yet.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        if let Some(proxy) = &options.proxy {
            reqwest::Proxy::https(proxy).map_err(|_| HttpError::Proxy(proxy.clone()))?;
        }
        // Whoever was first in this process chose the same or knows why not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Self {
            options,
            budgets: Budgets::default(),
            anywhere: Clients::default(),
            public: Clients::default(),
        };
        runtime.client(false, Reach::Anywhere)?;
        Ok(runtime)
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
        let place = if secure { &clients.secure } else { &clients.plain };
        place.get_or_init(|| self.new_client(secure, reach)).as_ref().map_err(Clone::clone)
    }

    fn new_client(&self, secure: bool, reach: Reach) -> Result<Client, HttpError> {
        let mut builder = client(&self.options);
        if reach == Reach::Public {
            // Behind a proxy it is the proxy that resolves names, and that decides where they may lead.
            builder = builder.dns_resolver(PublicNames);
        }
        if secure {
            builder = builder.https_only(true);
            if let Some(proxy) = &self.options.proxy {
                let proxy = reqwest::Proxy::https(proxy).map_err(|_| HttpError::Proxy(proxy.clone()))?;
                builder = builder.proxy(proxy);
            }
        } else {
            let no_tls = rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            builder = builder.tls_backend_preconfigured(no_tls);
        }
        builder.build().map_err(|error| HttpError::Client(cause(&error)))
    }
}

impl fmt::Debug for HttpRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpRuntime").finish_non_exhaustive()
    }
}

fn client(options: &HttpOptions) -> ClientBuilder {
    Client::builder()
        .user_agent(&options.user_agent)
        // The environment's proxies are the cli's to read.
        .no_proxy()
        // Followed by hand: never to another host, never a write turned into a read.
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tcp_nodelay(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST)
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
