//! What becomes of values when a step runs: the table is the rule (R2, R4).

use std::sync::Arc;

use bellhop_recipe::{Action, FieldError, Plan, ValueExpr, compile};
use bellhop_source::{Source, render};
use bellhop_template::{Context, Scope};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::sample;

/// A plan whose first step creates a contact with these fields.
fn plan(fields: &str) -> Plan {
    let lines = fields.lines().map(|line| format!("      {line}")).collect::<Vec<_>>().join("\n");
    let text = format!(
        "name: a\ntrigger: {{ webhook: {{ path: a }} }}\nsteps:\n  - contacts.create_contact:\n{lines}"
    );
    let source = Source::new("a.yaml", text);
    let (plan, found) = compile("a", &source, sample());
    plan.unwrap_or_else(|| panic!("{}", render(&found, &source, false)))
}

fn input(plan: &Plan) -> &ValueExpr {
    match plan.body.graph.node_weights().next().map(|step| &step.action) {
        Some(Action::Call(call)) => &call.input,
        _ => panic!("the first step is a call"),
    }
}

fn context() -> Context {
    Context {
        now: "2026-11-20T10:00:00Z".parse().expect("a moment"),
        zone: bellhop_clock::time_zone("Europe/Madrid").expect("a zone"),
    }
}

fn evaluate(fields: &str, trigger: Value) -> Result<Value, FieldError> {
    let plan = plan(fields);
    let mut scope = Scope::new();
    scope.insert("trigger", Arc::new(trigger));
    input(&plan).evaluate(&scope, &context()).map(|value| value.expect("a call's input is always there"))
}

#[test]
fn written_values_arrive_as_written() {
    let value = evaluate(
        "phone: +15551234567\npostalCode: 01234\ncountry: NO\nlastName: 1.10\nfirstName: 1e5\nscore: 80.50\nseats: 3\n\
         dnd: yes\ntags: [new, 007, true]\ndateOfBirth: null\ncustom_fields: { Level: 01, Count: 5, Open: true }",
        json!({}),
    );
    assert_eq!(
        value,
        Ok(json!({
            "phone": "+15551234567", "postalCode": "01234", "country": "NO", "lastName": "1.10",
            "firstName": "1e5", "score": 80.5, "seats": 3, "dnd": true, "tags": ["new", "007", "true"],
            "dateOfBirth": null, "custom_fields": { "Level": "01", "Count": 5, "Open": true },
        }))
    );
}

#[test]
fn what_is_absent_is_left_out() {
    let value = evaluate(
        "firstName: $.trigger.name\nlastName: $.trigger.nothing\nemail: \"{{ trigger.mail | default(none) }}\"\n\
         tags: [$.trigger.tag, plain, $.trigger.other]\naddress: { city: $.trigger.city, street: $.trigger.street }",
        json!({ "nothing": null, "tag": "hot", "street": "High Street" }),
    );
    assert_eq!(value, Ok(json!({ "tags": ["hot", "plain"], "address": { "street": "High Street" } })));
}

#[test]
fn an_absent_value_in_a_text_is_an_error_that_names_field_and_expression() {
    let error = evaluate("address: { city: 'In {{ trigger.city }}' }", json!({})).expect_err("an error");
    assert_eq!(error.field, "address.city");
    assert!(error.message.contains("trigger.city"), "{}", error.message);
    let error = evaluate("tags: [fine, 'Tag {{ trigger.tag }}']", json!({})).expect_err("an error");
    assert_eq!(error.field, "tags.1");
}

