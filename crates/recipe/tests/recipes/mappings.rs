//! Mappings as files, as the recipes of `good/` and `bad/` are: and their law, on records made up from the connectors' schemas.

use std::sync::Arc;

use bellhop_connector::{Field, FieldKind, Format};
use bellhop_recipe::{Action, Mapping, compile, compile_mapping, mapping_schema};
use bellhop_source::{Severity, Source, parse, render};
use bellhop_template::Context;
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fixtures::{check_complaints, read_fixture};
use crate::world::{catalogue, files, fixtures, read, sample, stem, world};

fn mapping(text: &str) -> Mapping {
    let source = Source::new("a.yaml", text);
    let (mapping, found) = compile_mapping("a", &source, sample());
    assert!(found.is_empty(), "{}", render(&found, &source, false));
    mapping.expect("a mapping without complaints")
}

fn good(name: &str) -> Mapping {
    mapping(&read(&fixtures().join(format!("mappings/good/{name}.yaml"))))
}

fn context() -> Context {
    Context { now: "2026-11-21T10:00:00Z".parse().expect("a moment"), zone: TimeZone::UTC }
}

#[test]
fn good_mappings_compile_without_a_word() {
    for path in files(&fixtures().join("mappings/good")) {
        mapping(&read(&path));
    }
}

