//! Finds what a condition asks of a name by equality: `event.contact_id == contact.id` in a row of `and`s. Whoever has
//! many values to ask can look by these first. Judges nothing, evaluates nothing.

use crate::Expression;
use crate::node::{Kind, Node, Path, Relation, Step};
use crate::reference::Segment;

/// The places below `name` that must equal something which knows neither `name` nor `now`: each as a JSON pointer
/// (RFC 6901), with the other side.
pub(crate) fn equalities(source: &str, root: &Node, name: &str) -> Vec<(String, Expression)> {
    let mut found = Vec::new();
    collect(source, root, name, &mut found);
    found
}

fn collect(source: &str, node: &Node, name: &str, found: &mut Vec<(String, Expression)>) {
    match &node.kind {
        Kind::And(left, right) => {
            collect(source, left, name, found);
            collect(source, right, name, found);
        }
        Kind::Compare(left, rest) => {
            let [(Relation::Equal, right)] = rest.as_slice() else { return };
            for (place, other) in [(&**left, right), (right, &**left)] {
                if let Kind::Path(path) = &place.kind
                    && let Some(pointer) = pointer(path, name)
                    && let Some(other) = source.get(other.range.clone())
                    && let Ok(other) = Expression::parse(other)
                    && !mentions(&other, name)
                    && !mentions(&other, "now")
                {
                    found.push((pointer, other));
                    return;
                }
            }
        }
        _ => {}
    }
}

fn mentions(expression: &Expression, name: &str) -> bool {
    expression
        .references()
        .iter()
        .any(|reference| matches!(reference.path.first(), Some(Segment::Name(root)) if root == name))
}

/// The path below `name`; none where it begins otherwise, or counts from a list's end.
fn pointer(path: &Path, name: &str) -> Option<String> {
    if path.root != name || path.steps.is_empty() {
        return None;
    }
    let mut pointer = String::new();
    for step in &path.steps {
        pointer.push('/');
        match step {
            Step::Name(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => pointer.push_str(&u64::try_from(*index).ok()?.to_string()),
        }
    }
    Some(pointer)
}

#[cfg(test)]
mod tests {
    use crate::Condition;

    fn found(condition: &str) -> Vec<(String, String)> {
        let condition = Condition::parse(condition).expect("a condition");
        let found = condition.equalities("event");
        found.into_iter().map(|(place, other)| (place, other.source().to_owned())).collect()
    }

    #[test]
    fn equalities_in_a_row_of_ands_are_found() {
        assert_eq!(
            found(
                "event.contact.id == contact.id and 'sms' == event['type/x'] and event.body is containing 'yes'"
            ),
            [("/contact/id".into(), "contact.id".into()), ("/type~1x".into(), "'sms'".into())]
        );
        assert_eq!(found("event.tags[0] == (a or b)").len(), 1);
    }

    #[test]
    fn what_need_not_be_so_or_depends_on_the_event_is_not() {
        for condition in [
            "event.a == x or event.b == y",
            "not event.a == x",
            "event.a == event.b",
            "event.a != x",
            "event.tags[-1] == x",
            "event.day == now",
            "other.a == x",
            "(event.a | lower) == x",
        ] {
            assert_eq!(found(condition), [], "{condition}");
        }
    }
}
