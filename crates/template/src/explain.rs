//! Why an evaluation gave nothing: which part is missing, what stands where an answer belongs, what cannot be compared;
//! and what to write instead.

use crate::error::{EvalError, EvalErrorKind};
use crate::evaluate::{Evaluation, follow};
use crate::nearest::nearest;
use crate::node::{Kind, Node, Path, Step};
use crate::values::{kind, shortened, shown};
use serde_json::Value;

impl Evaluation<'_> {
    /// Which part of the expression is not there, and what to write if it may be so.
    pub(crate) fn missing(&self, node: &Node) -> EvalError {
        match &node.kind {
            Kind::Path(path) => {
                let (depth, reason) = self.gap(path);
                let written = self.written(node);
                let help = if depth == 0 {
                    String::new()
                } else {
                    format!(" If it may be missing, write `{written} | default('…')`.")
                };
                EvalError {
                    message: format!("`{written}` has no value: {reason}.{help}"),
                    kind: EvalErrorKind::Missing { path: path.written(depth) },
                    range: Some(node.range.clone()),
                }
            }
            // The value of these is the value of a part, so that the part is what is missing.
            Kind::Default { fallback: part, .. } | Kind::Or(_, part) | Kind::And(_, part) => {
                self.missing(part)
            }
            Kind::Field(base, name) => {
                self.nothing(node, &format!("has no value: there is no `{name}` in `{}`", self.written(base)))
            }
            _ => self.nothing(node, "has no value"),
        }
    }

    fn nothing(&self, node: &Node, says: &str) -> EvalError {
        let path = self.written(node).to_owned();
        self.error(node, EvalErrorKind::Missing { path }, says)
    }

    /// How many steps down the first gap is, and what is known about it.
    fn gap(&self, path: &Path) -> (usize, String) {
        let Some(root) = self.scope.get(&path.root) else {
            let near = nearest(&path.root, self.scope.names().chain(["now"]));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`"));
            return (0, format!("there is no `{}` here{hint}", path.root));
        };
        let mut value: &Value = root;
        for (index, step) in path.steps.iter().enumerate() {
            let base = path.written(index);
            match (follow(value, std::slice::from_ref(step)), step, value) {
                (Some(next), _, _) => value = next,
                (None, Step::Name(name), Value::Object(fields)) => {
                    let near = nearest(name, fields.keys().map(String::as_str));
                    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`"));
                    return (index + 1, format!("`{base}` has no `{}`{hint}", shortened(name)));
                }
                (None, Step::Index(place), Value::Array(items)) => {
                    return (
                        index + 1,
                        format!("`{base}` has no item {place}, as it has {} (counted from 0)", items.len()),
                    );
                }
                (None, Step::Name(name), _) => {
                    return (
                        index + 1,
                        format!("`{base}` is {}, which has no `{}`", kind(value), shortened(name)),
                    );
                }
                (None, Step::Index(_), _) => {
                    return (index + 1, format!("`{base}` is {}, which has no items", kind(value)));
                }
            }
        }
        (path.steps.len(), "it is not there".to_owned())
    }

    pub(crate) fn no_answer(&self, node: &Node, value: &Value) -> EvalError {
        let written = self.written(node);
        let help = match value {
            Value::Number(_) => format!("`{written} > 0`"),
            _ => format!("`{written} is not empty`"),
        };
        let says = format!("is {}, but a condition needs a yes or a no. Write {help}", shown(value));
        self.error(node, EvalErrorKind::WrongType, &says)
    }

    pub(crate) fn mismatch(&self, node: &Node, left: (&Node, &Value), right: (&Node, &Value)) -> EvalError {
        let number_wanted = |side: (&Node, &Value), other: &Value| {
            (side.1.is_string() && other.is_number()).then(|| self.written(side.0))
        };
        let help = if left.1.is_null() || right.1.is_null() {
            let empty = if left.1.is_null() { left.0 } else { right.0 };
            format!("If `{0}` may be empty, write `{0} | default(…)`", self.written(empty))
        } else if let Some(text) = number_wanted(left, right.1).or_else(|| number_wanted(right, left.1)) {
            format!("To compare numbers, write `{text} | float`; to compare texts, put the number in quotes")
        } else {
            "Only values of one kind can be compared".to_owned()
        };
        let says = format!("compares {} with {}. {help}", shown(left.1), shown(right.1));
        self.error(node, EvalErrorKind::WrongType, &says)
    }
}
