//! The law of mappings of both ways: there and back again gives the same (rule R9). It is tried on values that the
//! connectors' schemas allow, the same ones each time, in both directions.

use bellhop_connector::{Field, FieldKind, Format};
use bellhop_source::Diagnostic;
use bellhop_template::Context;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Checker;
use super::mapped::{Leaf, Way, assembled};
use crate::conversion::Conversion;
use crate::mapping::made_of;
use crate::{FieldError, ValueExpr, codes};

/// How deep groups and lists are made up.
const DEEPEST: usize = 3;
/// Pairs of a table that are tried; that none of it becomes the same as another is seen before.
const MOST_OF_A_TABLE: usize = 200;

impl Checker<'_> {
    /// Complains about each field that does not come back as it was, with the record that shows it.
    /// `back` holds the way back of each. A field is tried by itself: none of a mapping of both ways looks at what another does.
    pub(super) fn try_the_law(&mut self, leaves: &[Leaf], back: &[ValueExpr]) {
        let context = Context { now: Timestamp::UNIX_EPOCH, zone: self.world.zone.clone() };
        for (leaf, back) in leaves.iter().zip(back) {
            let Some(way) = &leaf.way else { continue };
            if let Some((record, why)) = breach(leaf, way, back, &context) {
                let message = format!("`{}` does not come back as it was", leaf.path.join("."));
                self.report(
                    Diagnostic::error(codes::LAW, leaf.key, leaf.address.clone(), message)
                        .help(format!("{record} {why}. A conversion may help, or one way only.")),
                );
            }
        }
    }
}

/// A record that does not come home, and what becomes of it.
fn breach(leaf: &Leaf, way: &Way, back: &ValueExpr, context: &Context) -> Option<(Value, String)> {
    let one = |path: &[String], value: &ValueExpr| assembled(std::iter::once((path, value.clone())));
    let (there, back) = (one(&leaf.path, &leaf.value), one(&way.from, back));
    let there = |record: &Value| made_of(record, &there, context);
    let back = |record: &Value| made_of(record, &back, context);
    let turned = way.by.as_ref().map(Conversion::turned_round);
    // Where nothing is known of one side, it holds what comes from the other.
    let known = |field: &Field| field.kind != FieldKind::Any || !field.choices.is_empty();
    let source = if known(&way.source) || way.by.is_some() { &way.source } else { &leaf.target };
    let target = if known(&leaf.target) || way.by.is_some() { &leaf.target } else { &way.source };
    let here = samples(source, way.by.as_ref(), 0);
    let over_there = samples(target, turned.as_ref(), 0);
    let first = here.into_iter().find_map(|value| home(source, &way.from, value, &there, &back));
    first.or_else(|| over_there.into_iter().find_map(|value| home(target, &leaf.path, value, &back, &there)))
}

type Leg<'l> = &'l dyn Fn(&Value) -> Result<Value, FieldError>;

fn home(
    field: &Field,
    path: &[String],
    value: Value,
    out: Leg<'_>,
    home: Leg<'_>,
) -> Option<(Value, String)> {
    let record = path.iter().rev().fold(value, |value, name| json!({ (name): value }));
    let made = match out(&record) {
        Ok(made) => made,
        Err(error) => return Some((record, format!("cannot be taken over: {}", words(&error)))),
    };
    let again = match home(&made) {
        Ok(again) => again,
        Err(error) => {
            return Some((record, format!("becomes {made}, which cannot be taken back: {}", words(&error))));
        }
    };
    let at = |record: &Value| {
        path.iter().try_fold(record.clone(), |value, name| value.get(name).cloned()).unwrap_or_default()
    };
    if same(field, &at(&record), &at(&again)) {
        return None;
    }
    let why = format!("becomes {made}, and that becomes {again}");
    Some((record, why))
}

fn words(error: &FieldError) -> &str {
    error.message.trim_end_matches('.')
}

/// Whether two values say the same. A moment may be written in several ways, and an empty group is none.
fn same(field: &Field, a: &Value, b: &Value) -> bool {
    let moment = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    a == b
        || (empty(a) && empty(b))
        || (field.format == Some(Format::DateTime) && moment(a).is_some() && moment(a) == moment(b))
}

/// Values that a field may have: those that its conversion is for.
fn samples(field: &Field, by: Option<&Conversion>, depth: usize) -> Vec<Value> {
    match by {
        Some(Conversion::NumberOfText) => return ["0", "7", "-3", "12.5"].map(Value::from).to_vec(),
        Some(Conversion::YesNoOfText) => return ["yes", "no"].map(Value::from).to_vec(),
        Some(Conversion::Table(pairs)) => {
            let every = pairs.len() / MOST_OF_A_TABLE + 1;
            return pairs.iter().step_by(every).map(|(first, _)| first.clone()).collect();
        }
        Some(Conversion::TextOfNumber) if field.kind == FieldKind::Any => return vec![json!(7), json!(12.5)],
        Some(Conversion::TextOfYesNo) if field.kind == FieldKind::Any => {
            return vec![json!(true), json!(false)];
        }
        _ => {}
    }
    if !field.choices.is_empty() {
        return field.choices.clone();
    }
    match (field.kind, field.format) {
        (FieldKind::String, Some(Format::DateTime)) => {
            ["2026-11-20T09:12:00.000Z", "2024-02-29T23:59:59Z"].map(Value::from).to_vec()
        }
        (FieldKind::String, Some(Format::Date)) => ["2026-11-20", "2024-02-29"].map(Value::from).to_vec(),
        (FieldKind::String, Some(Format::Email)) => ["ana@example.com"].map(Value::from).to_vec(),
        (FieldKind::String, Some(Format::Phone)) => {
            ["+15550100001", "020 7946 0018"].map(Value::from).to_vec()
        }
        (FieldKind::String, Some(Format::Uri)) => ["https://example.com/a?b=c"].map(Value::from).to_vec(),
        (FieldKind::String, None) => {
            let own = field.example.iter().filter(|example| example.is_string()).cloned();
            own.chain(["Ana Quill", "", " Łódź ", "007", "yes", "2026-11-20", "$.x"].map(Value::from))
                .collect()
        }
        (FieldKind::Number, _) => vec![json!(0), json!(-3), json!(12.5), json!(9_007_199_254_740_993_i64)],
        (FieldKind::Integer, _) => vec![json!(0), json!(-3), json!(9_007_199_254_740_993_i64)],
        (FieldKind::Boolean, _) => vec![json!(true), json!(false)],
        (FieldKind::Array, _) => {
            let item = field.items.as_deref().cloned().unwrap_or_default();
            let items = if depth < DEEPEST { samples(&item, None, depth + 1) } else { Vec::new() };
            vec![json!([]), Value::Array(items)]
        }
        (FieldKind::Object, _) => vec![group(field, depth)],
        (FieldKind::Any, _) => vec![json!("Ana Quill"), json!(12.5), json!(true), json!(["a"])],
    }
}

fn group(field: &Field, depth: usize) -> Value {
    if field.fields.is_empty() || depth >= DEEPEST {
        return json!({ "key": "value" });
    }
    let members = field.fields.iter();
    members
        .filter_map(|(name, field)| Some((name.clone(), samples(field, None, depth + 1).first()?.clone())))
        .collect::<Map<_, _>>()
        .into()
}
