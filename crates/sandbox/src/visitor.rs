//! What a person does in the CRM's own pages, as a request through the sandbox's own door. Only [`crate::Running::act`]
//! uses it; Bellhop's calls come from outside.

use reqwest::{Client, Method};
use serde_json::Value;

/// One request; the answer's JSON, or a sentence about why there is none.
pub(crate) async fn act(
    client: &Client,
    method: &str,
    address: &str,
    token: &str,
    body: &Value,
) -> Result<Value, String> {
    let verb = Method::from_bytes(method.as_bytes()).map_err(|_| format!("`{method}` is no method"))?;
    let request = client
        .request(verb, address)
        .bearer_auth(token)
        .header("Version", "2021-07-28")
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.map_err(|error| format!("the sandbox did not answer: {error}"))?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| format!("the sandbox's answer broke off: {error}"))?;
    if !status.is_success() {
        return Err(format!("the sandbox refused {method} {address} ({status}): {text}"));
    }
    serde_json::from_str(&text).map_err(|error| format!("the sandbox's answer is no JSON: {error}"))
}
