//! The custom fields of one location, and the names by which people call them.

use std::collections::HashMap;

use bellhop_source::closest;
use serde_json::Value;

/// One custom field of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// HighLevel's id of it.
    pub(crate) id: String,
    /// Its name for people: `Lead source`.
    pub(crate) name: String,
    /// Its key: `contact.lead_source`.
    pub(crate) key: String,
    /// What its values are.
    pub(crate) kind: Kind,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, one choice, a date.
    Text,
    /// A number or an amount of money.
    Number,
    /// Several choices.
    List,
    /// Files, signatures, groups of texts: taken as they are.
    Group,
}

impl Kind {
    /// From the API's `dataType`; `MONETORY` is how the vendor writes it.
    fn of(data_type: &str) -> Self {
        match data_type {
            "NUMERICAL" | "FLOAT" | "MONETORY" | "MONETARY" => Self::Number,
            "CHECKBOX" | "MULTIPLE_OPTIONS" => Self::List,
            "FILE_UPLOAD" | "SIGNATURE" | "TEXTBOX_LIST" => Self::Group,
            _ => Self::Text,
        }
    }
}

impl Definition {
    fn read(field: &Value) -> Option<Self> {
        let text = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
        let model = field["model"].as_str().unwrap_or("contact");
        let id = text("id");
        (model == "contact" && !id.is_empty()).then(|| Self {
            id,
            name: text("name"),
            key: text("fieldKey"),
            kind: Kind::of(&text("dataType")),
        })
    }

    /// The key as recipes write it: `lead_source`.
    pub(crate) fn short_key(&self) -> &str {
        let short = self.key.split_once('.').map_or(self.key.as_str(), |(_, short)| short);
        if short.is_empty() { &self.id } else { short }
    }
}

/// The custom fields of one location's contacts.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    list: Vec<Definition>,
    by_id: HashMap<String, usize>,
}

impl Definitions {
    /// From what `list_custom_fields` gives.
    pub(crate) fn read(fields: &Value) -> Self {
        let list: Vec<_> = fields.as_array().into_iter().flatten().filter_map(Definition::read).collect();
        let by_id = list.iter().enumerate().map(|(index, one)| (one.id.clone(), index)).collect();
        Self { list, by_id }
    }

    /// By id only.
    pub(crate) fn with_id(&self, id: &str) -> Option<&Definition> {
        self.by_id.get(id).map(|index| &self.list[*index])
    }

    /// Whether a name, key or id means one of these.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.with_id(name).is_some() || self.list.iter().any(|one| one.is_called(name))
    }

    /// By id, key, short key or name. A name that two fields share is no answer. The error is a sentence.
    pub(crate) fn find(&self, name: &str) -> Result<&Definition, String> {
        if let Some(definition) = self.with_id(name) {
            return Ok(definition);
        }
        let by_key = self.list.iter().find(|one| one.key == name || one.short_key() == name);
        if let Some(definition) = by_key {
            return Ok(definition);
        }
        let mut called = self.list.iter().filter(|one| one.is_called(name));
        match (called.next(), called.next()) {
            (Some(definition), None) => Ok(definition),
            (Some(first), Some(second)) => Err(format!(
                "Two custom fields are called {name:?}. Use the key of the one that is meant: {} or {}.",
                first.short_key(),
                second.short_key()
            )),
            (None, _) => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> String {
        let start = format!("The location has no custom field called {name:?}.");
        let known = || self.list.iter().flat_map(|one| [one.name.as_str(), one.short_key()]);
        match closest(name, known()) {
            Some(near) => format!("{start} Did you mean {near:?}?"),
            None if self.list.is_empty() => format!("{start} It has no custom fields for contacts at all."),
            None => {
                let names: Vec<&str> = self.list.iter().map(|one| one.name.as_str()).collect();
                format!("{start} It has {}.", names.join(", "))
            }
        }
    }
}

impl Definition {
    fn is_called(&self, name: &str) -> bool {
        let name = name.trim();
        self.key == name || self.short_key() == name || self.name.trim().to_lowercase() == name.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Definitions {
        Definitions::read(&json!([
            {"id": "f1", "name": "Lead score", "fieldKey": "contact.lead_score", "dataType": "NUMERICAL", "model": "contact"},
            {"id": "f2", "name": "Lead source", "fieldKey": "contact.lead_source", "dataType": "SINGLE_OPTIONS"},
            {"id": "f3", "name": "Origin", "fieldKey": "opportunity.origin", "dataType": "TEXT", "model": "opportunity"},
            {"id": "f4", "name": "Size", "fieldKey": "contact.size", "dataType": "TEXT"},
            {"id": "f5", "name": "size", "fieldKey": "contact.size_2", "dataType": "CHECKBOX"},
            {"name": "without an id"},
        ]))
    }

    #[test]
    fn are_found_by_every_name() {
        let fields = sample();
        for (name, id) in [
            ("f2", "f2"),
            ("Lead source", "f2"),
            ("lead SOURCE ", "f2"),
            ("lead_source", "f2"),
            ("contact.lead_source", "f2"),
            ("size", "f4"),
            ("size_2", "f5"),
        ] {
            assert_eq!(fields.find(name).unwrap().id, id, "{name}");
            assert!(fields.has(name));
        }
    }

    #[test]
    fn say_what_is_wrong_with_a_name() {
        let fields = sample();
        for (name, words) in [
            ("Lead sorce", "Did you mean \"Lead source\"?"),
            ("Origin", "no custom field called"),
            ("Size", "contact has no"),
        ] {
            let said = fields.find(name).unwrap_err();
            if name == "Size" {
                assert!(said.contains("size or size_2"), "{said}");
            } else {
                assert!(said.contains(words), "{said}");
            }
        }
        assert!(
            Definitions::default().find("x").unwrap_err().contains("no custom fields for contacts at all")
        );
    }

    #[test]
    fn kinds_come_from_the_data_type() {
        let fields = sample();
        let kinds: Vec<Kind> = ["f1", "f2", "f5"].iter().map(|id| fields.with_id(id).unwrap().kind).collect();
        assert_eq!(kinds, [Kind::Number, Kind::Text, Kind::List]);
    }
}
