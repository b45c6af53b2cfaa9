//! Answers about many records: a part that failed inside a success, and ids under another name.

use bellhop_connector::{Failure, FailureClass};
use serde_json::Value;

/// The answer of a bulk change, unless it did not work for some of the contacts: HighLevel answers 201 then, too.
pub(crate) fn every_one(answer: Value) -> Result<Value, Failure> {
    let failed = answer["errorCount"].as_u64().unwrap_or(0);
    if failed == 0 {
        return Ok(answer);
    }
    let fields: Vec<String> =
        answer["responses"].as_array().into_iter().flatten().filter_map(complaint).collect();
    let message = format!(
        "HighLevel could not change the tags of {failed} of the contacts; the others are changed. {}",
        fields.join(" ")
    );
    Err(Failure::new(FailureClass::Invalid { fields }, message.trim_end().to_owned()))
}

fn complaint(response: &Value) -> Option<String> {
    if response["type"] != "error" {
        return None;
    }
    let id = response["contactId"].as_str().unwrap_or("one of them");
    let why = response["message"].as_str().unwrap_or("no reason given").trim_end_matches('.');
    Some(format!("{id}: {why}."))
}

/// A list whose records carry `_id` gets `id`, the name that all other operations use.
pub(crate) fn with_ids(mut list: Value) -> Value {
    for record in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        if let (false, Some(id)) = (record.contains_key("id"), record.get("_id").cloned()) {
            record.insert("id".into(), id);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{every_one, with_ids};

    #[test]
    fn a_part_that_failed_is_a_failure() {
        let fine = json!({"succeded": true, "errorCount": 0, "responses": []});
        assert_eq!(every_one(fine.clone()).unwrap(), fine);
        let failure = every_one(json!({"succeded": true, "errorCount": 1, "responses": [
            {"contactId": "c1", "type": "success", "message": "Tags updated"},
            {"contactId": "c2", "type": "error", "message": "Contact deleted"},
        ]}))
        .unwrap_err();
        assert!(failure.message.contains("c2: Contact deleted."), "{}", failure.message);
        assert!(!failure.message.contains("c1"), "{}", failure.message);
    }

    #[test]
    fn ids_have_one_name() {
        assert_eq!(
            with_ids(json!([{"_id": "t1"}, {"id": "t2", "_id": "x"}, 3])),
            json!([{"_id": "t1", "id": "t1"}, {"id": "t2", "_id": "x"}, 3])
        );
    }
}
