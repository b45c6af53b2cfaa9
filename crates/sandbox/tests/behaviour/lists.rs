//! `GET /contacts/` with its two-token cursor, a business's contacts, the duplicate look-up.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{Crm, MARA, SUKI};

fn ids(page: &Value) -> Vec<String> {
    page["contacts"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn both_tokens_lead_through_all_contacts_once() {
    let crm = Crm::start().await;
    let mut path = crm.at("/contacts/?limit=3");
    let mut seen = Vec::new();
    let mut dates: Vec<String> = Vec::new();
    loop {
        let page = crm.get(&path).await.with(200);
        assert_eq!((&page["meta"]["total"], &page["count"]), (&json!(8), &json!(8)));
        dates.extend(
            page["contacts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["dateAdded"].as_str().unwrap().to_owned()),
        );
        seen.extend(ids(&page));
        let meta = &page["meta"];
        if meta["nextPageUrl"].is_null() {
            assert!(meta["nextPage"].is_null());
            break;
        }
        assert!(meta["nextPageUrl"].as_str().unwrap().starts_with(crm.sandbox.base_url()));
        path = crm.at(&format!(
            "/contacts/?limit=3&startAfter={}&startAfterId={}",
            meta["startAfter"],
            meta["startAfterId"].as_str().unwrap()
        ));
    }
    assert_eq!(seen.len(), 8);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 8);
    assert!(dates.is_sorted_by(|a, b| a >= b), "the newest come first");
}

#[tokio::test]
async fn half_a_cursor_leads_to_the_first_page_again() {
    let crm = Crm::start().await;
    let first = crm.get(&crm.at("/contacts/?limit=2")).await.with(200);
    let id = first["meta"]["startAfterId"].as_str().unwrap();
    let again = crm.get(&crm.at(&format!("/contacts/?limit=2&startAfterId={id}"))).await.with(200);
    assert_eq!(ids(&first), ids(&again));
    let again =
        crm.get(&crm.at(&format!("/contacts/?limit=2&startAfter={}", first["meta"]["startAfter"]))).await;
    assert_eq!(ids(&first), ids(&again.with(200)));
}

#[tokio::test]
async fn a_query_narrows_and_a_limit_ends_at_a_hundred() {
    let crm = Crm::start().await;
    assert_eq!(ids(&crm.get(&crm.at("/contacts/?query=FENN")).await.with(200)), [MARA]);
    let refused = crm.get(&crm.at("/contacts/?limit=101")).await.with(422);
    assert_eq!(refused["message"], json!(["limit must not be greater than 100"]));
    let item = crm.get(&crm.at("/contacts/?query=suki")).await.with(200)["contacts"][0].clone();
    assert_eq!(item["contactName"], "Suki Hale");
    assert!(item.get("emailLowerCase").is_none() && item.get("dateUpdated").is_none());
}

#[tokio::test]
async fn a_business_has_its_contacts() {
    let crm = Crm::start().await;
    let path = crm.at("/contacts/business/5a0db05100000000000b0002");
    let answer = crm.get(&path).await.with(200);
    assert_eq!((ids(&answer), &answer["count"]), (vec![SUKI.to_owned()], &json!(1)));
    let moved = json!({"ids": [MARA, "nobody"], "businessId": "5a0db05100000000000b0002"});
    let answer = crm.post("/contacts/bulk/business", crm.here(moved)).await.with(200);
    assert_eq!((&answer["success"], &answer["ids"]), (&json!(true), &json!([MARA])));
    assert_eq!(crm.get(&path).await.with(200)["count"], 2);
    let detached = json!({"ids": [MARA], "businessId": null});
    crm.post("/contacts/bulk/business", crm.here(detached)).await.with(200);
    assert_eq!(crm.get(&path).await.with(200)["count"], 1);
    let unknown = json!({"ids": [MARA], "businessId": "nothing"});
    crm.post("/contacts/bulk/business", crm.here(unknown)).await.with(400);
}

#[tokio::test]
async fn a_duplicate_is_looked_up_by_email_or_number() {
    let crm = Crm::start().await;
    let by_email =
        crm.get(&crm.at("/contacts/search/duplicate?email=suki.hale%40example.com")).await.with(200);
    assert_eq!(by_email["contact"]["id"], SUKI);
    let by_number = crm.get(&crm.at("/contacts/search/duplicate?number=%2B15550100001")).await.with(200);
    assert_eq!(by_number["contact"]["id"], MARA);
    let none = crm.get(&crm.at("/contacts/search/duplicate?email=no%40example.com")).await.with(200);
    assert_eq!(none["contact"], Value::Null);
}
