//! OAuth: consent, exchange, rotation with its window, ended tokens, location tokens of an agency.

use std::time::Duration;

use bellhop_sandbox::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, OAuthOptions, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Crm, MARA, Told, told};

async fn token(crm: &Crm, fields: &[(&str, &str)]) -> Told {
    let mut form = vec![("client_id", DEFAULT_CLIENT_ID), ("client_secret", DEFAULT_CLIENT_SECRET)];
    form.extend_from_slice(fields);
    told(crm.client.post(format!("{}/oauth/token", crm.sandbox.base_url())).form(&form)).await
}

async fn by_code(crm: &Crm, for_agency: bool) -> Value {
    let code = crm.sandbox.authorization_code(for_agency);
    token(crm, &[("grant_type", "authorization_code"), ("code", &code)]).await.with(200)
}

async fn read(crm: &Crm, access: &Value) -> u16 {
    let request = crm
        .client
        .get(format!("{}/contacts/{MARA}", crm.sandbox.base_url()))
        .bearer_auth(access.as_str().unwrap())
        .header("Version", "2021-07-28");
    told(request).await.status
}

#[tokio::test]
async fn consent_sends_back_a_code_that_is_good_once() {
    let crm = Crm::start().await;
    let plain =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let consent = format!(
        "{}/v2/oauth/chooselocation?response_type=code&client_id={DEFAULT_CLIENT_ID}&state=s1&scope=contacts.readonly\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback",
        crm.sandbox.base_url()
    );
    let answer = told(plain.get(consent)).await;
    assert_eq!(answer.status, 302);
    let target = url::Url::parse(answer.header("location")).unwrap();
    let query: std::collections::HashMap<_, _> = target.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "s1");
    let exchange = [("grant_type", "authorization_code"), ("code", query["code"].as_str())];
    let pair = token(&crm, &exchange).await.with(200);
    assert_eq!(pair["scope"], "contacts.readonly");
    assert_eq!((&pair["userType"], &pair["token_type"]), (&json!("Location"), &json!("Bearer")));
    assert_eq!(pair["locationId"], crm.sandbox.location_id());
    assert_eq!(pair["expires_in"], 86_399);
    assert_eq!(read(&crm, &pair["access_token"]).await, 200);
    assert_eq!(token(&crm, &exchange).await.with(400)["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_rotates_and_a_race_gets_the_same_pair() {
    let crm = Crm::start().await;
    let first = by_code(&crm, false).await;
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"].as_str().unwrap())];
    let second = token(&crm, &refresh).await.with(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let raced = token(&crm, &refresh).await.with(200);
    assert_eq!(raced["access_token"], second["access_token"]);

    let oauth = OAuthOptions { refresh_window: Duration::ZERO, ..OAuthOptions::default() };
    let crm = Crm::with(SandboxConfig { oauth, ..SandboxConfig::default() }).await;
    let first = by_code(&crm, false).await;
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"].as_str().unwrap())];
    token(&crm, &refresh).await.with(200);
    token(&crm, &refresh).await.with(400);
}

#[tokio::test]
async fn an_ended_access_token_is_invalid() {
    let oauth = OAuthOptions { access_token_life: Duration::ZERO, ..OAuthOptions::default() };
    let crm = Crm::with(SandboxConfig { oauth, ..SandboxConfig::default() }).await;
    let pair = by_code(&crm, false).await;
    assert_eq!(read(&crm, &pair["access_token"]).await, 401);
}

#[tokio::test]
async fn wrong_requests_for_tokens_are_told_apart() {
    let crm = Crm::start().await;
    let url = format!("{}/oauth/token", crm.sandbox.base_url());
    let wrong = [("client_id", "x"), ("client_secret", "y"), ("grant_type", "refresh_token")];
    told(crm.client.post(&url).form(&wrong)).await.with(401);
    token(&crm, &[("grant_type", "password")]).await.with(422);
    token(&crm, &[("grant_type", "client_credentials")]).await.with(400);
    token(&crm, &[("grant_type", "refresh_token"), ("refresh_token", "old")]).await.with(400);
}

#[tokio::test]
async fn an_agency_gets_a_token_for_its_location() {
    let crm = Crm::start().await;
    let agency = by_code(&crm, true).await;
    assert_eq!(agency["userType"], "Company");
    assert!(agency.get("locationId").is_none());
    assert_eq!(read(&crm, &agency["access_token"]).await, 401, "not on the location's records");
    let ask = |token: &str| {
        let form =
            [("companyId", agency["companyId"].as_str().unwrap()), ("locationId", crm.sandbox.location_id())];
        let url = format!("{}/oauth/locationToken", crm.sandbox.base_url());
        told(crm.client.post(url).bearer_auth(token).header("Version", "2021-07-28").form(&form))
    };
    let location = ask(agency["access_token"].as_str().unwrap()).await.with(200);
    assert_eq!(read(&crm, &location["access_token"]).await, 200);
    assert!(location["refresh_token"].is_string());
    ask(crm.sandbox.token()).await.with(401);
}

#[tokio::test]
async fn an_agency_sees_where_its_app_is_installed() {
    let crm = Crm::start().await;
    let agency = by_code(&crm, true).await;
    let app = DEFAULT_CLIENT_ID.split('-').next().unwrap();
    let company = agency["companyId"].as_str().unwrap();
    let ask = |query: String, token: &Value| {
        let url = format!("{}/oauth/installedLocations?{query}", crm.sandbox.base_url());
        told(crm.client.get(url).bearer_auth(token.as_str().unwrap()).header("Version", "2021-07-28"))
    };
    let ours = format!("companyId={company}&appId={app}");
    let installed = ask(ours.clone(), &agency["access_token"]).await.with(200);
    assert_eq!(
        (&installed["count"], &installed["locations"][0]["_id"]),
        (&json!(1), &json!(crm.sandbox.location_id()))
    );
    assert!(
        installed["locations"][0]["name"].is_string() && installed["locations"][0]["address"].is_string()
    );
    for none in ["&isInstalled=false", "&locationId=elsewhere", "&query=nobody"] {
        assert_eq!(
            ask(format!("{ours}{none}"), &agency["access_token"]).await.with(200)["count"],
            0,
            "{none}"
        );
    }
    assert_eq!(
        ask(format!("companyId={company}&appId=x"), &agency["access_token"]).await.with(200)["count"],
        0
    );
    let wrong = ask("limit=5".to_owned(), &agency["access_token"]).await.with(422);
    assert_eq!(wrong["message"].as_array().map(Vec::len), Some(2));
    ask(ours, &json!(crm.sandbox.token())).await.with(401);
}

#[tokio::test]
async fn version_3_speaks_camel_case() {
    let crm = Crm::start().await;
    let at = |path: &str| format!("{}/oauth/{path}", crm.sandbox.base_url());
    let code = crm.sandbox.authorization_code(true);
    let app = [("clientId", DEFAULT_CLIENT_ID), ("clientSecret", DEFAULT_CLIENT_SECRET)];
    let ask = |more: [(&str, &str); 2]| {
        let form = [app.as_slice(), &more].concat();
        told(crm.client.post(at("token")).header("Version", "v3").form(&form))
    };
    let pair = ask([("grantType", "authorization_code"), ("code", &code)]).await.with(200);
    assert_eq!((&pair["tokenType"], &pair["expiresIn"]), (&json!("Bearer"), &json!(86_399)));
    assert!(pair.get("access_token").is_none() && pair["accessToken"].is_string());
    let next = [("grantType", "refresh_token"), ("refreshToken", pair["refreshToken"].as_str().unwrap())];
    let agency = ask(next).await.with(200);
    let wrong = token(&crm, &[("clientId", "x"), ("grantType", "refresh_token")]).await.with(422);
    assert_eq!(wrong["message"][0], "property clientId should not exist", "version 2 knows none of it");

    let token = agency["accessToken"].as_str().unwrap();
    let company = agency["companyId"].as_str().unwrap();
    let form = [("companyId", company), ("locationId", crm.sandbox.location_id())];
    for (version, status) in [("2021-07-28", 404), ("v3", 200)] {
        let made = crm.client.post(at("location-token")).bearer_auth(token).header("Version", version);
        let made = told(made.form(&form)).await.with(status);
        assert_eq!(made["accessToken"].is_string(), version == "v3");
        let app = DEFAULT_CLIENT_ID.split('-').next().unwrap();
        let url = at(&format!("installed-locations?companyId={company}&appId={app}"));
        let list = told(crm.client.get(url).bearer_auth(token).header("Version", version)).await.with(status);
        if version == "v3" {
            assert_eq!(list["items"][0]["_id"], crm.sandbox.location_id());
            assert_eq!(
                (&list["pagination"]["totalRecords"], &list["pagination"]["hasNextPage"]),
                (&json!(1), &json!(false))
            );
        }
    }
}

#[tokio::test]
async fn secrets_are_not_in_the_recorded_calls() {
    let crm = Crm::start().await;
    by_code(&crm, false).await;
    let form = [("clientSecret", DEFAULT_CLIENT_SECRET), ("refreshToken", "kept-to-oneself")];
    let url = format!("{}/oauth/token", crm.sandbox.base_url());
    told(crm.client.post(url).header("Version", "v3").form(&form)).await.with(422);
    let calls = serde_json::to_string(&crm.sandbox.calls()).unwrap();
    assert!(calls.contains("get-access-token") && !calls.contains(DEFAULT_CLIENT_SECRET));
    assert!(!calls.contains("kept-to-oneself"), "{calls}");
}
