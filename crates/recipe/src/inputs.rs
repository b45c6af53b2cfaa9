//! The inputs of a run: the recipe's defaults, and what was given over them. Reads texts by the input's type.

use bellhop_clock::{Moment, parse_duration};
use bellhop_source::closest;
use serde_json::{Map, Value};

use crate::compile::literals::{number, yes_no};
use crate::{Input, InputKind, Plan};

/// Why a text is no value of an input.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Without a full stop at the end.
    pub(crate) message: String,
    /// The text as it was probably meant.
    pub(crate) suggestion: Option<String>,
}

/// The object that a recipe sees as `inputs`: its defaults with `given` over them. A given text is read as a value of the input's type
/// (`"80"` for a number, `"yes"` for yes or no, `"a, b"` for several), so that the command line needs no types.
///
/// The errors are sentences: every unknown, missing and unfitting input.
pub fn inputs(plan: &Plan, given: &Map<String, Value>) -> Result<Value, Vec<String>> {
    let mut problems = Vec::new();
    for name in given.keys().filter(|name| !plan.inputs.iter().any(|input| input.name == **name)) {
        problems.push(match closest(name, plan.inputs.iter().map(|input| input.name.as_str())) {
            Some(meant) => format!("There is no input `{name}`: did you mean `{meant}`?"),
            None if plan.inputs.is_empty() => format!("There is no input `{name}`: this recipe has none."),
            None => format!("There is no input `{name}`. There are: {}.", names(plan)),
        });
    }
    let mut values = Map::with_capacity(plan.inputs.len());
    for input in &plan.inputs {
        match given.get(&input.name).filter(|value| !value.is_null()) {
            Some(value) => match read(value, input) {
                Ok(value) => {
                    values.insert(input.name.clone(), value);
                }
                Err(problem) => {
                    problems.push(format!("The input `{}` does not fit: {}.", input.name, problem.message));
                }
            },
            None => match &input.default {
                Some(default) => {
                    values.insert(input.name.clone(), default.clone());
                }
                None => problems.push(format!(
                    "The input `{}` must be given: {}",
                    input.name,
                    if input.description.is_empty() {
                        "it has no default.".to_owned()
                    } else {
                        format!("{}.", input.description.trim_end_matches('.'))
                    }
                )),
            },
        }
    }
    if problems.is_empty() { Ok(Value::Object(values)) } else { Err(problems) }
}

/// A value given for one input, read by its type as [`inputs`] does.
///
/// # Errors
/// What does not fit, without a full stop, with what was probably meant.
pub fn input_value(input: &Input, given: &Value) -> Result<Value, String> {
    read(given, input).map_err(|problem| match problem.suggestion {
        Some(meant) => format!("{}; did you mean `{meant}`?", problem.message),
        None => problem.message,
    })
}

fn names(plan: &Plan) -> String {
    plan.inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ")
}

fn read(value: &Value, input: &Input) -> Result<Value, Unreadable> {
    match (input.many, value) {
        (true, Value::Array(items)) => items.iter().map(|item| read_one(item, input)).collect(),
        (true, Value::String(text)) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| read_text(part, input))
            .collect(),
        (true, other) => Ok(Value::Array(vec![read_one(other, input)?])),
        (false, other) => read_one(other, input),
    }
}

fn read_one(value: &Value, input: &Input) -> Result<Value, Unreadable> {
    match value {
        Value::String(text) => read_text(text, input),
        Value::Number(_) if input.kind == InputKind::Number => Ok(value.clone()),
        Value::Bool(_) if input.kind == InputKind::YesNo => Ok(value.clone()),
        _ if input.choices.contains(value) => Ok(value.clone()),
        Value::Number(number) => read_text(&number.to_string(), input),
        other => Err(wrong(&other.to_string(), words(&input.kind))),
    }
}

/// Reads a written value by the input's type.
pub(crate) fn read_text(text: &str, input: &Input) -> Result<Value, Unreadable> {
    let value = match &input.kind {
        InputKind::Number => number(text).map(Value::Number).ok_or_else(|| wrong(text, "a number"))?,
        InputKind::YesNo => yes_no(text).map(Value::Bool).ok_or_else(|| wrong(text, "yes or no"))?,
        InputKind::Date => {
            Moment::parse(text)
                .map_err(|error| Unreadable { message: error.message, suggestion: error.suggestion })?;
            Value::from(text)
        }
        InputKind::Duration => {
            parse_duration(text)
                .map_err(|error| Unreadable { message: error.message, suggestion: error.suggestion })?;
            Value::from(text)
        }
        InputKind::Text | InputKind::Choice | InputKind::Selector(_) => Value::from(text),
    };
    if input.choices.is_empty() {
        return Ok(value);
    }
    let written = |choice: &Value| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
    if let Some(choice) = input.choices.iter().find(|choice| **choice == value || written(choice) == text) {
        return Ok(choice.clone());
    }
    let choices: Vec<String> = input.choices.iter().map(written).collect();
    Err(Unreadable {
        message: format!("`{text}` is none of {}", choices.join(", ")),
        suggestion: closest(text, choices.iter().map(String::as_str)).map(str::to_owned),
    })
}

fn wrong(text: &str, wanted: &str) -> Unreadable {
    Unreadable { message: format!("`{text}` is not {wanted}"), suggestion: None }
}

fn words(kind: &InputKind) -> &'static str {
    match kind {
        InputKind::Number => "a number",
        InputKind::YesNo => "yes or no",
        InputKind::Date => "a date",
        InputKind::Choice => "one of the choices",
        InputKind::Duration => "a duration",
        InputKind::Text | InputKind::Selector(_) => "a text",
    }
}