#[test]
fn the_field_decides_what_becomes_of_data() {
    for (field, data, becomes) in [
        ("firstName", json!("Ana"), Some(json!("Ana"))),
        ("firstName", json!(80), Some(json!("80"))),
        ("firstName", json!(1.5), Some(json!("1.5"))),
        ("firstName", json!(true), Some(json!("true"))),
        ("firstName", json!(["Ana"]), None),
        ("firstName", json!({ "a": 1 }), None),
        ("score", json!(80), Some(json!(80))),
        ("score", json!("80"), Some(json!(80))),
        ("score", json!("-1.5"), Some(json!(-1.5))),
        ("score", json!("80 "), None),
        ("score", json!("080"), None),
        ("score", json!("eighty"), None),
        ("score", json!(true), None),
        ("seats", json!(3), Some(json!(3))),
        ("seats", json!(3.5), None),
        ("seats", json!("3.5"), None),
        ("dnd", json!(false), Some(json!(false))),
        ("dnd", json!("true"), Some(json!(true))),
        ("dnd", json!("yes"), None),
        ("dnd", json!(1), None),
        ("tags", json!(["a", "b"]), Some(json!(["a", "b"]))),
        ("tags", json!("a, b"), None),
        ("address", json!({ "city": "Leeds" }), Some(json!({ "city": "Leeds" }))),
        ("address", json!("Leeds"), None),
        ("custom_fields", json!({ "a": [1] }), Some(json!({ "a": [1] }))),
        ("dateOfBirth", json!("1990-05-01"), Some(json!("1990-05-01"))),
        ("dateOfBirth", json!("2026-11-22T23:30:00Z"), Some(json!("2026-11-23"))),
        ("dateOfBirth", json!("tomorrow"), Some(json!("2026-11-21"))),
        ("dateOfBirth", json!("soon"), None),
        ("dateOfBirth", json!(1990), None),
    ] {
        for written in [format!("{field}: $.trigger.it"), format!("{field}: \"{{{{ trigger.it }}}}\"")] {
            let value = evaluate(&written, json!({ "it": data }));
            if let Some(becomes) = &becomes {
                assert_eq!(value, Ok(json!({ field: becomes })), "{written} {data}");
            } else {
                let error = value.expect_err("an error");
                assert_eq!(error.field, field);
                assert!(error.message.contains(&data.to_string()), "{}", error.message);
            }
        }
    }
}

#[test]
fn a_pick_of_many_gives_what_the_field_wants() {
    let trigger = |people: Value| json!({ "people": people });
    let many = "firstName: $.trigger.people[*].name";
    assert_eq!(evaluate(many, trigger(json!([{ "name": "Ana" }]))), Ok(json!({ "firstName": "Ana" })));
    assert_eq!(evaluate(many, trigger(json!([]))), Ok(json!({})));
    let error = evaluate(many, trigger(json!([{ "name": "Ana" }, { "name": "Bo" }]))).expect_err("an error");
    assert_eq!(error.message, "one value is wanted, and the pick finds 2");
    assert_eq!(
        evaluate("tags: $.trigger.people[*].name", trigger(json!([{ "name": "Ana" }, { "name": "Bo" }]))),
        Ok(json!({ "tags": ["Ana", "Bo"] }))
    );
}

/// The due date that a task gets.
fn due(written: &str, trigger: Value) -> Value {
    let text = format!(
        "name: a\ntrigger: {{ webhook: {{ path: a }} }}\nsteps:\n  - contacts.create_task:\n      contactId: c\n      title: t\n      dueDate: {written}\n"
    );
    let plan = compile("a", &Source::new("a", text), sample()).0.expect("a plan");
    let mut scope = Scope::new();
    scope.insert("trigger", Arc::new(trigger));
    let value = input(&plan).evaluate(&scope, &context()).expect("a value").expect("a value");
    value["dueDate"].clone()
}

#[test]
fn moments_are_sent_in_utc_with_milliseconds() {
    for (written, due_date) in [
        ("in 2 days", "2026-11-22T10:00:00.000Z"),
        ("tomorrow at 09:00", "2026-11-21T08:00:00.000Z"),
        ("2026-12-24", "2026-12-23T23:00:00.000Z"),
        ("2026-12-24T18:00:00+02:00", "2026-12-24T16:00:00.000Z"),
        ("$.trigger.iso", "2026-11-23T09:00:00.123Z"),
        ("$.trigger.day", "2026-11-22T23:00:00.000Z"),
        ("$.trigger.words", "2026-11-20T12:00:00.000Z"),
        ("\"{{ trigger.iso }}\"", "2026-11-23T09:00:00.123Z"),
    ] {
        let trigger =
            json!({ "iso": "2026-11-23T10:00:00.123+01:00", "day": "2026-11-23", "words": "in 2 hours" });
        assert_eq!(due(written, trigger), json!(due_date), "{written}");
    }
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the data is, a field holds its own kind afterwards, or nothing, or there is a sentence.
    #[test]
    fn a_field_holds_its_own_kind(it in data()) {
        let value = evaluate("score: $.trigger.it", json!({ "it": it }));
        prop_assert!(value.is_err() || value.is_ok_and(|value| value.get("score").is_none_or(Value::is_number)));
        let value = evaluate("firstName: $.trigger.it", json!({ "it": it }));
        prop_assert!(value.is_err() || value.is_ok_and(|value| value.get("firstName").is_none_or(Value::is_string)));
        let value = evaluate("dateOfBirth: $.trigger.it", json!({ "it": it }));
        prop_assert!(value.is_err() || value.is_ok_and(|value| value.get("dateOfBirth").is_none_or(Value::is_string)));
    }
}
