//! The inputs of a run: defaults, and what is given over them.

use bellhop_recipe::{Plan, compile, inputs};
use bellhop_source::Source;
use serde_json::{Value, json};

use crate::world::sample;

fn plan() -> Plan {
    let text = "name: a
trigger: manual
inputs:
  score: { type: number, default: 80 }
  owner: { type: user, description: Who gets the leads }
  channel: { type: choice, choices: [email, 2], default: email }
  careful: { type: yes_no, default: no }
  labels: { type: tag, many: true, default: [new] }
  pause: { type: duration, default: 2 days }
  day: { type: date, default: tomorrow }
steps:
  - stop: a
";
    compile("a", &Source::new("a", text), sample()).0.expect("a plan")
}

fn given(value: &Value) -> Result<Value, Vec<String>> {
    inputs(&plan(), value.as_object().expect("an object"))
}

#[test]
fn defaults_stand_where_nothing_is_given() {
    assert_eq!(
        given(&json!({ "owner": "u1" })),
        Ok(json!({
            "score": 80, "owner": "u1", "channel": "email", "careful": false, "labels": ["new"],
            "pause": "2 days", "day": "tomorrow",
        }))
    );
}

#[test]
fn texts_are_read_by_the_inputs_type() {
    let all = given(&json!({
        "owner": "007", "score": "91.5", "channel": "2", "careful": "yes", "labels": "hot lead, vip",
        "pause": "3 hours", "day": "2026-03-01",
    }));
    assert_eq!(
        all,
        Ok(json!({
            "score": 91.5, "owner": "007", "channel": 2, "careful": true, "labels": ["hot lead", "vip"],
            "pause": "3 hours", "day": "2026-03-01",
        }))
    );
    let typed =
        given(&json!({ "owner": "u", "score": 5, "careful": true, "labels": ["a", "b"] })).expect("good");
    assert_eq!(
        (&typed["score"], &typed["careful"], &typed["labels"]),
        (&json!(5), &json!(true), &json!(["a", "b"]))
    );
}

#[test]
fn every_problem_is_a_sentence() {
    let problems = given(&json!({
        "scroe": 1, "colour": "blue", "score": "many", "channel": "fax", "careful": "perhaps", "pause": "long",
    }))
    .expect_err("problems");
    assert_eq!(problems.len(), 7, "{problems:#?}");
    for wanted in [
        "There is no input `scroe`: did you mean `score`?",
        "There is no input `colour`. There are: `score`",
        "The input `score` does not fit: `many` is not a number.",
        "The input `owner` must be given: Who gets the leads.",
        "The input `channel` does not fit: `fax` is none of email, 2.",
        "The input `careful` does not fit: `perhaps` is not yes or no.",
        "The input `pause` does not fit: ",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(wanted)), "{wanted} in {problems:#?}");
    }
}
