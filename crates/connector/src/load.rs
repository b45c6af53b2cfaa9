//! Reads a manifest from its YAML: the shape by serde, the field groups expanded, the sense checked. All complaints
//! come at once, each with its place in the text.

use bellhop_source::{
    Address, Code, Diagnostic, Node, NodeValue, Severity, Source, Span, capped, from_node, parse,
};

use crate::{Manifest, expand::expand, problems};

/// Something in a manifest that makes no sense, at a place of its structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its stable code.
    pub code: Code,
    /// Where, such as `/operations/add_tags/request/path`.
    pub address: Address,
    /// What is wrong: one plain sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: Code, address: Address, message: impl Into<String>) -> Self {
        Self { code, address, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Manifest {
    /// Reads a manifest and checks it. On success every `schema:` reference is expanded and [`problems`] finds nothing.
    pub fn load(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let (node, mut diagnostics) = parse(source);
        let broken = diagnostics.iter().any(|one| one.severity == Severity::Error);
        let (Some(node), false) = (node, broken) else { return Err(diagnostics) };
        let mut manifest: Self = match from_node(&node) {
            Ok(manifest) => manifest,
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                return Err(diagnostics);
            }
        };
        let mut found = expand(&mut manifest);
        found.extend(problems(&manifest));
        if found.is_empty() {
            return Ok(manifest);
        }
        diagnostics.extend(found.into_iter().map(|problem| at_its_place(problem, &node)));
        diagnostics.sort_by_key(|one| one.span.start);
        Err(capped(diagnostics, 0, false))
    }
}

fn at_its_place(problem: Problem, root: &Node) -> Diagnostic {
    let span = span_at(root, problem.address.as_str());
    let diagnostic = Diagnostic::error(problem.code, span, problem.address, problem.message);
    match problem.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The span of the nearest thing to an address that is written: a value, its key where the value is a group, or
/// what should have held it.
fn span_at(root: &Node, address: &str) -> Span {
    let mut node = root;
    let mut span = Span::new(root.span.start, root.span.start);
    for part in address.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match &node.value {
            NodeValue::Mapping(_) => match node.member(&part) {
                Some((key, value)) => {
                    span =
                        if matches!(value.value, NodeValue::Scalar { .. }) { value.span } else { key.span };
                    node = value;
                }
                None => return span,
            },
            NodeValue::List(items) => match part.parse::<usize>().ok().and_then(|index| items.get(index)) {
                Some(item) => {
                    span = item.span;
                    node = item;
                }
                None => return span,
            },
            NodeValue::Scalar { .. } => return span,
        }
    }
    span
}