#[test]
fn bad_mappings_get_exactly_the_complaints_written_beside_them() {
    let mut problems = Vec::new();
    for path in files(&fixtures().join("mappings/bad")) {
        let name = stem(&path);
        let (text, wanted) = read_fixture(&read(&path));
        let source = Source::new(format!("{name}.yaml"), text);
        let (made, diagnostics) = compile_mapping(&name, &source, sample());
        assert!(made.is_none(), "{name}: a mapping stands beside errors");
        problems.extend(check_complaints(&name, &source, &diagnostics, wanted));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn a_record_becomes_one_of_the_other_side() {
    let made = good("answer-to-contact").apply(
        &json!({ "full_name": "ANA QUILL", "mail": " Ana@Example.com", "tel": "020 7946 0018", "points": "12" }),
        &context(),
    );
    assert_eq!(
        made,
        Ok(json!({
            "firstName": "Ana Quill",
            "email": "ana@example.com",
            "phone": "+442079460018",
            "country": "GB",
            "tags": ["new lead", "unknown"],
            "custom_fields": { "seen": "2026", "points": 12 },
        }))
    );
}

#[test]
fn what_the_record_does_not_have_is_left_out_and_so_are_groups_of_nothing_else() {
    let made =
        good("contact-to-answer").apply(&json!({ "email": "ana@example.com", "phone": null }), &context());
    assert_eq!(made, Ok(json!({ "mail": "ana@example.com" })));
}

#[test]
fn an_error_names_the_field() {
    let mapping = good("contact-to-answer");
    let record = json!({ "custom_fields": { "stage": "lukewarm" } });
    let error = mapping.apply(&record, &context()).expect_err("it is not in the table");
    assert_eq!(error.field, "stage");
    assert_eq!(error.message, "\"lukewarm\" is not in the table: \"fresh\", \"Customer\", \"gone\"");
    let error = mapping.apply(&json!("c1"), &context()).expect_err("it is no record");
    assert_eq!(error.message, "a mapping is made of a record, and here is a text");
    assert!(good("answer-to-contact").apply_back(&json!({}), &context()).is_none());
}

#[test]
fn a_recipe_knows_shared_mappings_and_prefers_its_own() {
    let shared = |country: &str| {
        let text = format!(
            "from: contacts.contact\nto: forms.answer\nfields: {{ id: $.id, full_name: {country} }}\n"
        );
        let made = mapping(&text);
        Mapping { id: "to_answer".to_owned(), ..made }
    };
    let recipe = |head: &str, mapping: Mapping| {
        let mut world = world(catalogue());
        let mut library = bellhop_recipe::Library::default();
        library.mappings.insert("to_answer".to_owned(), Arc::new(mapping));
        world.library = Arc::new(library);
        let text = format!(
            "name: a\ntrigger: contacts.contact_created\n{head}steps:\n  - map: {{ mapping: to_answer, from: $.trigger }}\n    as: answer\n"
        );
        let source = Source::new("a.yaml", text);
        let (plan, found) = compile("a", &source, &world);
        plan.unwrap_or_else(|| panic!("{}", render(&found, &source, false)))
    };
    let plan = recipe("", shared("GB"));
    assert_eq!(plan.mappings.len(), 1);
    assert_ne!(plan.version, recipe("", shared("ES")).version, "the mapping's text counts");
    let own =
        "mappings:\n  to_answer: { from: contacts.contact, to: forms.answer, fields: { mail: $.email } }\n";
    let plan = recipe(own, shared("GB"));
    assert!(plan.mappings.is_empty());
    let mut used = Vec::new();
    plan.each_step(&mut |step| {
        if let Action::Map { mapping, .. } = &step.action {
            used.push(mapping.gives.fields.keys().cloned().collect::<Vec<_>>());
        }
    });
    assert_eq!(used, [["mail"]]);
    assert_eq!(plan.version, recipe(own, shared("ES")).version);
}

#[test]
fn the_schema_takes_what_is_good_and_refuses_what_is_broken_in_structure() {
    let schema = mapping_schema(&catalogue());
    jsonschema::meta::validate(&schema).expect("a JSON Schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema that can be used");
    let document = |text: String| parse(&Source::new("a.yaml", text)).0.expect("a document").to_json();
    for path in files(&fixtures().join("mappings/good")) {
        let found: Vec<String> =
            validator.iter_errors(&document(read(&path))).map(|error| error.to_string()).collect();
        assert!(found.is_empty(), "{}: {found:?}", stem(&path));
    }
    for path in files(&fixtures().join("mappings/bad")) {
        let name = stem(&path);
        let text = read_fixture(&read(&path)).0;
        let meaning = ["law", "no-way-back"].contains(&name.as_str());
        assert_eq!(validator.is_valid(&document(text)), meaning, "{name}");
    }
}

/// A value that a schema allows; sometimes none.
fn value(field: &Field, depth: u32) -> BoxedStrategy<Option<Value>> {
    let some: BoxedStrategy<Value> = if field.choices.is_empty() {
        match (field.kind, field.format) {
            (FieldKind::String, Some(Format::DateTime)) => (0_i64..4_000_000_000_000)
                .prop_map(|at| {
                    let at = jiff::Timestamp::from_millisecond(at).expect("a moment of these centuries");
                    json!(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
                })
                .boxed(),
            (FieldKind::String, Some(Format::Date)) => (1900..2100_i32, 1..13_u32, 1..29_u32)
                .prop_map(|(y, m, d)| json!(format!("{y}-{m:02}-{d:02}")))
                .boxed(),
            (FieldKind::String, _) => any::<String>().prop_map(Value::from).boxed(),
            (FieldKind::Number, _) => prop_oneof![
                any::<i64>().prop_map(Value::from),
                any::<f64>().prop_filter("JSON has no others", |one| one.is_finite()).prop_map(Value::from)
            ]
            .boxed(),
            (FieldKind::Integer, _) => any::<i64>().prop_map(Value::from).boxed(),
            (FieldKind::Boolean, _) => any::<bool>().prop_map(Value::from).boxed(),
            (FieldKind::Array, _) => {
                let item = field.items.as_deref().cloned().unwrap_or_default();
                vec(value(&item, depth + 1).prop_map(Option::unwrap_or_default), 0..4)
                    .prop_map(Value::from)
                    .boxed()
            }
            (FieldKind::Object, _) => record(field, depth + 1),
            (FieldKind::Any, _) => any::<bool>().prop_map(Value::from).boxed(),
        }
    } else {
        proptest::sample::select(field.choices.clone()).boxed()
    };
    proptest::option::of(some).boxed()
}

/// A record that a schema allows.
fn record(field: &Field, depth: u32) -> BoxedStrategy<Value> {
    let members: Vec<_> = field
        .fields
        .iter()
        .map(|(name, field)| {
            let name = name.clone();
            value(field, depth).prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    members.prop_map(|members| members.into_iter().flatten().collect::<Map<_, _>>().into()).boxed()
}

fn schema(connector: &str, record: &str) -> Field {
    catalogue().get(connector).expect("a sample connector").schemas[record].clone()
}

/// Contacts with the custom fields that the mapping converts: only what the table and the conversion know.
fn contacts() -> impl Strategy<Value = Value> {
    let stage = proptest::sample::select(vec!["fresh", "Customer", "gone"]);
    (record(&schema("contacts", "contact"), 0), stage, any::<i32>()).prop_map(|(mut contact, stage, size)| {
        contact["custom_fields"] = json!({ "stage": stage, "size": size.to_string() });
        contact
    })
}

/// What of a record a mapping is made of: it can be asked for again.
fn told(record: &Value, paths: &[&str]) -> Vec<Value> {
    let at = |path: &&str| {
        path.split('.').try_fold(record.clone(), |value, name| value.get(name).cloned()).unwrap_or_default()
    };
    paths.iter().map(at).collect()
}

const HERE: [&str; 11] = [
    "id",
    "firstName",
    "email",
    "phone",
    "score",
    "dnd",
    "custom_fields",
    "dateAdded",
    "tags",
    "address",
    "country",
];

proptest! {
    #[test]
    fn there_and_back_again_gives_the_same(contact in contacts()) {
        let mapping = good("contact-to-answer");
        let there = mapping.apply(&contact, &context()).expect("a contact can be mapped");
        let back = mapping.apply_back(&there, &context()).expect("a way back").expect("an answer leads back");
        let mut wanted = told(&contact, &HERE);
        // An empty group says as much as none.
        for value in &mut wanted {
            if value == &json!({}) {
                *value = Value::Null;
            }
        }
        prop_assert_eq!(told(&back, &HERE), wanted);
    }

    #[test]
    fn no_record_breaks_a_mapping_without_saying_where(answer in record(&schema("forms", "answer"), 0)) {
        let mapping = good("contact-to-answer");
        if let Some(Err(error)) = mapping.apply_back(&answer, &context()) {
            prop_assert!(["score", "dnd"].contains(&error.field.as_str()), "{:?}", error);
        }
    }
}

#[test]
fn every_error_is_one_that_stops_the_mapping() {
    let warned = "from: contacts.contact\nto: forms.answer\nfields: { id: \"{{ idd | default('') }}\" }\n";
    let (made, found) = compile_mapping("a", &Source::new("a.yaml", warned), sample());
    assert!(made.is_some() && found.iter().all(|one| one.severity == Severity::Warning) && found.len() == 1);
}
