//! The windows: what can be read from outside. Nothing here changes anything.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bellhop_journal::{RunFilter, RunStatus};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::ServerOptions;

/// `GET /healthz`: the process answers.
pub(crate) async fn healthy() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: events are taken.
pub(crate) async fn ready(State(options): State<ServerOptions>) -> Response {
    match options.engine.readiness() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()).into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
    }
}

/// `GET /metrics`, for Prometheus. What is counted only when somebody asks is counted here.
pub(crate) async fn metrics(State(options): State<ServerOptions>) -> Response {
    match &options.metrics {
        Some(handle) => {
            // Of a store that is broken there is nothing to count; `bellhop_ready` is 0 then.
            let open: Vec<RunStatus> =
                RunStatus::ALL.into_iter().filter(|status| !status.is_over()).collect();
            for (status, count) in options.engine.store().counts(&open).await.unwrap_or_default() {
                metrics::gauge!("bellhop_runs_open", "status" => status.name()).set(count as f64);
            }
            metrics::gauge!("bellhop_ready").set(f64::from(u8::from(options.engine.readiness().is_ok())));
            (options.gauges)();
            handle.run_upkeep();
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What `/api/runs` may be asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunsQuery {
    recipe: Option<String>,
    status: Option<String>,
    record: Option<String>,
    mentions: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<usize>,
}

/// `GET /api/runs?recipe=&status=&record=&mentions=&since=&until=&limit=`: the latest first, 50 unless told, 500 at the most.
/// `status=needs_attention` are all that need a person, also those that wait for something else meanwhile.
pub(crate) async fn runs(
    State(options): State<ServerOptions>,
    query: Result<Query<RunsQuery>, QueryRejection>,
) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(rejection) => {
            let told = rejection.body_text();
            let why = told.split_once("query string: ").map_or(told.as_str(), |(_, why)| why);
            let message = format!(
                "what stands after `?` cannot be taken: {why}. It may say recipe, status, record, mentions, since and until \
                 (such as 2026-11-20T09:00:00Z), and limit"
            );
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": message }))).into_response();
        }
    };
    let status = match query.status.as_deref().map(|name| RunStatus::from_name(name).ok_or(name)) {
        None => None,
        Some(Ok(status)) => Some(status),
        Some(Err(name)) => {
            let message = format!("there is no status `{name}`");
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": message }))).into_response();
        }
    };
    let filter = RunFilter {
        recipe: query.recipe,
        statuses: status.into_iter().collect(),
        or_troubled: status == Some(RunStatus::NeedsAttention),
        record: query.record,
        mentions: query.mentions,
        since: query.since,
        until: query.until,
        limit: query.limit.unwrap_or(50).min(500),
    };
    match options.engine.store().runs(filter).await {
        Ok(runs) => Json(json!({ "runs": runs })).into_response(),
        Err(error) => unavailable(&error.to_string()),
    }
}

/// `GET /api/runs/<id>`: the run, its event and its history.
pub(crate) async fn run(State(options): State<ServerOptions>, Path(id): Path<String>) -> Response {
    match options.engine.store().run(&id).await {
        Ok(Some(found)) => {
            Json(json!({ "run": found.run, "event": found.event, "history": found.history })).into_response()
        }
        Ok(None) => {
            let message = format!("there is no run `{id}`");
            (StatusCode::NOT_FOUND, Json(json!({ "error": message }))).into_response()
        }
        Err(error) => unavailable(&error.to_string()),
    }
}

fn unavailable(message: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": message }))).into_response()
}
