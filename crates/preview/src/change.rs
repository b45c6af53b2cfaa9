//! Changes of records: kept one by one, so that they can be laid over any later reading of the record.

use serde_json::{Map, Value, json};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Patch {
    /// The field has this value; null: none any more.
    Set(String, Value),
    /// The list has these items too.
    Add(String, Vec<Value>),
    /// The list no longer has these items.
    Remove(String, Vec<Value>),
    /// A list of values by id has this value; null: none any more.
    Put {
        /// The field with the list.
        field: String,
        /// The key of an item's value.
        shown: String,
        /// The item's id.
        id: String,
        /// Its value.
        value: Value,
    },
}

impl Patch {
    /// The field that changes.
    pub(crate) fn field(&self) -> &str {
        match self {
            Self::Set(field, _) | Self::Add(field, _) | Self::Remove(field, _) | Self::Put { field, .. } => {
                field
            }
        }
    }

    /// Changes a record.
    pub(crate) fn apply(&self, record: &mut Map<String, Value>) {
        match self {
            Self::Set(field, Value::Null) => {
                record.shift_remove(field);
            }
            Self::Set(field, value) => {
                record.insert(field.clone(), value.clone());
            }
            Self::Add(field, items) => {
                let list = list(record, field);
                for item in items {
                    if !list.contains(item) {
                        list.push(item.clone());
                    }
                }
            }
            Self::Remove(field, items) => list(record, field).retain(|item| !items.contains(item)),
            Self::Put { field, shown, id, value } => put(list(record, field), shown, id, value),
        }
    }
}

fn list<'a>(record: &'a mut Map<String, Value>, field: &str) -> &'a mut Vec<Value> {
    let place = record.entry(field).or_insert_with(|| json!([]));
    if !place.is_array() {
        *place = json!([]);
    }
    place.as_array_mut().expect("invariant: it was made a list above")
}

fn put(list: &mut Vec<Value>, shown: &str, id: &str, value: &Value) {
    let found = list.iter().position(|item| item["id"] == *id);
    match (found, value) {
        (Some(index), Value::Null) => {
            list.remove(index);
        }
        (Some(index), value) => list[index][shown] = value.clone(),
        (None, Value::Null) => {}
        (None, value) => {
            let mut item = Map::new();
            item.insert("id".to_owned(), Value::from(id));
            item.insert(shown.to_owned(), value.clone());
            list.push(Value::Object(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Patch;

    fn after(mut record: Value, patches: &[Patch]) -> Value {
        for patch in patches {
            patch.apply(record.as_object_mut().unwrap());
        }
        record
    }

    #[test]
    fn each_change_does_its_own() {
        let record = json!({"city": "Leeds", "tags": ["a", "b"], "custom": [{"id": "f1", "value": 1}, {"id": "f2", "value": 2}]});
        let put = |id: &str, value: Value| Patch::Put {
            field: "custom".into(),
            shown: "value".into(),
            id: id.into(),
            value,
        };
        let patches = [
            Patch::Set("city".into(), json!(null)),
            Patch::Set("state".into(), json!("Kent")),
            Patch::Add("tags".into(), vec![json!("b"), json!("c")]),
            Patch::Remove("tags".into(), vec![json!("a"), json!("x")]),
            Patch::Add("followers".into(), vec![json!("u1")]),
            put("f1", json!(9)),
            put("f2", json!(null)),
            put("f3", json!("new")),
            put("f4", json!(null)),
        ];
        let expected = json!({
            "tags": ["b", "c"], "custom": [{"id": "f1", "value": 9}, {"id": "f3", "value": "new"}],
            "state": "Kent", "followers": ["u1"],
        });
        assert_eq!(after(record, &patches), expected);
    }

    proptest! {
        #[test]
        fn doing_it_again_changes_nothing(tags in prop::collection::vec("[a-d]", 0..5), more in prop::collection::vec("[a-d]", 0..5)) {
            let items: Vec<Value> = more.into_iter().map(Value::from).collect();
            for patch in [Patch::Add("tags".into(), items.clone()), Patch::Remove("tags".into(), items.clone())] {
                let once = after(json!({"tags": tags}), std::slice::from_ref(&patch));
                prop_assert_eq!(after(once.clone(), &[patch]), once);
            }
        }
    }
}
