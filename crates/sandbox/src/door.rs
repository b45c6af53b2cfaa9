//! From the wire to a handler and back: finds the route, meets the faults, takes from the budget, runs the checks and
//! the handler under the lock, records the call, hands the events over, says the headers.
//!
//! The lock is never held across a wait. No rule of the API is here.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::{self, Bytes},
    extract::State,
    http::{HeaderMap, Response, header},
};
use futures::stream;
use serde_json::Value;

use crate::{
    answer::{self, Answer, Body, Reply},
    call_log::Call,
    checks, clock,
    faults::{self, FAULT_HEADER, FaultKind},
    ids,
    rate::Left,
    request::{Request, read_body},
    routes::{self, Access, Found},
    webhooks::Sender,
    world::World,
};

const LARGEST_BODY: usize = 5 * 1024 * 1024;

/// Everything a request needs.
pub(crate) struct House {
    pub(crate) world: Mutex<World>,
    pub(crate) sender: Sender,
    pub(crate) base_url: String,
}

impl House {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request comes to, before it is put on the wire.
struct Outcome {
    answer: Answer,
    left: Left,
    retry_after: Option<Duration>,
    breaks: bool,
}

/// Answers any request.
pub(crate) async fn answer(
    State(house): State<Arc<House>>,
    request: axum::extract::Request,
) -> Response<body::Body> {
    let (parts, stream) = request.into_parts();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let bytes = body::to_bytes(stream, LARGEST_BODY).await;
    let found = routes::find(method, path);
    let kinds = match parts
        .headers
        .get(FAULT_HEADER)
        .map(|value| faults::of_header(value.to_str().unwrap_or_default()))
    {
        None => Ok(Vec::new()),
        Some(Ok(kinds)) => Ok(kinds),
        Some(Err(error)) => Err(answer::bad_request(error.to_string())),
    };
    let mut kinds = match (kinds, &bytes) {
        (Ok(kinds), Ok(_)) => kinds,
        (Err(refusal), _) => return early(&house, refusal),
        (_, Err(_)) => return early(&house, Answer::of_status(413)),
    };
    if let Some(found) = &found {
        kinds.extend(house.world().faults.meet(found));
    }
    for kind in &kinds {
        if let FaultKind::Delay(time) = kind {
            clock::pause(*time).await;
        }
    }
    let bytes = bytes.unwrap_or_default();
    let outcome = {
        let mut world = house.world();
        let request = read(&house, &world, &parts, found.as_ref(), &bytes);
        let outcome = outcome(&mut world, found.as_ref(), request, &kinds);
        record(&mut world, &parts, found.as_ref(), &bytes, &outcome.answer, &kinds);
        for event in std::mem::take(&mut world.outbox) {
            house.sender.send(event);
        }
        outcome
    };
    for kind in &kinds {
        if let FaultKind::Late(time) = kind {
            clock::pause(*time).await;
        }
    }
    if kinds.contains(&FaultKind::Hang) {
        std::future::pending::<()>().await;
    }
    respond(outcome, !path.starts_with("/__sandbox"))
}

fn early(house: &House, answer: Answer) -> Response<body::Body> {
    let left = house.world().rate.left("", Instant::now());
    respond(Outcome { answer, left, retry_after: None, breaks: false }, true)
}

/// The request for the handler; the error is a body that cannot be read, which is said only after the checks.
fn read(
    house: &House,
    world: &World,
    parts: &axum::http::request::Parts,
    found: Option<&Found<'_>>,
    bytes: &Bytes,
) -> (Request, Result<(), Answer>) {
    let content_type = text(&parts.headers, "content-type");
    let (body, readable) = match read_body(bytes, content_type) {
        Ok(body) => (body, Ok(())),
        Err(refusal) => (Value::Null, Err(refusal)),
    };
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let headers = parts.headers.iter();
    let request = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        params: found.map(|found| found.params.clone()).unwrap_or_default(),
        query: query.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(),
        headers: headers
            .map(|(key, value)| (key.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body,
        version: text(&parts.headers, "version").to_owned(),
        now: world.now(),
        base_url: house.base_url.clone(),
    };
    (request, readable)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn outcome(
    world: &mut World,
    found: Option<&Found<'_>>,
    (request, readable): (Request, Result<(), Answer>),
    kinds: &[FaultKind],
) -> Outcome {
    let now = Instant::now();
    let key = checks::bearer(&request).unwrap_or_default().to_owned();
    let plain = |answer: Answer, left: Left| Outcome { answer, left, retry_after: None, breaks: false };
    let Some(found) = found else {
        return plain(answer::no_route(&request.method, &request.path), world.rate.left(&key, now));
    };
    let mut left = world.rate.left(&key, now);
    let mut retry_after = None;
    let failing =
        kinds.iter().find(|kind| !matches!(kind, FaultKind::Delay(_) | FaultKind::Late(_) | FaultKind::Hang));
    let mut answer = match failing {
        Some(FaultKind::Status(status)) => Answer::of_status(*status),
        Some(FaultKind::ResetBefore) => Answer::json(200, Value::Object(serde_json::Map::new())),
        _ => {
            let taken =
                if found.route.access == Access::Open { Ok(left) } else { world.rate.take(&key, now) };
            match taken {
                Ok(after) => {
                    left = after;
                    handle(world, found, &request, readable).unwrap_or_else(|refusal| refusal)
                }
                Err(_) => Answer::of_status(429),
            }
        }
    };
    if let Some(FaultKind::DoneThen(status)) = failing {
        answer = Answer::of_status(*status);
    }
    if answer.status == 429 && world.config.retry_after {
        retry_after = Some(left.wait.max(Duration::from_secs(1)));
    }
    let breaks = matches!(failing, Some(FaultKind::Reset | FaultKind::ResetBefore));
    Outcome { answer, left, retry_after, breaks }
}

fn handle(world: &mut World, found: &Found<'_>, request: &Request, readable: Result<(), Answer>) -> Reply {
    checks::admit(world, found.route, request)?;
    readable?;
    (found.route.handler)(world, request)
}

fn record(
    world: &mut World,
    parts: &axum::http::request::Parts,
    found: Option<&Found<'_>>,
    bytes: &Bytes,
    answer: &Answer,
    kinds: &[FaultKind],
) {
    if found.is_some_and(|found| !found.route.is_recorded()) {
        return;
    }
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        read_body(bytes, text(&parts.headers, "content-type"))
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
    };
    let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |path| path.as_str());
    let call = Call {
        method: parts.method.to_string(),
        path: path.to_owned(),
        operation: found.map(|found| found.route.operation.to_owned()),
        status: answer.status,
        body,
        at: clock::iso(world.now()),
        faults: kinds.iter().map(ToString::to_string).collect(),
    };
    world.log.add(call);
}

fn respond(outcome: Outcome, traced: bool) -> Response<body::Body> {
    let Outcome { answer, left, retry_after, breaks } = outcome;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in left.headers() {
        response = response.header(name, value);
    }
    if let Some(wait) = retry_after {
        response = response.header(header::RETRY_AFTER, wait.as_millis().div_ceil(1_000).to_string());
    }
    let (kind, bytes) = match answer.body {
        Body::Json(mut value) => {
            if let (true, Value::Object(map)) = (traced, &mut value) {
                map.entry("traceId").or_insert_with(|| ids::uuid().into());
            }
            ("application/json; charset=utf-8", Bytes::from(value.to_string()))
        }
        Body::Text(text) => ("text/plain; charset=utf-8", Bytes::from(text)),
        Body::Redirect(to) => {
            response = response.header(header::LOCATION, to);
            ("text/plain; charset=utf-8", Bytes::new())
        }
    };
    response = response.header(header::CONTENT_TYPE, kind);
    let body = if breaks {
        // The length promises the whole body, so that no client takes the half for all of it.
        response = response.header(header::CONTENT_LENGTH, bytes.len());
        let half = bytes.slice(..bytes.len() / 2);
        let broken =
            std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the sandbox broke the connection");
        body::Body::from_stream(stream::iter([Ok(half), Err(broken)]))
    } else {
        body::Body::from(bytes)
    };
    response.body(body).expect("statuses and headers are all made here and valid")
}
