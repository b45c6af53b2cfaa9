//! `POST /contacts/search`: what it needs, its shape, filters, order, pages, cursor, and the lag of its index.

use std::time::Duration;

use bellhop_sandbox::{Data, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Crm, MARA, SUKI};

async fn search(crm: &Crm, body: Value) -> Value {
    crm.post("/contacts/search", crm.here(body)).await.with(200)
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["contacts"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn location_and_page_limit_are_needed() {
    let crm = Crm::start().await;
    let refused = crm.post("/contacts/search", json!({})).await.with(422);
    assert_eq!(
        refused["message"],
        json!(["locationId should not be empty", "pageLimit should not be empty"])
    );
    crm.post("/contacts/search", crm.here(json!({"pageLimit": 501}))).await.with(422);
    crm.post("/contacts/search", crm.here(json!({"pageLimit": 500, "page": 21}))).await.with(400);
    let wrong =
        json!({"pageLimit": 5, "filters": [{"field": "email", "operator": "contains", "value": "x"}]});
    crm.post("/contacts/search", crm.here(wrong)).await.with(422);
}

#[tokio::test]
async fn the_shape_is_the_searchs_own() {
    let crm = Crm::start().await;
    let filter = json!([{"field": "id", "operator": "eq", "value": SUKI}]);
    let answer = search(&crm, json!({"pageLimit": 1, "filters": filter})).await;
    assert_eq!(answer["total"], 1);
    let contact = &answer["contacts"][0];
    assert_eq!(contact["firstNameLowerCase"], "suki");
    assert_eq!(contact["businessName"], "Hale Studio");
    assert_eq!(contact["opportunities"][0]["status"], "won");
    assert!(contact["searchAfter"].is_array());
    for absent in ["firstName", "name", "contactName", "address1", "activeWorkflows"] {
        assert!(contact.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn filters_groups_and_words_narrow() {
    let crm = Crm::start().await;
    let score = "customFields.fieldLeadScore000001";
    let hot =
        json!({"pageLimit": 10, "filters": [{"field": score, "operator": "range", "value": {"gte": 80}}]});
    let answer = search(&crm, hot).await;
    assert_eq!(ids(&answer), [MARA, SUKI]);
    let group = json!({"pageLimit": 10, "filters": [
        {"group": "OR", "filters": [
            {"field": "tags", "operator": "eq", "value": "vip"},
            {"field": "city", "operator": "eq", "value": "Leeds"},
        ]},
        {"field": "assignedTo", "operator": "not_exists"},
    ]});
    assert_eq!(ids(&search(&crm, group).await), [MARA]);
    assert_eq!(ids(&search(&crm, json!({"pageLimit": 10, "query": "hale st"})).await), [SUKI]);
}

#[tokio::test]
async fn pages_and_the_cursor_lead_through_the_same_order() {
    let crm = Crm::start().await;
    let sort = json!([{"field": "firstNameLowerCase", "direction": "desc"}]);
    let whole = search(&crm, json!({"pageLimit": 10, "sort": sort})).await;
    let whole = ids(&whole);
    assert_eq!(whole.len(), 8);
    let mut by_page = Vec::new();
    let mut by_cursor = Vec::new();
    let mut after = json!([]);
    for page in 1..=3 {
        let answer = search(&crm, json!({"pageLimit": 3, "page": page, "sort": sort})).await;
        by_page.extend(ids(&answer).into_iter().map(str::to_owned));
        let answer = search(&crm, json!({"pageLimit": 3, "searchAfter": after, "sort": sort})).await;
        by_cursor.extend(ids(&answer).into_iter().map(str::to_owned));
        after = answer["contacts"].as_array().unwrap().last().unwrap()["searchAfter"].clone();
    }
    assert_eq!(by_page, whole);
    assert_eq!(by_cursor, whole);
    let beyond = search(&crm, json!({"pageLimit": 3, "searchAfter": after, "sort": sort})).await;
    assert_eq!((ids(&beyond).len(), &beyond["total"]), (0, &json!(8)));
}

#[tokio::test]
async fn the_cursor_passes_equal_sort_values_once() {
    let contacts: Vec<Value> = (0..25)
        .map(|n| json!({"id": format!("contact{n:013}"), "dateAdded": "2026-01-01", "source": "same"}))
        .collect();
    let data = Data::from_json(&json!({"contacts": contacts})).unwrap();
    let crm = Crm::with(SandboxConfig { data, ..SandboxConfig::default() }).await;
    let (mut seen, mut after) = (Vec::new(), json!([]));
    for _ in 0..3 {
        let body = json!({"pageLimit": 10, "searchAfter": after, "sort": [{"field": "source", "direction": "desc"}]});
        let answer = search(&crm, body).await;
        seen.extend(ids(&answer).into_iter().map(str::to_owned));
        after = answer["contacts"].as_array().unwrap().last().unwrap()["searchAfter"].clone();
    }
    let unique: std::collections::HashSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (25, 25));
}

#[tokio::test]
async fn a_lagging_index_does_not_know_what_was_just_written() {
    let config = SandboxConfig { index_delay: Duration::from_hours(1), ..SandboxConfig::default() };
    let crm = Crm::with(config).await;
    crm.post("/contacts/", crm.here(json!({"firstName": "Zoe"}))).await.with(201);
    crm.delete(&format!("/contacts/{MARA}"), json!({})).await.with(200);
    assert_eq!(search(&crm, json!({"pageLimit": 10, "query": "zoe"})).await["total"], 0);
    assert_eq!(search(&crm, json!({"pageLimit": 10, "query": "mara"})).await["total"], 1);
    crm.get(&format!("/contacts/{MARA}")).await.with(400);
}
