//! Compares what a test expects, as it is written, with a value. Only the fields that are written are looked at; the
//! value decides the type of what is written (rule R2).

use bellhop_clock::Moment;
use bellhop_source::{Node, NodeValue};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value;

use crate::shown::shown;

/// Where expected and found differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The field, such as `custom_fields.lead_score`; empty: the value as a whole.
    pub(crate) field: String,
    /// What was expected, on one line.
    pub(crate) expected: String,
    /// What was found, on one line.
    pub(crate) found: String,
}

/// What moments in words are seen from.
#[derive(Clone, Debug)]
pub(crate) struct Viewpoint {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, expected, found } = self;
        if field.is_empty() {
            write!(formatter, "expected {expected}, found {found}")
        } else {
            write!(formatter, "`{field}`: expected {expected}, found {found}")
        }
    }
}

/// Everything in which a value is not as expected; none: it is.
pub(crate) fn differences(expected: &Node, found: Option<&Value>, from: &Viewpoint) -> Vec<Difference> {
    let mut all = Vec::new();
    compare(expected, found, "", from, &mut all);
    all
}

fn compare(expected: &Node, found: Option<&Value>, field: &str, from: &Viewpoint, all: &mut Vec<Difference>) {
    let differ = || Difference {
        field: field.to_owned(),
        expected: shown(&expected.to_json()),
        found: found.map_or_else(|| "nothing".to_owned(), shown),
    };
    match (&expected.value, found) {
        (_, None | Some(Value::Null)) if expected.is_null() => {}
        (NodeValue::Scalar { text, .. }, Some(found)) if is_meant(text, found, from) => {}
        (NodeValue::List(items), Some(Value::Array(found))) if items.len() == found.len() => {
            let mut inner = Vec::new();
            for (item, found) in items.iter().zip(found) {
                compare(item, Some(found), field, from, &mut inner);
            }
            if !inner.is_empty() {
                all.push(differ());
            }
        }
        (NodeValue::Mapping(members), Some(Value::Object(found))) => {
            for (key, value) in members {
                let inner = if field.is_empty() { key.text.clone() } else { format!("{field}.{}", key.text) };
                let found = found.get(&key.text).or_else(|| {
                    // Custom fields go by their key and by their name.
                    let is_same = |name: &&String| bare(name) == bare(&key.text);
                    found.keys().find(is_same).and_then(|name| found.get(name))
                });
                compare(value, found, &inner, from, all);
            }
        }
        _ => all.push(differ()),
    }
}

fn bare(name: &str) -> String {
    name.chars().map(|letter| if letter == ' ' { '_' } else { letter.to_ascii_lowercase() }).collect()
}

/// Whether a written scalar means a value.
fn is_meant(text: &str, found: &Value, from: &Viewpoint) -> bool {
    match found {
        Value::String(found) => text.trim_end() == found.trim_end() || is_moment(text, found, from),
        Value::Number(number) => text.trim().parse::<f64>().ok() == number.as_f64(),
        Value::Bool(true) => matches!(text.to_ascii_lowercase().as_str(), "true" | "yes"),
        Value::Bool(false) => matches!(text.to_ascii_lowercase().as_str(), "false" | "no"),
        _ => false,
    }
}

/// Whether words such as `in 2 days` mean the moment, or the day, that was found.
fn is_moment(text: &str, found: &str, from: &Viewpoint) -> bool {
    let Ok(moment) = Moment::parse(text) else { return false };
    let at = moment.resolve(from.now, &from.zone);
    if let Ok(found) = found.parse::<Timestamp>() {
        return at == found;
    }
    found.len() == 10
        && found.parse::<civil::Date>().is_ok_and(|day| day == at.to_zoned(from.zone.clone()).date())
}

#[cfg(test)]
mod tests {
    use bellhop_source::{Source, parse};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::{Viewpoint, differences};

    fn told(expected: &str, found: &Value) -> Vec<String> {
        let (node, complaints) = parse(&Source::new("t", expected));
        assert!(complaints.is_empty(), "{expected}");
        let from = Viewpoint { now: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
        let found = differences(&node.expect("a document"), Some(found), &from);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_written_is_found_and_the_rest_does_not_count() {
        for (expected, found) in [
            ("{ a: 1 }", json!({"a": 1, "b": 2})),
            ("{ a: 1 }", json!({"a": "1"})),
            ("{ a: yes }", json!({"a": true})),
            ("{ phone: +15550100001 }", json!({"phone": "+15550100001"})),
            ("{ zip: 01234 }", json!({"zip": "01234"})),
            ("{ tags: [hot lead, 7] }", json!({"tags": ["hot lead", 7]})),
            ("{ due: in 2 days }", json!({"due": "1970-01-03T00:00:00Z"})),
            ("{ due: in 2 days }", json!({"due": "1970-01-03T00:00:00.000Z"})),
            ("{ day: today }", json!({"day": "1970-01-01"})),
            ("{ gone: null }", json!({})),
            ("{ custom_fields: { Lead score: 3 } }", json!({"custom_fields": {"lead_score": 3}})),
            ("body: |\n  two\n  lines\n", json!({"body": "two\nlines"})),
        ] {
            assert_eq!(told(expected, &found), Vec::<String>::new(), "{expected}");
        }
    }

    #[test]
    fn what_differs_is_named_by_its_field() {
        for (expected, found, words) in [
            ("{ a: 1 }", json!({"a": 2}), "`a`: expected 1, found 2"),
            ("{ a: x }", json!({}), "`a`: expected x, found nothing"),
            ("{ a: { b: x } }", json!({"a": {"b": "y"}}), "`a.b`: expected x, found y"),
            ("{ t: [x] }", json!({"t": ["x", "y"]}), "`t`: expected [x], found [x, y]"),
            ("{ t: x }", json!({"t": ["x"]}), "`t`: expected x, found [x]"),
            ("{ a: null }", json!({"a": 1}), "`a`: expected null, found 1"),
            (
                "{ d: in 1 day }",
                json!({"d": "1970-01-03T00:00:00Z"}),
                "`d`: expected in 1 day, found 1970-01-03T00:00:00Z",
            ),
        ] {
            assert_eq!(told(expected, &found), [words], "{expected}");
        }
    }
}
