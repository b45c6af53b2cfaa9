//! Tasks and notes of a contact, and the search over all tasks of the location.

use serde_json::{Value, json};

use crate::support::{Crm, MARA, SUKI, keys};

#[tokio::test]
async fn a_task_lives_through_its_operations() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}/tasks");
    let body = json!({"title": "Call", "dueDate": "2026-12-01T11:00:00Z", "completed": false, "assignedTo": "userInesAlbury000001"});
    let task = crm.post(&path, body).await.with(201)["task"].clone();
    assert_eq!(keys(&task), ["assignedTo", "completed", "contactId", "dueDate", "id", "title"]);
    assert_eq!(task["dueDate"], "2026-12-01T11:00:00.000Z");
    let one = format!("{path}/{}", task["id"].as_str().unwrap());
    assert_eq!(crm.get(&one).await.with(200)["task"], task);
    assert_eq!(crm.get(&path).await.with(200)["tasks"].as_array().unwrap().len(), 2);
    let changed = crm.put(&one, json!({"title": "Call again"})).await.with(200);
    assert_eq!(
        (&changed["task"]["title"], &changed["task"]["completed"]),
        (&json!("Call again"), &json!(false))
    );
    let done = crm.put(&format!("{one}/completed"), json!({"completed": true})).await.with(200);
    assert_eq!(done["task"]["completed"], true);
    assert_eq!(crm.delete(&one, json!({})).await.with(200)["succeded"], true);
    let id = task["id"].as_str().unwrap();
    assert_eq!(crm.get(&one).await.with(400)["message"], format!("Task with id {id} not found"));
}

#[tokio::test]
async fn a_task_needs_title_date_and_state() {
    let crm = Crm::start().await;
    let refused = crm
        .post(&format!("/contacts/{MARA}/tasks"), json!({"dueDate": "soon", "priority": 1}))
        .await
        .with(422);
    assert_eq!(
        refused["message"],
        json!([
            "property priority should not exist",
            "title should not be empty",
            "dueDate must be a valid ISO 8601 date string",
            "completed should not be empty",
        ])
    );
}

#[tokio::test]
async fn a_task_belongs_to_its_contact_only() {
    let crm = Crm::start().await;
    crm.get(&format!("/contacts/{MARA}/tasks/taskCallMara00000001")).await.with(200);
    crm.get(&format!("/contacts/{SUKI}/tasks/taskCallMara00000001")).await.with(400);
    crm.get(&format!("/contacts/{SUKI}/notes/noteMaraFirst0000001")).await.with(400);
}

#[tokio::test]
async fn a_note_lives_through_its_operations() {
    let crm = Crm::start().await;
    let path = format!("/contacts/{MARA}/notes");
    let body = json!({"body": "Wants oak", "title": "Wish", "color": "#FFAA00", "pinned": true});
    let note = crm.post(&path, body).await.with(201)["note"].clone();
    assert_eq!(note["contactId"], MARA);
    let one = format!("{path}/{}", note["id"].as_str().unwrap());
    let notes = crm.get(&path).await.with(200)["notes"].clone();
    assert_eq!(notes[0], note, "the newest comes first");
    assert_eq!(crm.put(&one, json!({"body": "Wants pine"})).await.with(200)["note"]["body"], "Wants pine");
    assert_eq!(crm.get(&one).await.with(200)["note"]["pinned"], true);
    assert_eq!(crm.delete(&one, json!({})).await.with(200)["succeded"], true);
    crm.get(&one).await.with(400);
    assert_eq!(crm.post(&path, json!({})).await.with(422)["message"], json!(["body should not be empty"]));
}

#[tokio::test]
async fn tasks_of_all_contacts_are_searched() {
    let crm = Crm::start().await;
    let path = format!("/locations/{}/tasks/search", crm.sandbox.location_id());
    let titles = |answer: Value| -> Vec<String> {
        let tasks = answer["tasks"].as_array().unwrap().clone();
        tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(crm.post(&path, json!({})).await.with(200)).len(), 5);
    let open = json!({"completed": false, "assignedTo": ["userPriyaVance000001"]});
    assert_eq!(titles(crm.post(&path, open).await.with(200)), ["Arrange the yearly visit"]);
    let of_mara = crm.post(&path, json!({"contactId": [MARA], "limit": 1})).await.with(200);
    assert_eq!(of_mara["tasks"][0]["contactDetails"]["name"], "Mara Fenn");
    assert_eq!(titles(crm.post(&path, json!({"query": "QUOTE"})).await.with(200)), ["Send the quote"]);
}
