//! Stand-ins for other services: Slack's two ways in, and an echo for any HTTP request.
//!
//! They record and answer; nothing is sent on.

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Reply, ok},
    clock, ids,
    request::Request,
    world::World,
};

fn keep(world: &mut World, request: &Request, body: &Value) {
    let id = ids::record();
    let record = json!({"id": id, "path": request.path, "message": body, "at": clock::iso(request.now)});
    world.data.slack.insert(id, record);
}

/// An incoming webhook: `ok` as plain text.
pub(crate) fn slack_webhook(world: &mut World, request: &Request) -> Reply {
    let from_form =
        request.body.get("payload").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    let body: Value = from_form.unwrap_or_else(|| request.body.clone());
    if !body.is_object() {
        return Err(Answer::text(400, "invalid_payload"));
    }
    if ["text", "blocks", "attachments"].iter().all(|name| body.get(*name).is_none()) {
        return Err(Answer::text(400, "no_text"));
    }
    keep(world, request, &body);
    Ok(Answer::text(200, "ok"))
}

/// `chat.postMessage` (and any other method, which is unknown): failures are inside a 200, as Slack's are.
pub(crate) fn slack_api(world: &mut World, request: &Request) -> Reply {
    let no = |error: &str| ok(json!({"ok": false, "error": error}));
    if !request.path.trim_end_matches('/').ends_with("/chat.postMessage") {
        return no("unknown_method");
    }
    if request.header("authorization").is_none_or(|value| value.trim().len() <= "bearer ".len()) {
        return no("not_authed");
    }
    let channel = request.text("channel").to_owned();
    if channel.is_empty() {
        return no("channel_not_found");
    }
    if ["text", "blocks", "attachments"].iter().all(|name| request.body.get(*name).is_none()) {
        return no("no_text");
    }
    keep(world, request, &request.body);
    let stamp = format!("{}.{:06}", request.now.as_second(), request.now.subsec_microsecond());
    let mut message = request.fields();
    message.insert("ts".to_owned(), stamp.clone().into());
    message.insert("type".to_owned(), "message".into());
    ok(json!({"ok": true, "channel": channel, "ts": stamp, "message": message}))
}

/// Says back what came. `/__sandbox/http/status/<code>` answers with that status.
#[expect(clippy::unnecessary_wraps, reason = "a handler's result is a Reply")]
pub(crate) fn echo(_: &mut World, request: &Request) -> Reply {
    let status = request
        .path
        .strip_prefix("/__sandbox/http/status/")
        .and_then(|code| code.trim_end_matches('/').parse().ok())
        .filter(|code| (200..=599).contains(code));
    let texts = |pairs: &[(String, String)]| -> Map<String, Value> {
        pairs.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect()
    };
    Ok(Answer::json(
        status.unwrap_or(200),
        json!({
            "method": request.method, "path": request.path, "query": texts(&request.query),
            "headers": texts(&request.headers), "body": request.body,
        }),
    ))
}
