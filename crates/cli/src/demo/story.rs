//! The story of the demo: what people do in the CRM on an ordinary day. The recipes answer to it.

use serde_json::{Value, json};

/// One thing that somebody does in the CRM.
pub(super) struct Deed {
    /// What happens, in a sentence.
    pub(super) told: &'static str,
    /// The request by which the CRM learns of it: method, path, body.
    pub(super) method: &'static str,
    /// The path.
    pub(super) path: &'static str,
    /// The body.
    pub(super) body: Value,
}

/// The recipe that is started by hand at the end, as its schedule would at night.
pub(super) const NIGHTLY: &str = "close-overdue-tasks";

/// The day, in order.
pub(super) fn day(location: &str) -> Vec<Deed> {
    let lead = |told, first: &str, last: &str, tags: Value, fields: Value| Deed {
        told,
        method: "POST",
        path: "/contacts/",
        body: json!({
            "locationId": location, "firstName": first, "lastName": last, "tags": tags, "customFields": fields,
            "email": format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()), "source": "website form",
        }),
    };
    let field = |key: &str, value: Value| json!({ "key": format!("contact.{key}"), "field_value": value });
    vec![
        lead(
            "A hot lead fills in the website form",
            "Ana",
            "Quill",
            json!(["website"]),
            json!([field("lead_score", json!(91)), field("lead_source", json!("Website"))]),
        ),
        lead(
            "A customer has referred somebody",
            "Ben",
            "Okoro",
            json!([]),
            json!([
                field("lead_score", json!(35)),
                field("lead_source", json!("Referral")),
                field("lifecycle_stage", json!("Lead"))
            ]),
        ),
        lead(
            "Somebody comes from the webinar",
            "Cleo",
            "Marchetti",
            json!(["webinar"]),
            json!([field("lead_score", json!(20)), field("lead_source", json!("Webinar"))]),
        ),
        Deed {
            told: "Lena has read every newsletter and becomes qualified",
            method: "PUT",
            path: "/contacts/contactLenaMarsh0001",
            body: json!({ "customFields": [field("engagement_score", json!(88)), field("lifecycle_stage", json!("Qualified"))] }),
        },
        Deed {
            told: "Oren books a first call",
            method: "POST",
            path: "/calendars/events/appointments",
            body: json!({
                "calendarId": "calendarFirstCall001", "locationId": location, "contactId": "contactOrenPike00001",
                "startTime": "2027-01-12T10:00:00+00:00", "endTime": "2027-01-12T10:30:00+00:00", "title": "First call with Oren Pike",
                "appointmentStatus": "confirmed", "assignedUserId": "userInesAlbury000001",
            }),
        },
        Deed {
            told: "Oren's deal is won",
            method: "PUT",
            path: "/opportunities/opportunityOren00001/status",
            body: json!({ "status": "won" }),
        },
    ]
}
