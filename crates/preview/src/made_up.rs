//! Answers of the shape that a manifest declares, with made-up values where nobody can know the real ones. Every made-up
//! text begins with [`MARK`].

use bellhop_connector::{Field, FieldKind, Format};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How made-up ids and texts begin.
pub(crate) const MARK: &str = "preview-";

/// How deep groups of fields are made up.
const DEPTH: usize = 3;

/// An answer of this shape; what the input says under the same name is taken over.
pub(crate) fn answer(shape: &Field, input: &Value, now: Timestamp) -> Value {
    value("answer", shape, Some(input), now, DEPTH)
}

fn value(name: &str, shape: &Field, input: Option<&Value>, now: Timestamp, depth: usize) -> Value {
    match shape.kind {
        FieldKind::Boolean => json!(true),
        FieldKind::Array => json!([]),
        FieldKind::Number | FieldKind::Integer => json!(0),
        FieldKind::String if shape.format == Some(Format::DateTime) => json!(now.to_string()),
        FieldKind::String => json!(format!("{MARK}{name}")),
        FieldKind::Object if depth > 0 => {
            let fields = shape.fields.iter().filter_map(|(name, field)| {
                let given = input.and_then(|input| input.get(name)).filter(|given| !given.is_null());
                let made = || value(name, field, None, now, depth - 1);
                Some((name.clone(), given.cloned().or_else(|| (!field.nullable).then(made))?))
            });
            Value::Object(fields.collect())
        }
        FieldKind::Object | FieldKind::Any => Value::Null,
    }
}

/// What a new record of this shape has beside what it was made with: empty lists, and the times it was made and changed.
pub(crate) fn fresh(shape: &Field, now: Timestamp) -> Map<String, Value> {
    let fields = shape.fields.iter().filter(|(_, field)| !field.nullable && !field.required);
    fields
        .filter_map(|(name, field)| match (field.kind, field.format) {
            (FieldKind::Array, _) if field.items.is_some() => Some((name.clone(), json!([]))),
            (FieldKind::String, Some(Format::DateTime)) if name.starts_with("date") => {
                Some((name.clone(), json!(now.to_string())))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use bellhop_connector::{Field, FieldKind};
    use jiff::Timestamp;
    use serde_json::json;

    use super::answer;

    fn field(kind: FieldKind) -> Field {
        Field { kind, ..Field::default() }
    }

    #[test]
    fn an_answer_has_the_declared_shape() {
        let mut shape = field(FieldKind::Object);
        for (name, kind) in [
            ("ok", FieldKind::Boolean),
            ("ts", FieldKind::String),
            ("channel", FieldKind::String),
            ("count", FieldKind::Integer),
        ] {
            shape.fields.insert(name.to_owned(), field(kind));
        }
        shape.fields.insert("remark".into(), Field { nullable: true, ..field(FieldKind::String) });
        let made = answer(&shape, &json!({"channel": "#sales", "text": "Hello"}), Timestamp::UNIX_EPOCH);
        assert_eq!(made, json!({"ok": true, "ts": "preview-ts", "channel": "#sales", "count": 0}));
        assert_eq!(answer(&field(FieldKind::Any), &json!({"a": 1}), Timestamp::UNIX_EPOCH), json!(null));
    }
}
