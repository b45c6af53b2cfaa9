//! Turns the fields of a body into a contact's record: names, e-mail, phone, tags, channels, custom fields.
//!
//! Types were checked before (`body.rs`); here values are. All that is wrong is said at once. It refuses to look for
//! duplicates.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    body,
    contacts::{birth_date, custom_fields, phone},
    data::{Data, Record, text},
    request::texts,
    world::World,
};

/// A new contact out of a create's body.
pub(crate) fn new(world: &World, body: &Record, now: Timestamp) -> Result<Record, Answer> {
    let mut record = Map::new();
    record.insert("locationId".to_owned(), world.data.location_id().into());
    record.insert("type".to_owned(), "lead".into());
    record.insert("dnd".to_owned(), false.into());
    for name in ["tags", "customFields", "followers"] {
        record.insert(name.to_owned(), json!([]));
    }
    body::refuse(&apply(&mut record, body, &world.data))?;
    super::stamp(&mut record, now);
    Ok(record)
}

/// Applies a body to a record; null takes a value away. The answer is the list of violations.
pub(crate) fn apply(record: &mut Record, body: &Record, data: &Data) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, value) in body {
        match name.as_str() {
            "locationId" | "name" | "customFields" | "createNewIfDuplicateAllowed" => {}
            "tags" => {
                record.insert(name.clone(), clean_tags(&texts(Some(value))).into());
            }
            "dndSettings" => channels(record, value, &mut wrong),
            "inboundDndSettings" => {
                record.insert(name.clone(), value.clone());
            }
            "email" | "phone" | "dateOfBirth" if !is_blank(value) => {
                let given = value.as_str().unwrap_or_default().trim();
                let country = text(record, "country");
                let country = if country.is_empty() { text(&data.location, "country") } else { country };
                let (clean, problem) = match name.as_str() {
                    "email" => (email(given), "must be an email"),
                    "phone" => (phone::to_e164(given, country), "must be a valid phone number"),
                    _ => (birth_date::to_iso(given), "must be a date in a supported format"),
                };
                match clean {
                    Some(clean) => drop(record.insert(name.clone(), clean.into())),
                    None => wrong.push(format!("{name} {problem}")),
                }
            }
            _ if is_blank(value) => drop(record.shift_remove(name)),
            _ => drop(record.insert(name.clone(), value.clone())),
        }
    }
    names(record, body);
    if let Some(items) = body.get("customFields").and_then(Value::as_array) {
        let mut values = record.get("customFields").and_then(Value::as_array).cloned().unwrap_or_default();
        wrong.extend(custom_fields::merge(&mut values, items, &data.custom_fields));
        record.insert("customFields".to_owned(), values.into());
    }
    wrong
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn email(given: &str) -> Option<String> {
    let (name, host) = given.split_once('@')?;
    let fine =
        !name.is_empty() && host.contains('.') && !host.contains('@') && !given.contains(char::is_whitespace);
    fine.then(|| given.to_owned())
}

/// A `name` without first and last name is taken apart at its first space.
fn names(record: &mut Record, body: &Record) {
    let Some(name) = body.get("name") else { return };
    if body.contains_key("firstName") || body.contains_key("lastName") {
        return;
    }
    let name = name.as_str().unwrap_or_default().trim();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    for (key, part) in [("firstName", first), ("lastName", last.trim())] {
        if part.is_empty() {
            record.shift_remove(key);
        } else {
            record.insert(key.to_owned(), part.into());
        }
    }
}

/// For records of a data file, which may say `name` only.
pub(crate) fn complete_name(record: &mut Record) {
    if let Some(name) = record.shift_remove("name") {
        let body = Map::from_iter([("name".to_owned(), name)]);
        if text(record, "firstName").is_empty() && text(record, "lastName").is_empty() {
            names(record, &body);
        }
    }
}

/// `First Last`.
pub(crate) fn full_name(record: &Record) -> String {
    format!("{} {}", text(record, "firstName"), text(record, "lastName")).trim().to_owned()
}

/// Tags are lower-cased, trimmed and named once.
pub(crate) fn clean_tags(tags: &[String]) -> Vec<String> {
    let mut clean: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim().to_lowercase();
        if !tag.is_empty() && !clean.contains(&tag) {
            clean.push(tag);
        }
    }
    clean
}

const CHANNELS: [&str; 7] = ["Call", "Email", "SMS", "WhatsApp", "GMB", "FB", "RCS"];

/// Merges channels; version 3 writes their names in another case.
fn channels(record: &mut Record, given: &Value, wrong: &mut Vec<String>) {
    let mut settings = record.get("dndSettings").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, setting) in given.as_object().into_iter().flatten() {
        let Some(channel) = CHANNELS.iter().find(|channel| channel.eq_ignore_ascii_case(name)) else {
            wrong.push(format!("dndSettings.property {name} should not exist"));
            continue;
        };
        let status = setting.get("status").and_then(Value::as_str).unwrap_or_default();
        if ["active", "inactive", "permanent"].contains(&status) {
            settings.insert((*channel).to_owned(), setting.clone());
        } else {
            wrong.push(format!(
                "dndSettings.{name}.status must be one of the following values: active, inactive, permanent"
            ));
        }
    }
    record.insert("dndSettings".to_owned(), Value::Object(settings));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(body: &Value) -> (Record, Vec<String>) {
        let mut record = Map::new();
        let wrong = apply(&mut record, body.as_object().unwrap(), &Data::sample());
        (record, wrong)
    }

    #[test]
    fn values_are_cleaned_as_they_are_saved() {
        let (record, wrong) = applied(&json!({
            "name": "Ida van Loon", "phone": "0113 555 0100", "tags": ["VIP ", "vip", "New Lead", ""],
            "dateOfBirth": "03/14/1988", "city": "", "dndSettings": {"email": {"status": "active"}},
        }));
        assert_eq!(wrong, [] as [&str; 0]);
        assert_eq!(
            Value::Object(record),
            json!({
                "phone": "+441135550100", "tags": ["vip", "new lead"], "dateOfBirth": "1988-03-14",
                "dndSettings": {"Email": {"status": "active"}}, "firstName": "Ida", "lastName": "van Loon",
            })
        );
    }

    #[test]
    fn all_wrong_values_are_said_at_once() {
        let (_, wrong) = applied(&json!({
            "email": "nobody", "phone": "12", "dateOfBirth": "soon", "dndSettings": {"Fax": {}, "SMS": {"status": "on"}},
            "customFields": [1],
        }));
        assert_eq!(wrong.len(), 6, "{wrong:?}");
    }
}
