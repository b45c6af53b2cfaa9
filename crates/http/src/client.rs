//! Connections to apps, pooled: plain ones and encrypted ones, straight or through a proxy. Sends one request and hands
//! back the answer's head; follows nothing, repeats nothing, unpacks nothing.
//!
//! hyper's own client and nothing around it: layers that Bellhop switched off cost a sixteenth of a run all the same
//! ([decision 19](../../../docs/decisions/0019-hypers-client-alone.md)).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bellhop_clock::{Clock as _, SystemClock};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{self, Error};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tower_service::Service;

use crate::reach::{Names, Reach};
use crate::runtime::HttpError;

/// How long a connection may take to stand. Shorter than a call's usual deadline, so that an app that cannot be
/// reached is told from one that does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Below the idle times after which common servers close a connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// As many as may be in use at a time, so that none is closed for want of room only to be opened again.
const IDLE_PER_HOST: usize = 512;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Straight = Prompt<HttpsConnector<HttpConnector<Names>>>;
type Tunnelled = Prompt<HttpsConnector<Tunnel<HttpsConnector<HttpConnector<Names>>>>>;

/// A pool of connections.
pub(crate) enum Client {
    Straight(legacy::Client<Straight, Full<Bytes>>),
    Tunnelled(Box<legacy::Client<Tunnelled, Full<Bytes>>>),
}

impl Client {
    /// For `http` addresses.
    pub(crate) fn plain(reach: Reach) -> Self {
        let no_tls =
            ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        Self::Straight(pooled(HttpsConnector::from((tcp(reach), no_tls))))
    }

    /// For `https` addresses, checked against the machine's certificates.
    pub(crate) fn secure(reach: Reach, proxy: Option<&Proxy>) -> Result<Self, HttpError> {
        let mut tls =
            ClientConfig::with_platform_verifier().map_err(|error| HttpError::Client(error.to_string()))?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = Arc::new(tls);
        let Some(Proxy(proxy)) = proxy else {
            let mut connector = HttpsConnector::from((tcp(reach), tls));
            connector.enforce_https();
            return Ok(Self::Straight(pooled(connector)));
        };
        // Behind a proxy it is the proxy that resolves names, and that decides where they may lead.
        let to_proxy = HttpsConnector::from((tcp(Reach::Anywhere), Arc::clone(&tls)));
        let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let mut connector = HttpsConnector::from((tunnel, tls));
        connector.enforce_https();
        Ok(Self::Tunnelled(Box::new(pooled(connector))))
    }

    /// Sends a request; returns when the head of the answer is there.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Error> {
        match self {
            Self::Straight(client) => client.request(request).await,
            Self::Tunnelled(client) => client.request(request).await,
        }
    }
}

/// A proxy for `https`.
pub(crate) struct Proxy(Intercept);

impl Proxy {
    /// None: that is no address of one.
    pub(crate) fn at(address: &str) -> Option<Self> {
        let matcher = Matcher::builder().https(address).build();
        let proxy = matcher.intercept(&Uri::from_static("https://example.com/"))?;
        matches!(proxy.uri().scheme_str(), Some("http" | "https")).then_some(Self(proxy))
    }
}

fn tcp(reach: Reach) -> HttpConnector<Names> {
    let mut connector = HttpConnector::new_with_resolver(Names(reach));
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector
}

fn pooled<C>(connector: C) -> legacy::Client<Prompt<C>, Full<Bytes>>
where
    C: Clone,
    Prompt<C>: Connect,
{
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .build(Prompt { connector, within: CONNECT_TIMEOUT })
}

/// Connects within a time: the name, the connection, the proxy and the keys together.
#[derive(Clone)]
pub(crate) struct Prompt<C> {
    connector: C,
    within: Duration,
}

impl<C> Service<Uri> for Prompt<C>
where
    C: Service<Uri>,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = self.connector.call(address);
        let until = SystemClock.now() + self.within;
        Box::pin(async move {
            tokio::select! {
                connected = connecting => connected.map_err(Into::into),
                () = SystemClock.sleep_until(until) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Connects to nobody, for ever.
    struct Nobody;

    impl Service<Uri> for Nobody {
        type Response = ();
        type Error = io::Error;
        type Future = std::future::Pending<io::Result<()>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Uri) -> Self::Future {
            std::future::pending()
        }
    }

    #[tokio::test]
    async fn a_connection_that_does_not_come_is_given_up() {
        let mut connector = Prompt { connector: Nobody, within: Duration::from_millis(1) };
        let error =
            connector.call(Uri::from_static("https://example.com/")).await.expect_err("nobody is there");
        assert_eq!(
            error.downcast::<io::Error>().expect("an error of the time").kind(),
            io::ErrorKind::TimedOut
        );
    }
}
