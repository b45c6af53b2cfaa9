//! OAuth 2.0 (RFC 6749, section 6): exchanges a refresh token for the next pair.

use std::sync::Arc;

use bellhop_connector::{Failure, FailureClass};
use bellhop_vault::{Secret, TokenSource, Tokens, VaultError};
use hyper::Method;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use crate::{
    HttpRuntime,
    reach::Reach,
    transport::{self, Broken, Outgoing},
};

/// A pair is renewed this long before it ends, in seconds.
const EARLY: i64 = 60;
const EXCHANGE_TIME: SignedDuration = SignedDuration::from_secs(30);

/// The app's client and where it exchanges tokens.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) token_url: Url,
    pub(crate) id: String,
    pub(crate) secret: Secret,
    pub(crate) connection: String,
    pub(crate) app: String,
}

/// The tokens of a connection, and how they are renewed.
pub(crate) struct Source {
    tokens: TokenSource<Renewal>,
    client: Client,
}

/// Why a renewal failed.
#[derive(Clone, Debug)]
struct Renewal(Failure);

impl From<VaultError> for Renewal {
    fn from(error: VaultError) -> Self {
        Self(Failure::new(FailureClass::Unauthorised, error.to_string()))
    }
}

pub(crate) fn source(
    client: Client,
    first: Secret,
    runtime: &Arc<HttpRuntime>,
) -> Result<Source, VaultError> {
    let vault = Arc::clone(&runtime.options.secrets);
    let kept = vault.kept_tokens(&client.connection, &first)?;
    let persist = {
        let (first, connection) = (first.clone(), client.connection.clone());
        Box::new(move |tokens: &Tokens| vault.keep_tokens(&connection, &first, tokens))
    };
    Ok(Source { tokens: TokenSource::new(first, kept, persist), client })
}

/// A pair that is not `stale` and does not end soon.
pub(crate) async fn tokens(
    source: &Arc<Source>,
    runtime: &Arc<HttpRuntime>,
    stale: Option<&Arc<Tokens>>,
) -> Result<Arc<Tokens>, Failure> {
    let soon = runtime.clock().now().as_second() + EARLY;
    let current = source.tokens.current();
    let ends = |pair: &Arc<Tokens>| pair.expires_at.is_some_and(|at| at <= soon);
    if let Some(pair) = &current
        && stale.is_none_or(|stale| !Arc::ptr_eq(stale, pair))
        && !ends(pair)
    {
        return Ok(Arc::clone(pair));
    }
    let (source, runtime) = (Arc::clone(source), Arc::clone(runtime));
    // A task of its own: a caller that gives up must not take a used refresh token with it.
    let renewal = tokio::spawn(async move {
        let exchange = |refresh| exchange(&source.client, refresh, &runtime);
        source.tokens.renew(current.as_ref(), exchange).await
    });
    match renewal.await {
        Ok(renewed) => renewed.map_err(|renewal| renewal.0),
        Err(_) => Err(Failure::new(FailureClass::Transient, "the renewal of the sign-in was interrupted")),
    }
}

#[derive(Deserialize)]
struct Pair {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
}

async fn exchange(client: &Client, refresh: Secret, runtime: &HttpRuntime) -> Result<Tokens, Renewal> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", client.secret.expose())
        .append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", refresh.expose())
        .finish();
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let request = Outgoing {
        method: Method::POST,
        url: client.token_url.clone(),
        headers,
        body: Some(form.into()),
        reach: Reach::Anywhere,
    };
    let now = runtime.clock().now();
    let deadline = now.checked_add(EXCHANGE_TIME).unwrap_or(Timestamp::MAX);
    let failed = |class, reason: &str| {
        let (connection, app) = (&client.connection, &client.app);
        let sentence =
            format!("the sign-in of the connection {connection} at {app} could not be renewed: {reason}");
        Renewal(Failure::new(class, sentence))
    };
    let answer = transport::send(runtime, request, deadline).await.map_err(|broken| match broken {
        Broken::NotSent(reason) | Broken::MaybeSent(reason) => failed(FailureClass::Transient, &reason),
        Broken::NotAllowed(reason) => failed(FailureClass::Unauthorised, &reason),
        Broken::TimedOut => failed(FailureClass::Transient, "there was no answer in time"),
        Broken::TooLarge => failed(FailureClass::Bug, "the answer was far too long"),
    })?;
    match answer.status {
        200..=299 => {}
        429 | 500.. => {
            return Err(failed(FailureClass::Transient, &format!("it answered {}", answer.status)));
        }
        status => {
            let reason = format!("it answered {status}; authorise the connection again");
            return Err(failed(FailureClass::Unauthorised, &reason));
        }
    }
    let pair: Pair = serde_json::from_slice(&answer.body)
        .map_err(|_| failed(FailureClass::Bug, "the answer holds no access_token"))?;
    Ok(Tokens {
        access: Secret::new(pair.access_token),
        refresh: pair.refresh_token.map_or(refresh, Secret::new),
        expires_at: pair.expires_in.map(|seconds| now.as_second().saturating_add(seconds)),
    })
}
