//! Who may look through the windows: whoever sits at this machine, until a token is set; then whoever has the token.
//!
//! A request counts as one of this machine only where it comes from it, was not passed on by a proxy, and was meant for
//! it by name: a web page in the person's browser that has its own host name resolve to this machine is a stranger.

use std::net::{IpAddr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use ring::hmac::{HMAC_SHA256, Key, Tag, sign, verify};
use serde_json::json;

use crate::ServerOptions;

/// Headers by which a proxy says that it passes a request on.
const PASSED_ON: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// What the held tag is made with. It need not be secret: the tag only stands for the token, so that the text is not held.
const PURPOSE: &[u8] = b"bellhop api token";

/// The token that opens the windows. Only a tag of it is held.
#[derive(Clone)]
pub struct ApiToken(Tag);

impl ApiToken {
    /// The token of this text.
    pub fn new(text: &str) -> Self {
        Self(sign(&key(), text.as_bytes()))
    }

    /// Whether this is its text. It takes the same time wherever the two differ.
    fn is(&self, text: &str) -> bool {
        verify(&key(), text.as_bytes(), self.0.as_ref()).is_ok()
    }
}

fn key() -> Key {
    Key::new(HMAC_SHA256, PURPOSE)
}

impl std::fmt::Debug for ApiToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ApiToken(•••)")
    }
}

/// Lets a request through to the windows, or says why not.
pub(crate) async fn guard(
    State(options): State<ServerOptions>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    match &options.token {
        Some(token) if bearer(headers).is_some_and(|given| token.is(given)) => next.run(request).await,
        Some(_) => refusal(
            StatusCode::UNAUTHORIZED,
            "token",
            "Send the token of bellhop.yaml (server: token:) as `Authorization: Bearer …`.",
        ),
        None if is_local(peer, headers) => next.run(request).await,
        None => refusal(
            StatusCode::FORBIDDEN,
            "not_local",
            "Histories and figures are shown to this machine only. To see them from elsewhere, keep a token with \
             `bellhop secrets set api_token`, name it in bellhop.yaml as `server: { token: { secret: api_token } }`, \
             and send it as `Authorization: Bearer …`.",
        ),
    }
}

fn refusal(status: StatusCode, word: &str, message: &str) -> Response {
    metrics::counter!("bellhop_api_refused_total").increment(1);
    (status, Json(json!({ "error": word, "message": message }))).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    peer.ip().to_canonical().is_loopback()
        && PASSED_ON.iter().all(|name| !headers.contains_key(*name))
        && headers.get(header::HOST).is_none_or(|host| host.to_str().is_ok_and(names_this_machine))
}

/// Whether a `Host` header is this machine's own name for itself.
fn names_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_what_comes_from_here_and_is_meant_for_here_is_local() {
        let here = SocketAddr::from(([127, 0, 0, 1], 50_000));
        let mapped: SocketAddr = "[::ffff:127.0.0.1]:50000".parse().unwrap();
        let there = SocketAddr::from(([192, 0, 2, 7], 50_000));
        for host in ["127.0.0.1:8600", "localhost", "LOCALHOST:8600", "[::1]:8600", "127.0.0.1"] {
            assert!(is_local(here, &headers(&[("host", host)])), "{host}");
            assert!(is_local(mapped, &headers(&[("host", host)])), "{host}");
            assert!(!is_local(there, &headers(&[("host", host)])), "{host}");
        }
        for host in ["rebound.example.com:8600", "127.0.0.1.example.com", "", "[::1", "192.0.2.7"] {
            assert!(!is_local(here, &headers(&[("host", host)])), "{host}");
        }
        for passed_on in PASSED_ON {
            assert!(!is_local(here, &headers(&[("host", "localhost"), (passed_on, "x")])), "{passed_on}");
        }
    }

    #[test]
    fn a_token_is_itself_only_and_shows_nothing() {
        let token = ApiToken::new("canary-41c6");
        assert!(token.is("canary-41c6") && !token.is("canary-41c7") && !token.is(""));
        assert!(!format!("{token:?}").contains("canary"));
        assert_eq!(bearer(&headers(&[("authorization", "Bearer  abc")])), Some("abc"));
        assert_eq!(bearer(&headers(&[("authorization", "Basic abc")])), None);
    }
}
