//! The door: from the bytes of a delivery to an event the engine has stored, or to a refusal.
//!
//! The order is: size, address, signature, account, store, answer. 200 is said only for what is on disk. Overload and
//! "not ready yet" are 429, because HighLevel repeats only what was answered so.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bellhop_clock::Clock;
use bellhop_connector::{Connection, Connector, Delivery, Event, LEVELS, Refusal, read_json, too_deep};
use bellhop_engine::{Fate, Receipt, Rejected, Verify};
use bellhop_journal::RunId;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::pace::Pace;
use crate::{ServerOptions, proof, quiet};

/// How old a delivery may be: senders come again for some hours, and nobody else comes later with what they signed.
const OLDEST: SignedDuration = SignedDuration::from_hours(72);

const NO_JSON: &str = "the body is no JSON that can be read";

/// Lets deliveries in as far as their address keeps to its pace; the others are to come again.
pub(crate) async fn at_its_pace(
    pace: Arc<Pace>,
    clock: Arc<dyn Clock>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let name = path.strip_prefix("/hooks/").unwrap_or(path);
    if pace.admits(name, clock.now()) {
        return next.run(request).await;
    }
    count("too_fast");
    if quiet::may_tell() {
        tracing::warn!(connection = %name, "a delivery was sent back to come again: there are too many a second");
    }
    let message = "There are too many deliveries a second for this address (bellhop.yaml, server: deliveries_per_second:).";
    let body = json!({ "error": "too_fast", "message": message });
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")], Json(body)).into_response()
}

/// `POST /hooks/<connection>`: a delivery of an app.
pub(crate) async fn connection_hook(
    State(options): State<ServerOptions>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unreadable(&name, &rejection),
    };
    let Some((connection, connector)) = options.connections.get(&name) else {
        return refuse(
            StatusCode::NOT_FOUND,
            "unknown_connection",
            &name,
            "there is no connection of this name",
        );
    };
    let headers = plain_headers(&headers);
    let delivery = Delivery { connection, headers: &headers, body: &body, received_at: options.clock.now() };
    match connector.verify(&delivery) {
        Ok(event) if delivery.received_at.duration_since(event.occurred_at) > OLDEST => {
            refuse(StatusCode::UNAUTHORIZED, "too_old", &name, "it was signed more than three days ago")
        }
        Ok(event) => match account_of(&options, connection, connector, &event) {
            Some(connection) => answer(&name, options.engine.receive(&connection, event).await),
            None => refuse(
                StatusCode::NOT_FOUND,
                "unknown_account",
                &name,
                "no connection of this workspace has the account that the delivery is for",
            ),
        },
        Err(Refusal::Unsigned(_)) if !is_json(&body) => {
            refuse(StatusCode::BAD_REQUEST, "malformed", &name, NO_JSON)
        }
        Err(Refusal::Unsigned(why)) => refuse(StatusCode::UNAUTHORIZED, "unsigned", &name, &why),
        Err(Refusal::Malformed(why)) => refuse(StatusCode::BAD_REQUEST, "malformed", &name, &why),
        Err(Refusal::Unknown(why)) => {
            count("unknown_event");
            tracing::debug!(connection = %name, %why, "a genuine delivery that no recipe can listen to");
            (StatusCode::OK, Json(json!({ "ignored": why }))).into_response()
        }
    }
}

/// `POST /hooks/in/<path>`: a recipe's own webhook.
pub(crate) async fn own_hook(
    State(options): State<ServerOptions>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let name = format!("in/{path}");
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unreadable(&name, &rejection),
    };
    let data = match read(&body) {
        Ok(data) => data,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, "malformed", &name, &why),
    };
    // The header of the Standard Webhooks convention; a sender without it may deliver twice. An empty one tells nothing
    // apart.
    let delivery_id =
        headers.get("webhook-id").and_then(|value| value.to_str().ok()).filter(|id| !id.trim().is_empty());
    let proven = |wanted: &Verify| {
        let Some(secret) = (options.secret)(&wanted.secret) else {
            tracing::error!(secret = %wanted.secret, connection = %name, "there is no such secret, so nobody can prove to know it");
            return false;
        };
        proof::holds(wanted, &secret, &headers, &body)
    };
    answer(&name, options.engine.receive_proven_webhook(&path, delivery_id, data, &proven).await)
}

