//! Enrolment of contacts in campaigns and workflows.

use serde_json::json;

use crate::support::{Crm, MARA};

const CAMPAIGN: &str = "campaignHotLeads0001";
const WORKFLOW: &str = "00000000-0000-4000-8000-000000000101";

fn enrolments(crm: &Crm) -> usize {
    let state = crm.sandbox.snapshot();
    state["enrolments"].as_array().unwrap().iter().filter(|one| one["contactId"] == MARA).count()
}

#[tokio::test]
async fn a_campaign_is_joined_with_201_and_left_with_200() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}/campaigns/{CAMPAIGN}");
    for _ in 0..2 {
        assert_eq!(crm.post(&path, json!({})).await.with(201)["succeded"], true);
        assert_eq!(enrolments(&crm), 1);
    }
    assert_eq!(crm.delete(&path, json!({})).await.with(200)["succeded"], true);
    assert_eq!(enrolments(&crm), 0);
    crm.post(&path, json!({})).await.with(201);
    crm.post(&format!("/contacts/{MARA}/campaigns/campaignNurture00001"), json!({})).await.with(201);
    crm.delete(&format!("/contacts/{MARA}/campaigns/removeAll"), json!({})).await.with(200);
    assert_eq!(enrolments(&crm), 0);
    crm.post(&format!("/contacts/{MARA}/campaigns/nothing"), json!({})).await.with(400);
}

#[tokio::test]
async fn a_workflow_is_joined_with_200() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}/workflow/{WORKFLOW}");
    let body = json!({"eventStartTime": "2026-12-01T11:00:00+01:00"});
    assert_eq!(crm.post(&path, body.clone()).await.with(200)["succeded"], true);
    assert_eq!(enrolments(&crm), 1);
    let found = crm.post(
        "/contacts/search",
        crm.here(json!({
            "pageLimit": 5, "filters": [{"field": "activeWorkflows", "operator": "eq", "value": WORKFLOW}],
        })),
    );
    assert_eq!(found.await.with(200)["contacts"][0]["id"], MARA);
    assert_eq!(crm.delete(&path, body).await.with(200)["succeded"], true);
    assert_eq!(enrolments(&crm), 0);
    crm.post(&path, json!({"eventStartTime": "soon"})).await.with(422);
    crm.post(&format!("/contacts/{MARA}/workflow/nothing"), json!({})).await.with(400);
}
