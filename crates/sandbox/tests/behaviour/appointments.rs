//! Appointments: in the calendars API with an offset, in a contact's list as wall times.

use bellhop_sandbox::{Data, SandboxConfig};
use serde_json::json;

use crate::support::{Crm, MARA};

async fn crm() -> Crm {
    // A summer day, so that London is an hour ahead of UTC.
    let data = Data::from_json(&json!({
        "contacts": [{"id": MARA, "firstName": "Mara"}],
        "appointments": [{
            "id": "eventOfSummer0000001", "contactId": MARA, "calendarId": "calendarFirstCall001", "title": "Call",
            "appointmentStatus": "confirmed", "startTime": "2026-07-01T10:00:00Z", "endTime": "2026-07-01T10:30:00Z",
        }],
    }));
    Crm::with(SandboxConfig { data: data.unwrap(), ..SandboxConfig::default() }).await
}

#[tokio::test]
async fn the_same_instant_has_two_spellings() {
    let crm = crm().await;
    let listed = crm.get(&format!("/contacts/{MARA}/appointments")).await.with(200)["events"][0].clone();
    assert_eq!(listed["startTime"], "2026-07-01 11:00:00");
    assert_eq!((&listed["status"], &listed["appointmentStatus"]), (&json!("booked"), &json!("confirmed")));
    let event =
        crm.get("/calendars/events/appointments/eventOfSummer0000001").await.with(200)["event"].clone();
    assert_eq!(event["startTime"], "2026-07-01T11:00:00+01:00");
}

#[tokio::test]
async fn an_appointment_is_made_moved_and_cancelled() {
    let crm = crm().await;
    let body = crm.here(json!({"calendarId": "calendarFirstCall001", "contactId": MARA, "startTime": "2026-07-02T09:00:00+01:00"}));
    let made = crm.post("/calendars/events/appointments", body).await.with(200);
    assert_eq!(made["endTime"], "2026-07-02T09:30:00+01:00", "the calendar's slot is half an hour");
    assert!(made.get("dateAdded").is_none() && made.get("event").is_none(), "flat, without dates of its own");
    let path = format!("/calendars/events/appointments/{}", made["id"].as_str().unwrap());
    let moved = crm
        .put(&path, json!({"appointmentStatus": "showed", "startTime": "2026-07-03T08:00:00Z"}))
        .await
        .with(200);
    assert_eq!(
        (&moved["appointmentStatus"], &moved["startTime"]),
        (&json!("showed"), &json!("2026-07-03T09:00:00+01:00"))
    );
    crm.put(&path, json!({"appointmentStatus": "booked"})).await.with(422);
    let gone =
        crm.delete(&format!("/calendars/events/{}", made["id"].as_str().unwrap()), json!({})).await.with(201);
    assert_eq!(gone["succeeded"], true);
    crm.get(&path).await.with(400);
}

#[tokio::test]
async fn appointments_are_found_between_two_instants() {
    let crm = crm().await;
    let path = |from: i64, to: i64, rest: &str| {
        crm.at(&format!("/calendars/events?startTime={from}&endTime={to}{rest}"))
    };
    let july = (1_782_864_000_000, 1_785_542_400_000);
    let found = crm.get(&path(july.0, july.1, "&calendarId=calendarFirstCall001")).await.with(200);
    assert_eq!(found["events"].as_array().unwrap().len(), 1);
    let none = crm.get(&path(0, 1, "&calendarId=calendarFirstCall001")).await.with(200);
    assert_eq!(none["events"], json!([]));
    crm.get(&path(july.0, july.1, "")).await.with(422);
}
