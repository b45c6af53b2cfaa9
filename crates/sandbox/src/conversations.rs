//! `POST /conversations/messages`: keeps the message and tells of it as `OutboundMessage`. Nothing leaves the machine.

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
