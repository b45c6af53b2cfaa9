//! Contacts: create, read, change, delete, their shapes and what is refused.

use bellhop_sandbox::SandboxConfig;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Crm, MARA, SUKI, keys, told};

#[tokio::test]
async fn a_created_contact_is_cleaned_and_told_in_the_create_shape() {
    let crm = Crm::start().await;
    let body = crm.here(json!({
        "name": "Ida Brook", "email": "Ida.Brook@example.com", "phone": "0113 555 0199", "tags": ["VIP", "vip", "New Lead"],
        "dateOfBirth": "03/14/1988", "customFields": [{"key": "contact.lead_score", "field_value": "64"}],
    }));
    let contact = crm.post("/contacts/", body).await.with(201)["contact"].clone();
    assert_eq!(contact["tags"], json!(["vip", "new lead"]));
    assert_eq!(contact["phone"], "+441135550199");
    assert_eq!(contact["emailLowerCase"], "ida.brook@example.com");
    assert_eq!(contact["firstNameLowerCase"], "ida");
    assert_eq!(contact["fullNameLowerCase"], "ida brook");
    assert_eq!(contact["dateOfBirth"], "1988-03-14T00:00:00.000Z");
    assert_eq!((&contact["birthMonth"], &contact["birthDay"]), (&json!(3), &json!(14)));
    assert_eq!(contact["deleted"], false);
    assert_eq!(contact["customFields"], json!([{"id": "fieldLeadScore000001", "value": 64}]));
    assert_eq!(contact["name"], Value::Null, "the create shape has no name");

    let id = contact["id"].as_str().unwrap();
    assert_eq!(id.len(), 20);
    let read = crm.get(&format!("/contacts/{id}")).await.with(200)["contact"].clone();
    assert_eq!(read["name"], "Ida Brook");
    assert_eq!(read["dateOfBirth"], "1988-03-14");
    assert!(read.get("deleted").is_none() && read.get("birthDay").is_none());
    assert!(read.get("assignedTo").is_none(), "what is not there is left out, not null");
}

#[tokio::test]
async fn under_version_3_a_create_tells_the_full_shape_and_success_has_both_spellings() {
    let crm = Crm::start().await;
    let v3 = |method, path: &str| {
        crm.client
            .request(method, format!("{}{path}", crm.sandbox.base_url()))
            .bearer_auth(crm.sandbox.token())
            .header("Version", "v3")
    };
    let body = crm.here(json!({"name": "Ida Brook"}));
    let created = told(v3(Method::POST, "/contacts/").json(&body)).await.with(201);
    assert_eq!(created["contact"]["name"], "Ida Brook");
    let updated = told(v3(Method::PUT, &format!("/contacts/{MARA}")).json(&json!({}))).await.with(200);
    assert_eq!(updated["succeeded"], true);
    assert!(updated.get("succeded").is_none());
    let path = format!("/contacts/{MARA}/campaigns/remove-all");
    let left = told(v3(Method::DELETE, &path)).await.with(200);
    assert_eq!((&left["succeeded"], &left["succeded"]), (&json!(true), &json!(true)));
    assert_eq!(crm.delete(&path, json!({})).await.with(404)["message"], format!("Cannot DELETE {path}"));
}

#[tokio::test]
async fn a_duplicate_is_refused_with_whom_it_clashes() {
    let crm = Crm::start().await;
    let by_email =
        crm.post("/contacts/", crm.here(json!({"email": "MARA.fenn@example.com"}))).await.with(400);
    assert_eq!(by_email["message"], "This location does not allow duplicated contacts.");
    assert_eq!(
        by_email["meta"],
        json!({"contactId": MARA, "matchingField": "email", "contactName": "Mara Fenn"})
    );
    let by_phone = crm.post("/contacts/", crm.here(json!({"phone": "+1 555 010 0001"}))).await.with(400);
    assert_eq!(by_phone["meta"]["matchingField"], "phone");
    let by_update =
        crm.put(&format!("/contacts/{SUKI}"), json!({"email": "mara.fenn@example.com"})).await.with(400);
    assert_eq!(by_update["meta"]["contactId"], MARA);
    crm.put(&format!("/contacts/{MARA}"), json!({"email": "mara.fenn@example.com"})).await.with(200);

    let crm = Crm::with(SandboxConfig { allow_duplicates: Some(true), ..SandboxConfig::default() }).await;
    crm.post("/contacts/", crm.here(json!({"email": "mara.fenn@example.com"}))).await.with(201);
}

#[tokio::test]
async fn an_update_replaces_tags_keeps_other_fields_and_merges_custom_fields() {
    let crm = Crm::start().await;
    let body = json!({
        "lastName": "Fenwick", "tags": ["Called"], "city": null,
        "customFields": [{"id": "fieldLeadSource00001", "fieldValue": "Event"}, {"key": "no.such.field", "field_value": 1}],
    });
    let answer = crm.put(&format!("/contacts/{MARA}"), body).await.with(200);
    assert_eq!(answer["succeded"], true);
    let contact = &answer["contact"];
    assert_eq!(contact["name"], "Mara Fenwick");
    assert_eq!(contact["tags"], json!(["called"]));
    assert_eq!(contact["email"], "mara.fenn@example.com");
    assert!(contact.get("city").is_none());
    let values = contact["customFields"].as_array().unwrap();
    assert_eq!(values.len(), 5, "the unknown field is dropped without a word, the others stay");
    assert!(values.contains(&json!({"id": "fieldLeadSource00001", "value": "Event"})));
    assert!(values.iter().all(|item| keys(item) == ["id", "value"]));
}

#[tokio::test]
async fn an_update_refuses_what_only_a_create_takes() {
    let crm = Crm::start().await;
    let body = crm.here(json!({"companyName": "X", "gender": "x", "additionalEmails": []}));
    let refused = crm.put(&format!("/contacts/{MARA}"), body).await.with(422);
    let mut messages: Vec<&str> =
        refused["message"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    messages.sort_unstable();
    assert_eq!(
        messages,
        [
            "property additionalEmails should not exist",
            "property companyName should not exist",
            "property gender should not exist",
            "property locationId should not exist",
        ]
    );
}

#[tokio::test]
async fn an_unknown_contact_is_400_on_every_operation_about_it() {
    let crm = Crm::start().await;
    let message = "Contact with id nobody not found";
    for path in ["", "/tasks", "/notes", "/appointments"] {
        assert_eq!(crm.get(&format!("/contacts/nobody{path}")).await.with(400)["message"], message);
    }
    assert_eq!(crm.put("/contacts/nobody", json!({})).await.with(400)["message"], message);
    assert_eq!(crm.delete("/contacts/nobody", json!({})).await.with(400)["message"], message);
    assert_eq!(crm.post("/contacts/nobody/tags", json!({"tags": ["a"]})).await.with(400)["message"], message);
    assert_eq!(crm.post("/contacts/nobody/notes", json!({"body": "a"})).await.with(400)["message"], message);
}

#[tokio::test]
async fn a_deleted_contact_takes_what_hangs_on_it_along() {
    let crm = Crm::start().await;
    assert_eq!(crm.delete(&format!("/contacts/{MARA}"), json!({})).await.with(200)["succeded"], true);
    crm.get(&format!("/contacts/{MARA}")).await.with(400);
    let state = crm.sandbox.snapshot();
    for collection in ["contacts", "tasks", "notes", "appointments"] {
        let left = state[collection].as_array().unwrap();
        assert!(
            !left.is_empty()
                && !left.iter().any(|record| record["contactId"] == MARA || record["id"] == MARA)
        );
    }
}
