//! What changed in the CRM: two of its states compared, told person by person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// Fields that the CRM keeps for itself; a change of them says nothing to a person.
const QUIET: [&str; 10] = [
    "dateUpdated",
    "lastActivity",
    "emailLowerCase",
    "firstNameLowerCase",
    "lastNameLowerCase",
    "fullNameLowerCase",
    "lastSessionActivityAt",
    "updatedAt",
    "dateAdded",
    "searchAfter",
];

/// The changes, one line each, under the name of the person they are about.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<(String, Vec<String>)> {
    let world = World { before, after };
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, contact) in world.table("contacts") {
        let lines = people.entry(world.person(&id)).or_default();
        match find(before, "contacts", &id) {
            Some(old) => lines.extend(world.contact_lines(old, contact)),
            None => lines.push(format!("+ new contact{}", world.tags_of(contact))),
        }
    }
    for (kind, word) in [("tasks", "task"), ("notes", "note"), ("appointments", "appointment")] {
        for (id, record) in world.table(kind) {
            let line = match find(before, kind, &id) {
                None => Some(format!("+ {word}: {}", title(record))),
                Some(old) => record_change(word, old, record),
            };
            if let Some(line) = line {
                people.entry(world.person(text(record, "contactId"))).or_default().push(line);
            }
        }
    }
    for (id, record) in world.table("enrolments") {
        if find(before, "enrolments", &id).is_none() {
            let line = format!("+ {}: {}", text(record, "kind"), text(record, "targetName"));
            people.entry(world.person(text(record, "contactId"))).or_default().push(line);
        }
    }
    people.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}

struct World<'a> {
    before: &'a Value,
    after: &'a Value,
}

impl<'a> World<'a> {
    fn table(&self, kind: &str) -> Vec<(String, &'a Value)> {
        let records = self.after.get(kind).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        records.iter().map(|record| (text(record, "id").to_owned(), record)).collect()
    }

    fn person(&self, id: &str) -> String {
        let contact = find(self.after, "contacts", id).or_else(|| find(self.before, "contacts", id));
        match contact {
            Some(contact) => {
                format!("{} {}", text(contact, "firstName"), text(contact, "lastName")).trim().to_owned()
            }
            None => "nobody in particular".to_owned(),
        }
    }

    fn tags_of(&self, contact: &Value) -> String {
        let tags = tags(contact);
        let owner = text(contact, "assignedTo");
        let mut words = String::new();
        if !tags.is_empty() {
            let _ = write!(words, ", tags {}", tags.join(", "));
        }
        if !owner.is_empty() {
            let _ = write!(words, ", owner {}", self.user(owner));
        }
        words
    }

    fn user(&self, id: &str) -> String {
        find(self.after, "users", id).map_or_else(|| id.to_owned(), |user| text(user, "name").to_owned())
    }

    fn contact_lines(&self, old: &Value, new: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        let (had, has) = (tags(old), tags(new));
        lines.extend(has.iter().filter(|tag| !had.contains(tag)).map(|tag| format!("+ tag {tag}")));
        lines.extend(had.iter().filter(|tag| !has.contains(tag)).map(|tag| format!("- tag {tag}")));
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return lines };
        for (name, value) in new {
            let earlier = old.get(name).unwrap_or(&Value::Null);
            if name == "tags" || name == "customFields" || QUIET.contains(&name.as_str()) || earlier == value
            {
                continue;
            }
            if name == "assignedTo" {
                let owner = self.user(value.as_str().unwrap_or_default());
                lines.push(format!("~ owner: {owner}"));
            } else {
                lines.push(format!("~ {name}: {} → {}", plain(earlier), plain(value)));
            }
        }
        lines.extend(self.custom_field_lines(old.get("customFields"), new.get("customFields")));
        lines
    }

    fn custom_field_lines(&self, old: Option<&Value>, new: Option<&Value>) -> Vec<String> {
        let (old, new) = (field_values(old), field_values(new));
        new.iter()
            .filter(|(id, value)| old.get(*id) != Some(value))
            .map(|(id, value)| {
                let name =
                    find(self.after, "customFields", id).map_or(id.as_str(), |field| text(field, "name"));
                format!(
                    "~ {name}: {} → {}",
                    old.get(id).map_or_else(|| "nothing".into(), plain),
                    plain(value)
                )
            })
            .collect()
    }
}

fn record_change(word: &str, old: &Value, new: &Value) -> Option<String> {
    let changed = |name: &str| old.get(name) != new.get(name);
    if word == "task" && changed("completed") {
        return Some(format!("✓ task closed: {}", title(new)));
    }
    if word == "task" && changed("dueDate") {
        return Some(format!("~ task due later: {}", title(new)));
    }
    (word == "appointment" && changed("appointmentStatus"))
        .then(|| format!("~ appointment {}: {}", text(new, "appointmentStatus"), title(new)))
}

fn find<'a>(state: &'a Value, kind: &str, id: &str) -> Option<&'a Value> {
    state.get(kind)?.as_array()?.iter().find(|record| text(record, "id") == id)
}

fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn title(record: &Value) -> String {
    let title = [text(record, "title"), text(record, "body")].into_iter().find(|text| !text.is_empty());
    let line = title.unwrap_or("(without words)").lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(70).collect();
    if line.chars().count() > 70 {
        short.push('…');
    }
    short
}

fn tags(contact: &Value) -> Vec<&str> {
    contact
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| tags.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

fn field_values(fields: Option<&Value>) -> BTreeMap<String, Value> {
    let items = fields.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .map(|item| (text(item, "id").to_owned(), item.get("value").cloned().unwrap_or(Value::Null)))
        .collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) if text.is_empty() => "nothing".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_fields_tasks_and_notes_are_told_by_person() {
        let before = json!({
            "contacts": [{"id": "c1", "firstName": "Ana", "lastName": "Quill", "tags": ["old"], "city": "Leeds"}],
            "tasks": [{"id": "t1", "contactId": "c1", "title": "Call", "completed": false}],
            "users": [{"id": "u1", "name": "Ines Albury"}],
        });
        let after = json!({
            "contacts": [{"id": "c1", "firstName": "Ana", "lastName": "Quill", "tags": ["new"], "city": "York", "assignedTo": "u1",
                "dateUpdated": "2026-01-01T00:00:00Z"}],
            "tasks": [{"id": "t1", "contactId": "c1", "title": "Call", "completed": true}],
            "notes": [{"id": "n1", "contactId": "c1", "body": "Hello\nthere"}],
            "users": [{"id": "u1", "name": "Ines Albury"}],
        });
        let told = changes(&before, &after);
        assert_eq!(told.len(), 1);
        let (person, lines) = &told[0];
        assert_eq!(person, "Ana Quill");
        assert_eq!(
            lines,
            &[
                "+ tag new",
                "- tag old",
                "~ city: Leeds → York",
                "~ owner: Ines Albury",
                "✓ task closed: Call",
                "+ note: Hello",
            ]
        );
    }

    #[test]
    fn nothing_changed_is_nothing_told() {
        let state = json!({"contacts": [{"id": "c1", "firstName": "Ana", "tags": ["x"]}]});
        assert!(changes(&state, &state).is_empty());
    }
}
