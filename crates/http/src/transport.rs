//! One exchange over the wire, until a deadline: sends the bytes, follows an app's own redirects, reads the answer up
//! to a size. What an answer means is not known here.

use std::io::Read as _;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION, USER_AGENT,
};
use hyper::{Method, Request, Response, Uri};
use jiff::Timestamp;
use url::Url;

use crate::{
    HttpRuntime,
    reach::{Reach, not_public},
    runtime::cause,
};

/// How often a request is sent on by the app itself.
const MOST_REDIRECTS: usize = 5;

/// How calls introduce themselves.
const INTRODUCTION: &str = concat!("bellhop/", env!("CARGO_PKG_VERSION"));

/// The one packing that is asked for and understood.
const GZIP: &str = "gzip";

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

async fn execute(runtime: &HttpRuntime, outgoing: Outgoing) -> Result<Response<Incoming>, Broken> {
    outgoing.reach.admits(&outgoing.url).map_err(|error| Broken::NotAllowed(error.to_string()))?;
    let client = runtime
        .client(outgoing.url.scheme() == "https", outgoing.reach)
        .map_err(|error| Broken::NotSent(error.to_string()))?;
    let address = Uri::try_from(outgoing.url.as_str())
        .map_err(|_| Broken::NotSent("its address cannot be called".to_owned()))?;
    let mut request = Request::new(outgoing.body.map_or_else(Full::default, Full::new));
    *request.method_mut() = outgoing.method;
    *request.uri_mut() = address;
    *request.headers_mut() = outgoing.headers;
    let headers = request.headers_mut();
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(GZIP));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(INTRODUCTION));
    client.send(request).await.map_err(|error| {
        if let Some(reason) = not_public(&error) {
            return Broken::NotAllowed(reason);
        }
        let reason = cause(&error);
        if error.is_connect() { Broken::NotSent(reason) } else { Broken::MaybeSent(reason) }
    })
}

/// Where the app sends a request on to, where that may be followed: the same origin, and no write that would turn into
/// a read.
fn sent_on(method: &Method, url: &Url, response: &Response<Incoming>) -> Option<Url> {
    let reads = *method == Method::GET || *method == Method::HEAD;
    let follow = match response.status().as_u16() {
        301..=303 => reads,
        307 | 308 => true,
        _ => false,
    };
    let location = response.headers().get(LOCATION).filter(|_| follow)?.to_str().ok()?;
    url.join(location).ok().filter(|next| next.origin() == url.origin())
}

async fn read(response: Response<Incoming>, largest: usize) -> Result<Received, Broken> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Bytes::new();
    let mut gathered: Option<BytesMut> = None;
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Broken::MaybeSent(cause(&error)))?;
        let Ok(chunk) = frame.into_data() else { continue };
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
    let mut headers = head.headers;
    let mut body = gathered.map_or(body, BytesMut::freeze);
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(GZIP.as_bytes()))
    {
        body = unpacked(&body, largest)?;
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    Ok(Received { status: head.status.as_u16(), headers, body })
}

/// What was packed; never more than `largest`, however little it was when it came.
fn unpacked(packed: &[u8], largest: usize) -> Result<Bytes, Broken> {
    let mut body = Vec::with_capacity(packed.len().saturating_mul(4).min(largest));
    let most = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    // An answer to HEAD, say, has the header and no body.
    if !packed.is_empty() {
        MultiGzDecoder::new(packed)
            .take(most)
            .read_to_end(&mut body)
            .map_err(|error| Broken::MaybeSent(format!("the answer cannot be unpacked: {error}")))?;
    }
    if body.len() > largest { Err(Broken::TooLarge) } else { Ok(body.into()) }
}
