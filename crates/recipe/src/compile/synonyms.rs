//! Other words for what apps do and hold: `add_note` for `create_note`, `message` for `text`. A word is only ever proposed where
//! the app has it.

use bellhop_connector::{Fields, Operation};

/// Verbs that people use for one another.
const VERBS: [&[&str]; 6] = [
    &["create", "add", "new", "make", "insert"],
    &["remove", "delete", "drop", "clear", "take"],
    &["get", "find", "fetch", "read", "load", "lookup", "show"],
    &["update", "change", "edit", "set", "modify", "patch"],
    &["list", "search", "get", "find", "all"],
    &["send", "post", "write", "say", "publish"],
];

/// What happened to a record, in words that people use for one another.
const HAPPENED: [&[&str]; 3] = [
    &["created", "added", "new", "inserted", "create", "add", "made"],
    &["updated", "changed", "edited", "modified", "update", "change"],
    &["deleted", "removed", "delete", "remove"],
];

/// Fields that people use for one another.
const FIELDS: [&[&str]; 19] = [
    &["tags", "tag", "labels", "label", "categories", "keywords"],
    &["lastName", "surname", "family_name", "familyName", "last"],
    &["firstName", "forename", "given_name", "givenName", "first"],
    &["to", "recipient", "recipients", "receiver", "send_to", "email"],
    &["dateOfBirth", "birthday", "birthdate", "birth_date"],
    &["html", "body", "content"],
    &["completed", "done", "complete", "finished"],
    &["text", "message", "body", "content", "note", "msg"],
    &["title", "name", "subject", "task"],
    &["dueDate", "due", "deadline", "date", "by", "when"],
    &["assignedTo", "owner", "user", "assignee", "assigned"],
    &["postalCode", "zip", "zipcode", "zip_code", "postcode"],
    &["companyName", "company", "organisation", "organization"],
    &["monetaryValue", "value", "amount", "price"],
    &["address1", "street", "address"],
    &["channel", "room", "to"],
    &["url", "address", "link", "uri"],
    &["phone", "phone_number", "phoneNumber", "mobile", "telephone", "tel"],
    &["email", "mail", "email_address", "emailAddress"],
];

/// The operation that is meant, under another verb for the same.
pub(super) fn operation<'o>(
    asked: &str,
    known: impl Iterator<Item = (&'o String, &'o Operation)>,
) -> Option<&'o str> {
    let known: Vec<(&String, &Operation)> = known.collect();
    let asked = asked.replace("create_or_update_", "upsert_").replace("add_or_update_", "upsert_");
    let (verb, rest) = asked.split_once('_')?;
    // Who wants to find something searches for it, where that can be done.
    if let Some(searched) = searched(verb, rest, &known) {
        return Some(searched);
    }
    let same: Vec<&str> =
        VERBS.iter().filter(|verbs| verbs.contains(&verb)).copied().flatten().copied().collect();
    let found: Vec<&str> = known
        .into_iter()
        .filter(|(name, _)| {
            name.split_once('_').is_some_and(|(other, what)| {
                let plural = what.strip_suffix('s') == Some(rest) || rest.strip_suffix('s') == Some(what);
                (what == rest || plural) && (same.contains(&other) || other == verb)
            })
        })
        .map(|(name, _)| name.as_str())
        .collect();
    let same_verb = found.iter().find(|name| name.split('_').next() == Some(verb));
    same_verb.or_else(|| found.first()).copied()
}

/// `find_contact` is `search_contacts`.
fn searched<'o>(verb: &str, what: &str, known: &[(&'o String, &'o Operation)]) -> Option<&'o str> {
    if !["find", "query", "lookup", "filter"].contains(&verb) {
        return None;
    }
    let names = [format!("search_{what}s"), format!("search_{what}")];
    known.iter().map(|(name, _)| name.as_str()).find(|name| names.iter().any(|wanted| wanted == name))
}

/// The event that is meant under another word for what happened: `contact_added` for `contact_created`, `new_task` for `task_created`.
pub(super) fn event<'e>(asked: &str, mut known: impl Iterator<Item = &'e String>) -> Option<&'e str> {
    let words: Vec<&str> = asked.split(['_', '-', '.']).filter(|word| *word != "on").collect();
    let [one, other] = words.as_slice() else { return None };
    let meant = HAPPENED.iter().find_map(|words| {
        let is = |word: &str| words.contains(&word);
        let what = if is(other) { one } else { Some(other).filter(|_| is(one))? };
        Some((*what, words))
    });
    let (what, words) = meant?;
    known
        .find(|name| {
            name.split_once('_').is_some_and(|(record, happened)| record == what && words.contains(&happened))
        })
        .map(String::as_str)
}

/// An operation with the same verb, to be named where nothing nearer is known: `send_message` for `send_sms`.
pub(super) fn same_verb<'o>(
    asked: &str,
    known: impl Iterator<Item = (&'o String, &'o Operation)>,
) -> Vec<&'o str> {
    let verb = asked.split('_').next().unwrap_or_default();
    known
        .filter(|(name, _)| name.split('_').next() == Some(verb))
        .map(|(name, _)| name.as_str())
        .take(6)
        .collect()
}

/// The field that is meant by another word for the same.
pub(super) fn field<'f>(asked: &str, known: &'f Fields) -> Option<&'f str> {
    let words = FIELDS.iter().filter(|words| words.contains(&asked)).copied().flatten();
    let mut meant = words.filter_map(|word| known.get_key_value(*word)).map(|(name, _)| name.as_str());
    let id = || {
        let mut ids = known.iter().filter(|(name, field)| field.required && name.ends_with("Id"));
        ids.next().map(|(name, _)| name.as_str()).filter(|_| asked == "id")
    };
    meant.next().or_else(id)
}

/// The events whose names have a word that begins like one of the asked: `contact_created` for `create_contact`.
pub(super) fn events<'e>(asked: &str, known: impl Iterator<Item = &'e String>) -> Vec<&'e str> {
    let words: Vec<&str> = asked.split(['_', '-', ' ']).filter(|word| word.len() > 2).collect();
    let begins = |name: &str| {
        let parts: Vec<&str> = name.split('_').collect();
        words.iter().filter(|word| parts.iter().any(|part| part.starts_with(**word))).count()
    };
    let mut found: Vec<(usize, &str)> = known.map(|name| (begins(name), name.as_str())).collect();
    let most = found.iter().map(|(count, _)| *count).max().unwrap_or_default();
    found.retain(|(count, _)| *count == most && most > 0);
    found.into_iter().map(|(_, name)| name).collect()
}
