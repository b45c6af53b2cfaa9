//! The language's behaviour as tables: what an expression gives, how it fails with this data, what is said about one
//! that cannot be read. The tables are in `fixtures/`, one row a case, all over the scope in `fixtures/scope.json`.

use bellhop_template::{
    Condition, Context, EvalError, EvalErrorKind, Expression, Pick, Picked, Scope, SyntaxError, Text,
};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn load(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a table");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn world() -> (Scope, Context) {
    let world = load(&folder().join("scope.json"));
    let names = world["names"].as_object().expect("names");
    let scope =
        names.iter().fold(Scope::new(), |scope, (name, value)| scope.with(name, Arc::new(value.clone())));
    let zone = jiff::tz::TimeZone::get(world["zone"].as_str().expect("a zone")).expect("a known zone");
    (scope, Context { now: world["now"].as_str().expect("now").parse().expect("a time"), zone })
}

/// What became of a row, in the words of the table.
fn outcome(row: &Map<String, Value>, scope: &Scope, context: &Context) -> Value {
    let source = |kind: &str| row.get(kind).and_then(Value::as_str);
    if let Some(source) = source("text") {
        described(source, Text::parse(source), |text| text.evaluate(scope, context))
    } else if let Some(source) = source("condition") {
        described(source, Condition::parse(source), |condition| {
            condition.evaluate(scope, context).map(Value::Bool)
        })
    } else if let Some(source) = source("expression") {
        described(source, Expression::parse(source), |expression| expression.evaluate(scope, context))
    } else {
        let source = source("pick").expect("a row is a text, condition, expression or pick");
        match Pick::parse(source) {
            Err(error) => complaint(source, &error),
            Ok(pick) => {
                assert!(Pick::is_pick(source), "{source} is not told apart by sight");
                let picked = pick.evaluate(scope).expect("picks find or find nothing");
                assert_eq!(pick.is_singular(), !matches!(picked, Picked::Many(_)), "{source}");
                match picked {
                    Picked::Absent => json!({ "absent": true }),
                    Picked::One(value) => json!({ "gives": value }),
                    Picked::Many(values) => json!({ "many": values }),
                }
            }
        }
    }
}

fn described<T>(
    source: &str,
    parsed: Result<T, SyntaxError>,
    evaluate: impl Fn(&T) -> Result<Value, EvalError>,
) -> Value {
    match parsed {
        Err(error) => complaint(source, &error),
        Ok(parsed) => match evaluate(&parsed) {
            Ok(value) => json!({ "gives": value }),
            Err(error) => {
                assert!(error.range.is_some_and(|range| source.get(range).is_some()), "{source}: no place");
                let kind = match error.kind {
                    EvalErrorKind::Missing { path } => format!("Missing {path}"),
                    other => format!("{other:?}"),
                };
                json!({ "fails": kind, "says": error.message })
            }
        },
    }
}

fn complaint(source: &str, error: &SyntaxError) -> Value {
    let marks = source.get(error.range.clone()).expect("a complaint marks a stretch of the source");
    let mut said = json!({ "complains": error.message, "marks": marks });
    if let Some((range, replacement)) = &error.suggestion {
        let mut corrected = source.to_owned();
        corrected.replace_range(range.clone(), replacement);
        said["corrected"] = corrected.into();
    }
    said
}

#[test]
fn every_row_of_every_table_holds() {
    let (scope, context) = world();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("scope.json") {
            continue;
        }
        for row in load(&path).as_array().unwrap() {
            rows += 1;
            let row = row.as_object().unwrap();
            let actual = outcome(row, &scope, &context);
            let actual = actual.as_object().unwrap();
            // What is marked is stated only where it is not plain from the complaint.
            let wanted = |(name, _): &(&String, &Value)| {
                !matches!(name.as_str(), "text" | "condition" | "expression" | "pick")
            };
            let expected: Map<String, Value> =
                row.iter().filter(wanted).map(|(name, value)| (name.clone(), value.clone())).collect();
            let compared: Map<String, Value> = actual
                .iter()
                .filter(|(name, _)| *name != "marks" || expected.contains_key("marks"))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            if compared != expected {
                wrong.push(format!(
                    "{}\n  gave {}",
                    Value::Object(row.clone()),
                    Value::Object(actual.clone())
                ));
            }
        }
    }
    assert!(rows > 200, "the tables are there: {rows} rows");
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// A correction is worth nothing if it is wrong as well.
#[test]
fn corrections_can_be_read_or_lead_on() {
    let mut checked = 0;
    for name in ["texts.json", "conditions.json", "filters.json"] {
        for row in load(&folder().join(name)).as_array().unwrap() {
            let Some(mut text) = row["corrected"].as_str().map(str::to_owned) else {
                continue;
            };
            let parse = |text: &str| match () {
                () if row.get("text").is_some() => Text::parse(text).err(),
                () if row.get("condition").is_some() => Condition::parse(text).err(),
                () => Expression::parse(text).err(),
            };
            // A second mistake in the same row is corrected by its own complaint.
            for _ in 0..3 {
                let Some(error) = parse(&text) else {
                    break;
                };
                let (range, replacement) =
                    error.suggestion.unwrap_or_else(|| panic!("{text}: {}", error.message));
                text.replace_range(range, &replacement);
            }
            assert!(parse(&text).is_none(), "{text} still cannot be read");
            checked += 1;
        }
    }
    assert!(checked > 40);
}
