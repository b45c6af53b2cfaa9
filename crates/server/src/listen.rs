//! The loop that takes connections and speaks HTTP with them, with a limit to everything that a stranger could make
//! last: how many connections there are, how long a request's head may take, how long the whole of it.
//!
//! What is answered is not known here. Start at [`serve`].

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bellhop_clock::Clock;
use futures::future::{Either, select};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::SignedDuration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use crate::quiet;

/// What a stranger may take up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many connections are held at a time; further ones wait to be taken.
    connections: usize,
    /// How long the head of a request may take, and how long a connection may be idle.
    head: Duration,
    /// How long a request may take from its head to its answer.
    request: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 2_048, head: Duration::from_secs(15), request: SignedDuration::from_secs(30) }
    }
}

/// The pause after the system could give no further connection.
const BREATH: SignedDuration = SignedDuration::from_millis(50);

/// Answers until `until` is over, then lets requests under way be answered to their end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    clock: Arc<dyn Clock>,
    limits: Limits,
    until: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut until = pin!(until);
    loop {
        let next = pin!(accept(&listener, &places, clock.as_ref()));
        let (stream, peer, place) = match select(next, until.as_mut()).await {
            Either::Left((taken, _)) => taken,
            Either::Right(((), _)) => break,
        };
        // Answers are small and awaited one by one: waiting to fill packets would only add latency.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not switch off Nagle's algorithm");
        }
        let (router, clock) = (router.clone(), Arc::clone(&clock));
        let service = service_fn(move |request| {
            answer(router.clone(), Arc::clone(&clock), limits.request, peer, request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    clock: &dyn Clock,
) -> (TcpStream, SocketAddr, Option<tokio::sync::OwnedSemaphorePermit>) {
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                // Out of file handles, mostly: those in use come back.
                tracing::warn!(%error, "a connection could not be taken");
                clock.sleep_until(clock.now().checked_add(BREATH).unwrap_or(jiff::Timestamp::MAX)).await;
            }
        }
    }
}

/// One request, in its time.
async fn answer(
    mut router: Router,
    clock: Arc<dyn Clock>,
    longest: SignedDuration,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let end = clock.now().checked_add(longest).unwrap_or(jiff::Timestamp::MAX);
    match select(pin!(router.call(request)), clock.sleep_until(end)).await {
        Either::Left((answered, _)) => answered,
        Either::Right(((), _)) => {
            metrics::counter!("bellhop_deliveries_total", "outcome" => "too_slow").increment(1);
            if quiet::may_tell() {
                tracing::warn!("a request took too long and was given up");
            }
            tracing::debug!(%peer, "the one that took too long");
            Ok((StatusCode::REQUEST_TIMEOUT, "the request took too long\n").into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::routing::post;
    use bellhop_clock::SystemClock;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What comes back on a connection on which this was sent and then nothing more, until it is closed.
    async fn after(sent: &str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", post(|body: Bytes| async move { body.len().to_string() }));
        let limits = Limits {
            connections: 1,
            head: Duration::from_millis(40),
            request: SignedDuration::from_millis(40),
        };
        tokio::spawn(serve(listener, router, Arc::new(SystemClock), limits, std::future::pending()));
        // One that says nothing holds the only place, and loses it.
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(silent.read(&mut [0; 16]).await.unwrap_or(0), 0);
        answer
    }

    #[tokio::test]
    async fn who_does_not_go_on_is_cut_off() {
        assert_eq!(after("").await, "");
        assert_eq!(after("POST / HTTP/1.1\r\nhost: x\r\nx-slow: ").await, "");
        let slow_body = after("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab").await;
        assert!(slow_body.starts_with("HTTP/1.1 408"), "{slow_body}");
        let good = after("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab").await;
        assert!(good.starts_with("HTTP/1.1 200") && good.ends_with("\r\n\r\n2"), "{good}");
    }

    #[tokio::test]
    async fn what_has_begun_is_answered_before_the_end() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stop = Arc::new(std::sync::Mutex::new(Some(stop)));
        let answer = move || {
            // The end comes while this is being answered.
            let _ = stop.lock().unwrap().take().map(|stop| stop.send(()));
            async {
                tokio::task::yield_now().await;
                "done"
            }
        };
        let router = Router::new().route("/", post(answer));
        let until = async {
            let _ = stopped.await;
        };
        let server = tokio::spawn(serve(listener, router, Arc::new(SystemClock), Limits::default(), until));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
