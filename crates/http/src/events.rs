//! Turns a delivery into an event: the signature first, then what it says. Nothing is stored or answered here, and
//! which connection an account belongs to is the door's to find: one address may get the deliveries of many.

use std::collections::HashMap;

use bellhop_connector::{
    Delivery, Event, EventSpec, LEVELS, Manifest, RecordKey, Refusal, WebhookSpec, dotted, plain_text,
    read_json, read_time, too_deep,
};
use ring::digest;
use serde_json::Value;

use crate::{account::Account, answer::unwrapped, signature::Keys};

/// The events of a manifest by the vendor's names.
pub(crate) struct Events {
    names: HashMap<String, String>,
}

impl Events {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        let names = manifest.events.iter().map(|(name, event)| (event.vendor_name.clone(), name.clone()));
        Self { names: names.collect() }
    }

    pub(crate) fn verify(
        &self,
        manifest: &Manifest,
        account: &Account,
        delivery: &Delivery<'_>,
    ) -> Result<Event, Refusal> {
        let Some(webhook) = &manifest.webhook else {
            return Err(Refusal::Malformed(format!("{} sends no deliveries", manifest.title)));
        };
        let keys = account.keys.get_or_init(|| Keys::new(webhook, &account.connection));
        keys.check(webhook, delivery).map_err(Refusal::Unsigned)?;
        let whole = read_json(delivery.body)
            .map_err(|error| Refusal::Malformed(format!("the body is no JSON (line {})", error.line())))?;
        if too_deep(&whole) {
            return Err(Refusal::Malformed(format!("the body is nested more than {LEVELS} levels deep")));
        }
        let vendor_name = dotted(&whole, &webhook.event).and_then(Value::as_str).ok_or_else(|| {
            Refusal::Malformed(format!("nothing at {} says which event it is", webhook.event))
        })?;
        let Some((name, spec)) = self.find(manifest, vendor_name) else {
            return Err(Refusal::Unknown(format!("{} knows no event {vendor_name:?}", manifest.title)));
        };
        let sender = webhook.account.as_deref().and_then(|path| dotted(&whole, path)).and_then(plain_text);
        let delivery_id = delivery_id(webhook, &whole, delivery)?;
        let occurred_at = webhook
            .occurred_at
            .as_deref()
            .and_then(|path| dotted(&whole, path))
            .and_then(read_time)
            .unwrap_or(delivery.received_at);
        let data = data(spec, webhook, whole, sender.as_deref())?;
        let once = spec.poll.as_ref().and_then(|poll| poll.once_id(name, &data));
        Ok(Event {
            name: name.to_owned(),
            delivery_id: once.unwrap_or(delivery_id),
            account: sender,
            record: record(spec, &data),
            occurred_at,
            data,
        })
    }

    fn find<'m>(&self, manifest: &'m Manifest, vendor_name: &str) -> Option<(&'m str, &'m EventSpec)> {
        let name = self.names.get(vendor_name)?;
        manifest.events.get_key_value(name).map(|(name, spec)| (name.as_str(), spec))
    }
}

fn delivery_id(webhook: &WebhookSpec, whole: &Value, delivery: &Delivery<'_>) -> Result<String, Refusal> {
    if webhook.delivery_id.is_empty() {
        let digest = digest::digest(&digest::SHA256, delivery.body);
        return Ok(digest.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")));
    }
    dotted(whole, &webhook.delivery_id)
        .and_then(plain_text)
        .filter(|id| !id.is_empty())
        .ok_or_else(|| Refusal::Malformed(format!("it has no id at {}", webhook.delivery_id)))
}

fn data(
    spec: &EventSpec,
    webhook: &WebhookSpec,
    whole: Value,
    sender: Option<&str>,
) -> Result<Value, Refusal> {
    if spec.unwrap.is_empty() {
        return Ok(whole);
    }
    let mut data = unwrapped(whole, &spec.unwrap);
    if data.is_null() {
        return Err(Refusal::Malformed(format!("it has nothing at {}", spec.unwrap)));
    }
    if let (Some(members), Some(path), Some(sender)) = (data.as_object_mut(), &webhook.account, sender) {
        let key = path.rsplit('.').next().unwrap_or(path);
        members.entry(key).or_insert_with(|| Value::from(sender));
    }
    Ok(data)
}

pub(crate) fn record(spec: &EventSpec, data: &Value) -> Option<RecordKey> {
    spec.record.iter().find_map(|record| {
        let id = dotted(data, &record.id).and_then(plain_text).filter(|id| !id.is_empty())?;
        Some(RecordKey { kind: record.kind.clone(), id })
    })
}
