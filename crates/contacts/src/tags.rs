//! Tags of an update. HighLevel's update and upsert replace all tags, so `tags` does not go into them: it is added by
//! a call of its own afterwards. `replace_tags` is the way to replace them, and the manifest sends it as it is.

use bellhop_connector::{Call, Connector, Failure, FailureClass};
use serde_json::{Value, json};

use crate::contacts::ask;

/// Takes the tags to add out of an update's input; none where there is nothing to add.
pub(crate) fn take(input: &mut Value) -> Result<Option<Value>, Failure> {
    let Some(fields) = input.as_object_mut() else { return Ok(None) };
    let Some(tags) = fields.shift_remove("tags") else { return Ok(None) };
    if fields.contains_key("replace_tags") {
        let message = "Both tags and replace_tags are given: tags adds to the contact's tags, replace_tags puts \
                       others in their place. Leave one of them out.";
        let class = FailureClass::Invalid { fields: vec!["tags".into(), "replace_tags".into()] };
        return Err(Failure::new(class, message));
    }
    let nothing = tags.is_null() || tags.as_array().is_some_and(Vec::is_empty);
    Ok((!nothing).then_some(tags))
}

/// Adds tags to the contact that an update or upsert has just given back, and puts the whole list into it.
pub(crate) async fn add(
    app: &dyn Connector,
    call: &Call,
    output: &mut Value,
    tags: Value,
) -> Result<(), Failure> {
    let contact = if call.operation == "upsert_contact" { &mut output["contact"] } else { output };
    let id =
        [&contact["id"], &call.input["contactId"]].into_iter().find_map(Value::as_str).map(str::to_owned);
    let Some(id) = id else {
        let message = "HighLevel saved the contact but did not say its id, so its tags could not be added.";
        return Err(Failure::new(FailureClass::Bug, message));
    };
    let input = json!({"contactId": id, "tags": tags});
    let all = ask(app, Call { operation: "add_tags".into(), input, ..call.clone() }).await?;
    if let (Some(contact), true) = (contact.as_object_mut(), all.is_array()) {
        contact.insert("tags".into(), all);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::take;

    #[test]
    fn tags_are_taken_out_unless_there_are_none() {
        for (mut input, tags) in [
            (json!({"contactId": "c1"}), None),
            (json!({"contactId": "c1", "tags": []}), None),
            (json!({"contactId": "c1", "tags": null}), None),
            (json!({"contactId": "c1", "tags": ["vip"]}), Some(json!(["vip"]))),
        ] {
            assert_eq!(take(&mut input).unwrap(), tags);
            assert_eq!(input, json!({"contactId": "c1"}));
        }
    }

    #[test]
    fn adding_and_replacing_at_once_is_refused() {
        let failure = take(&mut json!({"tags": ["vip"], "replace_tags": []})).unwrap_err();
        assert_eq!(failure.class.name(), "invalid");
    }
}
