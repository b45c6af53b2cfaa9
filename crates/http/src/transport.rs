//! One exchange over the wire, until a deadline: sends the bytes, follows an app's own redirects, reads the answer up
//! to a size. What an answer means is not known here.

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::{
    Body, Method, Request, Response, Url,
    header::{HeaderMap, LOCATION},
};

use crate::{
    HttpRuntime,
    reach::{Reach, not_public},
    runtime::cause,
};

/// How often a request is sent on by the app itself.
const MOST_REDIRECTS: usize = 5;

/// A request as it goes over the wire.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) reach: Reach,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The request surely did not reach the app: it could not be found or connected to.
    NotSent(String),
    /// The connection broke after the request had, at least in part, gone out.
    MaybeSent(String),
    /// It leads where it may not.
    NotAllowed(String),
    /// The deadline came first.
    TimedOut,
    /// The answer is longer than anyone reads.
    TooLarge,
}

/// Sends a request and reads the answer, all before `deadline`.
pub(crate) async fn send(
    runtime: &HttpRuntime,
    request: Outgoing,
    deadline: Timestamp,
) -> Result<Received, Broken> {
    tokio::select! {
        answer = exchange(runtime, request) => answer,
        () = runtime.clock().sleep_until(deadline) => Err(Broken::TimedOut),
    }
}

async fn exchange(runtime: &HttpRuntime, mut outgoing: Outgoing) -> Result<Received, Broken> {
    let mut sent = 0;
    loop {
        let again = outgoing.body.clone();
        let (method, url, reach) = (outgoing.method.clone(), outgoing.url.clone(), outgoing.reach);
        let headers = outgoing.headers;
        let response = execute(runtime, Outgoing { headers: headers.clone(), ..outgoing }).await?;
        sent += 1;
        // Who is sent on and on is sent round in a circle, and told where to.
        match sent_on(&method, &url, &response).filter(|_| sent <= MOST_REDIRECTS) {
            Some(next) => outgoing = Outgoing { method, url: next, headers, body: again, reach },
            None => return read(response, runtime.options.largest_answer).await,
        }
    }
}

async fn execute(runtime: &HttpRuntime, outgoing: Outgoing) -> Result<Response, Broken> {
    outgoing.reach.admits(&outgoing.url).map_err(|error| Broken::NotAllowed(error.to_string()))?;
    let client = runtime
        .client(outgoing.url.scheme() == "https", outgoing.reach)
        .map_err(|error| Broken::NotSent(error.to_string()))?;
    let mut request = Request::new(outgoing.method, outgoing.url);
    *request.headers_mut() = outgoing.headers;
    *request.body_mut() = outgoing.body.map(Body::from);
    client.execute(request).await.map_err(|error| {
        if let Some(reason) = not_public(&error) {
            return Broken::NotAllowed(reason);
        }
        let reason = cause(&error);
        if error.is_connect() || error.is_builder() {
            Broken::NotSent(reason)
        } else {
            Broken::MaybeSent(reason)
        }
    })
}

/// Where the app sends a request on to, where that may be followed: the same origin, and no write that would turn into
/// a read.
fn sent_on(method: &Method, url: &Url, response: &Response) -> Option<Url> {
    let reads = *method == Method::GET || *method == Method::HEAD;
    let follow = match response.status().as_u16() {
        301..=303 => reads,
        307 | 308 => true,
        _ => false,
    };
    let location = response.headers().get(LOCATION).filter(|_| follow)?.to_str().ok()?;
    url.join(location).ok().filter(|next| next.origin() == url.origin())
}

async fn read(mut response: Response, largest: usize) -> Result<Received, Broken> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Bytes::new();
    let mut gathered: Option<BytesMut> = None;
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(chunk)) => {
                let so_far = gathered.as_ref().map_or(body.len(), BytesMut::len);
                if so_far + chunk.len() > largest {
                    return Err(Broken::TooLarge);
                }
                // Nearly every answer is one chunk, which is then not copied.
                if let Some(gathered) = &mut gathered {
                    gathered.extend_from_slice(&chunk);
                } else if body.is_empty() {
                    body = chunk;
                } else {
                    let mut both = BytesMut::with_capacity((body.len() + chunk.len()) * 2);
                    both.extend_from_slice(&body);
                    both.extend_from_slice(&chunk);
                    gathered = Some(both);
                }
            }
            Err(error) => return Err(Broken::MaybeSent(cause(&error))),
        }
    }
    Ok(Received { status, headers, body: gathered.map_or(body, BytesMut::freeze) })
}
