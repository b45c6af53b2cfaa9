//! The stand-ins: Slack's incoming webhook and API, and the echo.

use reqwest::Method;
use serde_json::json;

use crate::support::{Crm, told};

#[tokio::test]
async fn a_slack_webhook_says_ok_in_plain_text() {
    let crm = Crm::start().await;
    let url = format!("{}/__sandbox/slack/T000/B000/secret", crm.sandbox.base_url());
    let answer = crm.client.post(&url).json(&json!({"text": "Hello"})).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "ok"));
    let kept = crm.sandbox.snapshot()["slack"][0].clone();
    assert_eq!(kept["message"]["text"], "Hello");
    let empty = crm.client.post(&url).json(&json!({})).send().await.unwrap();
    assert_eq!((empty.status().as_u16(), empty.text().await.unwrap().as_str()), (400, "no_text"));
    assert_eq!(crm.sandbox.call_counts()["slack-webhook"], 2);
}

#[tokio::test]
async fn slacks_api_fails_inside_a_200() {
    let crm = Crm::start().await;
    let post = |method: &str, token: Option<&str>, body: serde_json::Value| {
        let url = format!("{}/__sandbox/slack-api/{method}", crm.sandbox.base_url());
        let request = crm.client.post(url).json(&body);
        told(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    };
    let good = json!({"channel": "#sales", "text": "Hello"});
    let sent = post("chat.postMessage", Some("xoxb-test"), good.clone()).await.with(200);
    assert_eq!((&sent["ok"], &sent["channel"]), (&json!(true), &json!("#sales")));
    assert!(sent["ts"].is_string() && sent.get("traceId").is_none());
    for (method, token, body, error) in [
        ("chat.postMessage", None, good.clone(), "not_authed"),
        ("chat.postMessage", Some("xoxb-test"), json!({"text": "x"}), "channel_not_found"),
        ("chat.postMessage", Some("xoxb-test"), json!({"channel": "#sales"}), "no_text"),
        ("chat.dance", Some("xoxb-test"), good, "unknown_method"),
    ] {
        let answer = post(method, token, body).await.with(200);
        assert_eq!((&answer["ok"], &answer["error"]), (&json!(false), &json!(error)));
    }
}

#[tokio::test]
async fn the_echo_says_back_what_came() {
    let crm = Crm::start().await;
    let request = crm
        .request(Method::PATCH, "/__sandbox/http/orders/7?full=yes")
        .header("X-Key", "k")
        .json(&json!({"a": 1}));
    let echo = told(request).await.with(200);
    assert_eq!((&echo["method"], &echo["path"]), (&json!("PATCH"), &json!("/__sandbox/http/orders/7")));
    assert_eq!((&echo["query"]["full"], &echo["headers"]["x-key"]), (&json!("yes"), &json!("k")));
    assert_eq!(echo["body"], json!({"a": 1}));
    crm.get("/__sandbox/http/status/404").await.with(404);
    assert_eq!(crm.sandbox.calls()[0].body, json!({"a": 1}));
}
