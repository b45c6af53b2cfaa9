//! Values of custom fields: in the type that the field wants on the way out, in the type it should have on the way in.

use serde_json::{Number, Value};

use super::definitions::{Definition, Kind};

/// The value as the API wants it. A null clears. The error is a sentence that names the field and the value.
pub(crate) fn to_api(field: &Definition, value: Value) -> Result<Value, String> {
    match (field.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (Kind::Number, value @ Value::Number(_)) => Ok(value),
        (Kind::Number, Value::String(text)) => number(&text)
            .map(Value::Number)
            .ok_or_else(|| format!("The custom field {:?} wants a number, not {text:?}.", field.name)),
        (Kind::List, Value::Array(items)) => {
            items.iter().map(|item| text(field, item)).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        (Kind::List, one) => Ok(Value::Array(vec![text(field, &one)?])),
        (Kind::Group, value) => Ok(value),
        (_, value) => text(field, &value),
    }
}

/// The value as recipes see it: numbers as numbers, whatever the API made of them.
pub(crate) fn from_api(field: &Definition, value: &Value) -> Value {
    match (field.kind, value) {
        (Kind::Number, Value::String(text)) => number(text).map_or_else(|| value.clone(), Value::Number),
        _ => value.clone(),
    }
}

fn text(field: &Definition, value: &Value) -> Result<Value, String> {
    match (field.kind, value) {
        (Kind::Text | Kind::List, Value::String(_)) => Ok(value.clone()),
        (Kind::Text | Kind::List, Value::Number(_) | Value::Bool(_)) => Ok(Value::String(value.to_string())),
        (Kind::Number, _) => Err(format!("The custom field {:?} wants a number, not {value}.", field.name)),
        _ => Err(format!("The custom field {:?} wants a text, not {value}.", field.name)),
    }
}

fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    text.parse::<i64>().ok().map(Number::from).or_else(|| text.parse().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn field(kind: Kind) -> Definition {
        Definition { id: "f1".into(), name: "Lead score".into(), key: "contact.lead_score".into(), kind }
    }

    #[test]
    fn values_take_the_fields_type() {
        for (kind, given, expected) in [
            (Kind::Number, json!("90"), json!(90)),
            (Kind::Number, json!(" 1.5 "), json!(1.5)),
            (Kind::Number, json!(90), json!(90)),
            (Kind::Text, json!(90), json!("90")),
            (Kind::Text, json!(true), json!("true")),
            (Kind::Text, json!("Referral"), json!("Referral")),
            (Kind::List, json!("Design"), json!(["Design"])),
            (Kind::List, json!(["Design", 2]), json!(["Design", "2"])),
            (Kind::Group, json!({"a": 1}), json!({"a": 1})),
            (Kind::Number, json!(null), json!(null)),
            (Kind::List, json!(null), json!(null)),
        ] {
            assert_eq!(to_api(&field(kind), given.clone()), Ok(expected), "{kind:?} {given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (kind, given) in [
            (Kind::Number, json!("many")),
            (Kind::Number, json!([1])),
            (Kind::Number, json!("")),
            (Kind::Text, json!(["a"])),
            (Kind::List, json!([["a"]])),
        ] {
            let said = to_api(&field(kind), given.clone()).unwrap_err();
            assert!(said.contains("Lead score"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn a_number_survives_the_way_out_and_in(number in any::<i32>()) {
            let field = field(Kind::Number);
            let out = to_api(&field, json!(number.to_string())).unwrap();
            prop_assert_eq!(from_api(&field, &json!(out.to_string())), json!(number));
        }
    }
}
