//! Messages: `POST /conversations/messages` keeps the message and tells of it as `OutboundMessage`; conversations and what
//! was said in them can be read. Nothing leaves the machine.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    answer::{Reply, ok, unknown, unprocessable},
    body::{self, Kind, field, text},
    clock,
    data::{self, find},
    ids,
    request::Request,
    world::World,
};

const TYPES: &[&str] = &["SMS", "RCS", "Email", "WhatsApp", "IG", "FB", "Custom", "Live_Chat", "TIKTOK"];

/// `POST /conversations/messages`
pub(crate) fn send(world: &mut World, request: &Request) -> Reply {
    let mut fields = vec![
        text("type").required().one_of(TYPES),
        text("contactId").required(),
        text("status").one_of(&["delivered", "failed", "pending", "read"]),
        field("attachments", Kind::Texts),
        field("emailCc", Kind::Texts),
        field("emailBcc", Kind::Texts),
        field("subType", Kind::Anything),
        field("scheduledTimestamp", Kind::Number),
    ];
    fields.extend(
        [
            "appointmentId",
            "emailFrom",
            "emailTo",
            "html",
            "message",
            "subject",
            "replyMessageId",
            "templateId",
            "threadId",
            "conversationProviderId",
            "emailReplyMode",
            "fromNumber",
            "toNumber",
        ]
        .map(text),
    );
    body::check(&request.body, &fields)?;
    let is_email = request.text("type") == "Email";
    let content =
        if request.text("html").is_empty() { request.text("message") } else { request.text("html") };
    if content.is_empty() && request.text("templateId").is_empty() && request.texts("attachments").is_empty()
    {
        return Err(unprocessable(&["There is no message or attachments for this message.".to_owned()]));
    }
    let contact = request.text("contactId");
    let record = find(&world.data.contacts, contact).ok_or_else(|| unknown("Contact", contact))?;
    let missing = if is_email {
        data::text(record, "email").is_empty()
    } else {
        data::text(record, "phone").is_empty()
    };
    if missing && matches!(request.text("type"), "Email" | "SMS" | "RCS" | "WhatsApp") {
        let what = if is_email { "an email address" } else { "a phone number" };
        return Err(crate::answer::bad_request(format!(
            "The contact has no {what}; the message was not sent"
        )));
    }
    let sent_before = world.data.messages.values().find(|message| message["contactId"] == contact);
    let conversation = sent_before.and_then(|message| message["conversationId"].as_str()).map(str::to_owned);
    let conversation = conversation.unwrap_or_else(ids::record);
    let id = ids::record();
    let mut message = request.fields();
    message.shift_insert(0, "id".to_owned(), id.clone().into());
    message.insert("conversationId".to_owned(), conversation.clone().into());
    message.insert("dateAdded".to_owned(), clock::iso(request.now).into());
    message.insert("direction".to_owned(), "outbound".into());
    message.insert("locationId".to_owned(), world.data.location_id().into());
    world.data.messages.insert(id.clone(), Value::Object(message));
    let told = json!({
        "attachments": request.texts("attachments"), "body": content, "contactId": contact,
        "conversationId": conversation, "dateAdded": clock::iso(request.now), "direction": "outbound",
        "messageType": request.text("type"), "status": "delivered", "messageId": id, "source": "api",
    });
    world.announce("OutboundMessage", told.as_object().cloned().unwrap_or_default());
    let mut answer = json!({"conversationId": conversation, "messageId": id, "status": "pending"});
    if is_email {
        answer["emailMessageId"] = id.into();
    }
    ok(answer)
}

/// A message as the API shows it.
fn shown(message: &Value) -> Value {
    let of = |name: &str| message.get(name).cloned().unwrap_or_default();
    let kind = message["type"].as_str().or(message["messageType"].as_str()).unwrap_or("SMS").to_uppercase();
    let body = ["body", "message", "html"].iter().map(|name| of(name)).find(|text| !text.is_null());
    json!({
        "id": of("id"), "conversationId": of("conversationId"), "contactId": of("contactId"),
        "locationId": of("locationId"), "dateAdded": of("dateAdded"), "direction": of("direction"),
        "body": body, "messageType": format!("TYPE_{kind}"), "status": "delivered", "source": "api",
    })
}

/// The time of a message, by which they are put in order.
fn at(message: &Value) -> &str {
    message["dateAdded"].as_str().unwrap_or_default()
}

/// `GET /conversations/search`: the latest first.
pub(crate) fn search(world: &mut World, request: &Request) -> Reply {
    let limit = request.number("limit", 20, 100).map_err(|wrong| unprocessable(&wrong))?;
    let mut latest: BTreeMap<&str, &Value> = BTreeMap::new();
    let wanted = request.query("contactId");
    for message in world.data.messages.values() {
        let of_contact = wanted.is_none_or(|wanted| message["contactId"] == wanted);
        if let Some(conversation) = message["conversationId"].as_str().filter(|_| of_contact) {
            let last = latest.entry(conversation).or_insert(message);
            if at(message) >= at(last) {
                *last = message;
            }
        }
    }
    let total = latest.len();
    let mut found: Vec<(&str, &Value)> = latest.into_iter().collect();
    found.sort_by(|one, other| at(other.1).cmp(at(one.1)));
    let conversation = |(id, last): (&str, &Value)| {
        let last = shown(last);
        json!({
            "id": id, "contactId": last["contactId"], "locationId": last["locationId"], "type": "TYPE_PHONE",
            "lastMessageBody": last["body"], "lastMessageType": last["messageType"], "unreadCount": 0,
        })
    };
    let found: Vec<Value> = found.into_iter().take(limit).map(conversation).collect();
    ok(json!({"conversations": found, "total": total}))
}

/// `GET /conversations/{conversationId}/messages`: the latest first.
pub(crate) fn messages(world: &mut World, request: &Request) -> Reply {
    let limit = request.number("limit", 20, 100).map_err(|wrong| unprocessable(&wrong))?;
    let id = request.param("conversationId");
    let mut found: Vec<Value> =
        world.data.messages.values().filter(|message| message["conversationId"] == id).map(shown).collect();
    if found.is_empty() {
        return Err(unknown("Conversation", id));
    }
    found.sort_by(|one, other| at(other).cmp(at(one)));
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|message| message["id"].clone());
    ok(json!({"lastMessageId": last, "nextPage": more, "messages": found}))
}
