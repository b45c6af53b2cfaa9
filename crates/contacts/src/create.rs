//! Creating a contact. HighLevel has been seen to answer 422 and to create the contact all the same, so after such an
//! answer we look before we say what became of it.

use bellhop_connector::{Call, Connector, Failure, FailureClass};
use serde_json::{Map, Value};

use crate::contacts::ask;

/// Whether a contact made from this input can be looked up again: it has an e-mail address or a phone number.
pub(crate) fn can_be_found(input: &Value) -> bool {
    ["email", "phone"].iter().any(|name| input[*name].as_str().is_some_and(|text| !text.trim().is_empty()))
}

/// Creates the contact. A refusal of its fields is `invalid` once the look-up has said whether the contact is there;
/// where nobody can tell it stays `unclear`.
pub(crate) async fn create(app: &dyn Connector, call: Call) -> Result<Value, Failure> {
    let failure = match ask(app, call.clone()).await {
        Ok(contact) => return Ok(contact),
        Err(failure) => failure,
    };
    if !refused_fields(&failure) || !can_be_found(&call.input) {
        return Err(failure);
    }
    let names = ["email", "phone"].iter();
    let given = names.filter_map(|name| Some(((*name).to_owned(), call.input.get(*name)?.clone())));
    let input = Value::Object(given.collect::<Map<_, _>>());
    match ask(app, Call { operation: "find_duplicate".into(), input, ..call }).await {
        Ok(Value::Object(found)) => {
            let id = found.get("id").and_then(Value::as_str).unwrap_or("without an id");
            let message = format!(
                "{} A contact with this e-mail or phone is there all the same ({id}): HighLevel sometimes creates it \
                 in spite of the refusal. Correct the fields and use update_contact or upsert_contact.",
                sentence(&failure.message)
            );
            Err(Failure { evidence: failure.evidence.clone(), ..Failure::new(invalid(&failure), message) })
        }
        Ok(_) => {
            let message =
                format!("{} No contact was created. Correct the fields.", sentence(&failure.message));
            Err(Failure { evidence: failure.evidence.clone(), ..Failure::new(invalid(&failure), message) })
        }
        Err(_) => Err(failure),
    }
}

fn refused_fields(failure: &Failure) -> bool {
    failure.class == FailureClass::Unclear
        && failure.evidence.as_ref().is_some_and(|evidence| evidence.status == Some(422))
}

/// The app's complaints, one a field where it gives a list.
fn invalid(failure: &Failure) -> FailureClass {
    let body = failure.evidence.as_ref().map_or("", |evidence| evidence.body.as_str());
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let fields = match &answer["message"] {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(one) => vec![one.clone()],
        _ => Vec::new(),
    };
    FailureClass::Invalid { fields }
}

fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
