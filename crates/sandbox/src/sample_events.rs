//! A made-up example of each event, about the records that the sandbox holds, so that what it names can be read back.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    clock,
    data::{Data, Record, Table, text},
    events::{self, Event},
};

/// The event types there is an example of.
pub const KINDS: [&str; 31] = [
    "ContactCreate",
    "ContactUpdate",
    "ContactDelete",
    "ContactTagUpdate",
    "ContactDndUpdate",
    "TaskCreate",
    "TaskComplete",
    "TaskDelete",
    "NoteCreate",
    "NoteUpdate",
    "NoteDelete",
    "AppointmentCreate",
    "AppointmentUpdate",
    "AppointmentDelete",
    "OpportunityCreate",
    "OpportunityUpdate",
    "OpportunityDelete",
    "OpportunityStageUpdate",
    "OpportunityStatusUpdate",
    "OpportunityAssignedToUpdate",
    "OpportunityMonetaryValueUpdate",
    "InboundMessage",
    "OutboundMessage",
    "ConversationUnreadUpdate",
    "CampaignStatusUpdate",
    "LocationCreate",
    "LocationUpdate",
    "UserCreate",
    "INSTALL",
    "UNINSTALL",
    "PLAN_CHANGE",
];

fn first(table: &Table) -> Record {
    table.values().next().and_then(Value::as_object).cloned().unwrap_or_default()
}

/// An example of the event; `None` for an unknown kind.
pub(crate) fn of(data: &Data, kind: &str, now: Timestamp) -> Option<Event> {
    if !KINDS.contains(&kind) {
        return None;
    }
    let contact = first(&data.contacts);
    let contact_id = text(&contact, "id").to_owned();
    let fields = match kind {
        "ContactDndUpdate" => {
            let mut quiet = contact;
            quiet.insert("dnd".to_owned(), true.into());
            quiet.insert(
                "dndSettings".to_owned(),
                json!({"SMS": {"status": "active", "message": "", "code": ""}}),
            );
            events::contact_dnd(&quiet)
        }
        _ if kind.starts_with("Contact") => events::contact(&contact),
        _ if kind.starts_with("Task") => events::task(&first(&data.tasks)),
        _ if kind.starts_with("Note") => events::note(&first(&data.notes)),
        _ if kind.starts_with("Appointment") => events::appointment(&first(&data.appointments), &data.zone()),
        _ if kind.starts_with("Opportunity") => events::opportunity(&first(&data.opportunities)),
        _ => other(data, kind, &contact_id, now).as_object().cloned().unwrap_or_default(),
    };
    Some(Event::new(kind, fields, data.location_id(), now))
}

fn other(data: &Data, kind: &str, contact: &str, now: Timestamp) -> Value {
    let at = clock::iso(now);
    let user = first(&data.users);
    match kind {
        "InboundMessage" | "OutboundMessage" => json!({
            "attachments": [], "body": "Could you call me back this afternoon?", "contactId": contact,
            "contentType": "text/plain", "conversationId": "conversationSample01", "dateAdded": at,
            "direction": if kind == "InboundMessage" { "inbound" } else { "outbound" }, "messageType": "SMS",
            "status": "delivered", "messageId": "messageSample0000001",
        }),
        "ConversationUnreadUpdate" => json!({
            "id": "conversationSample01", "contactId": contact, "unreadCount": 1, "inbox": true, "starred": false,
            "deleted": false,
        }),
        "CampaignStatusUpdate" => json!({
            "id": text(&first(&data.campaigns), "id"), "contactId": contact, "status": "active",
            "templateId": "templateSample000001", "replied": "false", "dateAdded": at,
        }),
        "LocationCreate" | "LocationUpdate" => json!({
            "id": data.location_id(), "companyId": data.company_id(), "name": text(&data.location, "name"),
            "email": text(&data.location, "email"),
        }),
        "UserCreate" => json!({
            "id": text(&user, "id"), "firstName": text(&user, "firstName"), "lastName": text(&user, "lastName"),
            "email": text(&user, "email"), "phone": text(&user, "phone"), "role": "user",
        }),
        "PLAN_CHANGE" => json!({
            "companyId": data.company_id(), "userId": text(&user, "id"), "currentPlanId": events::APP_ID,
            "newPlanId": "5a0db0c5000000000000a002",
        }),
        _ => json!({"companyId": data.company_id(), "userId": text(&user, "id"), "planId": events::APP_ID}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_example_with_the_envelope() {
        let data = Data::sample();
        for kind in KINDS {
            let event = of(&data, kind, clock::read("2026-01-10").unwrap()).unwrap();
            assert_eq!(event.body["type"], kind);
            for name in ["locationId", "timestamp", "webhookId", "appId"] {
                assert!(event.body[name].is_string(), "{kind} has no {name}");
            }
            assert!(event.body.len() > 6, "{kind} says nothing of its own");
        }
        assert!(of(&data, "ContactSneeze", clock::read("2026-01-10").unwrap()).is_none());
    }
}