/// The name of the connection whose account the event is for: one app has one webhook address for all its accounts.
fn account_of(
    options: &ServerOptions,
    connection: &Connection,
    connector: &Arc<dyn Connector>,
    event: &Event,
) -> Option<String> {
    let setting = connector.manifest().webhook.as_ref().and_then(|spec| spec.account_setting.as_deref());
    let (Some(setting), Some(account)) = (setting, event.account.as_deref()) else {
        return Some(connection.name.clone());
    };
    match connection.settings.get(setting) {
        Some(own) if own != account => options
            .connections
            .values()
            .map(|(other, _)| other)
            .find(|other| {
                other.connector == connection.connector
                    && other.settings.get(setting).is_some_and(|theirs| theirs == account)
            })
            .map(|other| other.name.clone()),
        _ => Some(connection.name.clone()),
    }
}

fn answer(name: &str, outcome: Result<Receipt, Rejected>) -> Response {
    let (word, why) = match outcome {
        Ok(Receipt { event, fate: Fate::New { started, queued, .. } }) => {
            count("accepted");
            let runs: Vec<_> = started.iter().chain(&queued).map(RunId::as_str).collect();
            return (StatusCode::OK, Json(json!({ "event": event.as_str(), "runs": runs }))).into_response();
        }
        Ok(Receipt { event, fate: Fate::Duplicate }) => {
            count("duplicate");
            let body = json!({ "event": event.as_str(), "duplicate": true });
            return (StatusCode::OK, Json(body)).into_response();
        }
        Err(Rejected::Unknown(why)) => return refuse(StatusCode::NOT_FOUND, "unknown_address", name, &why),
        Err(Rejected::Unproven(why)) => return refuse(StatusCode::UNAUTHORIZED, "unsigned", name, &why),
        Err(rejected @ Rejected::NotReady) => ("not_ready", rejected),
        Err(rejected @ Rejected::Overloaded) => ("overloaded", rejected),
        Err(rejected @ Rejected::Broken(_)) => ("broken", rejected),
    };
    count(word);
    if quiet::may_tell() {
        tracing::warn!(connection = %name, %why, "a delivery was sent back to come again");
    }
    let body = json!({ "error": word, "message": why.to_string() });
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "30")], Json(body)).into_response()
}

fn unreadable(name: &str, rejection: &BytesRejection) -> Response {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large(name)
    } else {
        refuse(StatusCode::BAD_REQUEST, "unreadable", name, "the body broke off")
    }
}

/// The answer to a body beyond [`crate::LARGEST_BODY`].
pub(crate) fn too_large(name: &str) -> Response {
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large", name, "the body is larger than 1 MiB")
}

fn refuse(status: StatusCode, word: &'static str, name: &str, why: &str) -> Response {
    count(word);
    if quiet::may_tell() {
        tracing::warn!(connection = %name, status = status.as_u16(), %why, "a delivery was refused");
    }
    (status, Json(json!({ "error": word, "message": why }))).into_response()
}

fn count(outcome: &'static str) {
    metrics::counter!("bellhop_deliveries_total", "outcome" => outcome).increment(1);
}

/// The data of a delivery, or why there is none.
fn read(body: &[u8]) -> Result<Value, String> {
    let data = read_json(body).map_err(|error| match std::str::from_utf8(body) {
        Err(_) => format!("{NO_JSON}: it is not written in UTF-8"),
        Ok("" | "\u{feff}") => format!("{NO_JSON}: it is empty"),
        // Such as "number out of range at line 1 column 10"; nothing of the body is in it.
        Ok(_) => format!("{NO_JSON}: {error}"),
    })?;
    if too_deep(&data) {
        return Err(format!("the body is nested more than {LEVELS} levels deep"));
    }
    Ok(data)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Headers whose values are text; `HeaderMap` has the names in lower case already.
fn plain_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}
