//! Before any handler: routes, the order of the checks, rate budgets, trace ids.

use std::time::Duration;

use bellhop_sandbox::{DEFAULT_AGENCY_TOKEN, RateLimits, SandboxConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Crm, MARA, told};

#[tokio::test]
async fn the_checks_come_in_the_real_order() {
    let config =
        SandboxConfig { scopes: Some(vec!["contacts.readonly".to_owned()]), ..SandboxConfig::default() };
    let crm = Crm::with(config).await;
    let url = format!("{}/contacts/", crm.sandbox.base_url());
    // Everything is wrong with this body: each check is seen only once those before it are content.
    let body = json!({"locationId": "elsewhere", "colour": "red"});
    let post = || crm.client.post(&url).json(&body);

    let no_token = told(post()).await.with(401);
    assert_eq!(no_token["message"], "Invalid JWT");
    assert_eq!(no_token["error"], "Unauthorized");
    let bad_token = told(post().bearer_auth("nobody").header("Version", "2021-07-28")).await.with(401);
    assert_eq!(bad_token["message"], "Invalid JWT");
    let no_version = told(post().bearer_auth(crm.sandbox.token())).await.with(401);
    assert_eq!(no_version["message"], "version header was not found.");
    let bad_version =
        told(post().bearer_auth(crm.sandbox.token()).header("Version", "2020-01-01")).await.with(401);
    assert_eq!(bad_version["message"], "version header is invalid");
    let no_scope = crm.post("/contacts/", body.clone()).await.with(401);
    assert_eq!(no_scope["message"], "The token is not authorized for this scope.");

    let crm = Crm::start().await;
    let elsewhere = crm.post("/contacts/", body).await.with(403);
    assert_eq!(elsewhere["message"], "The token does not have access to this location.");
    let invalid = crm.post("/contacts/", crm.here(json!({"colour": "red", "dnd": "no"}))).await.with(422);
    assert_eq!(
        invalid["message"],
        json!(["property colour should not exist", "dnd must be a boolean value"])
    );
    assert_eq!(invalid["error"], "Unprocessable Entity");
    let rule = crm.post("/contacts/", crm.here(json!({"email": "mara.fenn@example.com"}))).await.with(400);
    assert!(rule["message"].is_string());
}

#[tokio::test]
async fn the_five_published_versions_are_taken_on_every_route() {
    let crm = Crm::start().await;
    for version in ["v3", "2023-02-21", "2021-07-28", "2021-04-15", "legacy"] {
        for path in ["/contacts/", "/users/", "/calendars/"] {
            let request = crm
                .client
                .get(format!("{}{}", crm.sandbox.base_url(), crm.at(path)))
                .bearer_auth(crm.sandbox.token())
                .header("Version", version);
            told(request).await.with(200);
        }
    }
}

#[tokio::test]
async fn an_absent_location_is_403_in_a_query_and_422_in_a_body() {
    let crm = Crm::start().await;
    crm.get("/contacts/").await.with(403);
    crm.get("/contacts/?locationId=elsewhere").await.with(403);
    crm.get("/locations/elsewhere/tags").await.with(403);
    let search = crm.post("/contacts/search", json!({"pageLimit": 5})).await.with(422);
    assert_eq!(search["message"], json!(["locationId should not be empty"]));
}

#[tokio::test]
async fn unknown_routes_and_unreadable_bodies_are_refused_in_their_own_way() {
    let crm = Crm::start().await;
    let unknown = crm.get("/contacts/x/shoes").await.with(404);
    assert_eq!(unknown["message"], "Cannot GET /contacts/x/shoes");
    let method = crm.put("/contacts/upsert/x", json!({})).await.with(404);
    assert_eq!(method["message"], "Cannot PUT /contacts/upsert/x");
    let broken = crm.request(Method::POST, "/contacts/").body("{").header("content-type", "application/json");
    told(broken).await.with(400);
    let huge = crm.request(Method::POST, "/contacts/").body(vec![b' '; 6_000_000]);
    told(huge).await.with(413);
}

#[tokio::test]
async fn both_forms_of_a_path_are_taken() {
    let crm = Crm::start().await;
    crm.get(&crm.at("/contacts")).await.with(200);
    crm.get(&format!("/contacts/{MARA}/")).await.with(200);
    crm.get(&format!("/locations/{}/tags/", crm.sandbox.location_id())).await.with(200);
}

#[tokio::test]
async fn an_agencys_integration_token_is_refused_on_contacts() {
    let crm = Crm::start().await;
    let request = crm
        .client
        .get(format!("{}/contacts/{MARA}", crm.sandbox.base_url()))
        .bearer_auth(DEFAULT_AGENCY_TOKEN)
        .header("Version", "2021-07-28");
    assert_eq!(told(request).await.with(401)["message"], "The token is not authorized for this scope.");
}

#[tokio::test]
async fn every_answer_has_the_rate_headers_and_a_trace_id() {
    let crm = Crm::start().await;
    for path in ["/contacts/nobody", "/nowhere", &format!("/contacts/{MARA}")] {
        let answer = crm.get(path).await;
        assert_eq!(answer.header("x-ratelimit-max"), "100", "{path}");
        assert_eq!(answer.header("x-ratelimit-interval-milliseconds"), "10000");
        assert_eq!(answer.header("x-ratelimit-limit-daily"), "200000");
        assert!(!answer.header("x-ratelimit-remaining").is_empty());
        assert!(!answer.header("x-ratelimit-daily-remaining").is_empty());
        assert_eq!(answer.body["traceId"].as_str().map(str::len), Some(36));
    }
}

#[tokio::test]
async fn a_spent_budget_is_answered_429() {
    let limits = RateLimits { limit: 2, interval: Duration::from_hours(1), day: 1000 };
    let config = SandboxConfig { rate_limits: Some(limits), retry_after: true, ..SandboxConfig::default() };
    let crm = Crm::with(config).await;
    let path = format!("/contacts/{MARA}");
    assert_eq!(crm.get(&path).await.header("x-ratelimit-remaining"), "1");
    crm.get(&path).await.with(200);
    let refused = crm.get(&path).await;
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 3_000);
    let body = refused.with(429);
    assert_eq!((&body["statusCode"], &body["message"]), (&json!(429), &json!("Too Many Requests")));
    crm.sandbox.reset();
    crm.get(&path).await.with(200);
}

#[tokio::test]
async fn retry_after_is_off_by_default_as_in_the_documentation() {
    let limits = RateLimits { limit: 0, interval: Duration::from_hours(1), day: 1000 };
    let crm = Crm::with(SandboxConfig { rate_limits: Some(limits), ..SandboxConfig::default() }).await;
    let refused = crm.get("/contacts/x").await;
    assert_eq!(refused.header("retry-after"), "");
    assert_eq!(refused.with(429)["error"], Value::Null);
}
