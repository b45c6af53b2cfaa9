//! Tags and followers of one contact, and tags of many.

use serde_json::{Value, json};

use crate::support::{Crm, MARA, SUKI};

#[tokio::test]
async fn tags_are_added_and_taken_away_in_lower_case() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}/tags");
    let added = crm.post(&path, json!({"tags": ["Hot Lead", "WEBSITE"]})).await.with(201);
    assert_eq!(added["tags"], json!(["new lead", "website", "hot lead"]), "the whole list, each tag once");
    let removed = crm.delete(&path, json!({"tags": ["NEW lead", "never there"]})).await.with(200);
    assert_eq!(removed["tags"], json!(["website", "hot lead"]));
    assert_eq!(crm.post(&path, json!({})).await.with(422)["message"], json!(["tags should not be empty"]));
    assert_eq!(
        crm.post(&path, json!({"tags": "x"})).await.with(422)["message"],
        json!(["tags must be an array"])
    );
}

#[tokio::test]
async fn a_new_tag_enters_the_locations_dictionary() {
    let crm = Crm::start().await;
    crm.post(&format!("/contacts/{MARA}/tags"), json!({"tags": ["Quite New"]})).await.with(201);
    let path = format!("/locations/{}/tags", crm.sandbox.location_id());
    let tags = crm.get(&path).await.with(200)["tags"].clone();
    assert!(tags.as_array().unwrap().iter().any(|tag| tag["name"] == "quite new"));
}

#[tokio::test]
async fn many_contacts_are_tagged_and_a_part_may_fail() {
    let crm = Crm::start().await;
    let path = "/contacts/bulk/tags/update";
    let body = crm.here(json!({"contacts": [MARA, "nobody", SUKI], "tags": ["VIP"]}));
    let answer = crm.post(&format!("{path}/add"), body).await.with(201);
    assert_eq!((&answer["succeded"], &answer["errorCount"]), (&json!(false), &json!(1)));
    assert_eq!(answer["responses"][0]["tagsAdded"], json!(["vip"]));
    assert_eq!(answer["responses"][1]["type"], "error");
    assert_eq!(answer["responses"][2]["tagsAdded"], json!([]));
    let body = crm.here(json!({"contacts": [MARA], "tags": [], "removeAllTags": true}));
    crm.post(&format!("{path}/remove"), body.clone()).await.with(201);
    assert_eq!(crm.record("contacts", MARA).unwrap()["tags"], json!([]));
    crm.post(&format!("{path}/sideways"), body).await.with(422);
}

#[tokio::test]
async fn followers_come_and_go() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}/followers");
    let body = json!({"followers": ["userInesAlbury000001"]});
    let added = crm.post(&path, body.clone()).await.with(201);
    assert_eq!(added["followersAdded"], json!(["userInesAlbury000001"]));
    let again = crm.post(&path, body.clone()).await.with(201);
    assert_eq!(
        (&again["followersAdded"], again["followers"].as_array().map(Vec::len)),
        (&json!([]), Some(1))
    );
    let removed = crm.delete(&path, body).await.with(200);
    assert_eq!(
        (&removed["followersRemoved"], &removed["followers"]),
        (&json!(["userInesAlbury000001"]), &json!([]))
    );
    assert_eq!(crm.record("contacts", MARA).unwrap()["followers"], Value::Array(vec![]));
}
