//! A bare expression that answers yes or no, as in `if: contact.score >= 80`.

use crate::evaluate::Evaluation;
use crate::node::Node;
use crate::{
    Comparison, Context, EvalError, Expression, Mistakes, Reference, Scope, SyntaxError, answers, equalities,
    mentions, read,
};
use std::sync::Arc;

/// A condition, compiled. Cheap to clone and to evaluate many times.
///
/// It answers with `true` or `false` only. A text, number or list in place of an answer is an error; a field that its
/// record lacks, or that is null, is a no, because records leave out what was never set. A comparison by order with
/// something absent is an error, as is one of values of different kinds.
#[derive(Debug, Clone)]
pub struct Condition {
    source: Arc<str>,
    root: Arc<Node>,
}

impl Condition {
    /// Reads a condition. Ranges in the error are bytes of `source`.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let root = read::read(source, 0..source.len())?;
        answers::must_answer(source, &root)?;
        Ok(Self { source: source.into(), root: Arc::new(root) })
    }

    /// All that is wrong with a condition that [`Condition::parse`] refuses, and what the rest of it mentions.
    pub fn mistakes(source: &str) -> Mistakes {
        Mistakes::of(source, mentions::Wanted::Answer)
    }

    /// The answer.
    pub fn evaluate(&self, scope: &Scope, context: &Context) -> Result<bool, EvalError> {
        Evaluation::new(&self.source, scope, context).answer(&self.root)
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to, in the order written; `now` included.
    pub fn references(&self) -> Vec<Reference> {
        mentions::references(&self.root, mentions::Wanted::Answer)
    }

    /// What it compares.
    pub fn comparisons(&self) -> Vec<Comparison> {
        mentions::comparisons(&self.root)
    }

    /// What must be so of `name` wherever the condition holds: places below it that equal something else, each as a JSON
    /// pointer with the other side. To look by among many; the condition itself still has to be asked.
    pub fn equalities(&self, name: &str) -> Vec<(String, Expression)> {
        equalities::equalities(&self.source, &self.root, name)
    }

    /// Advice on what is right but better said otherwise: `'vip' in contact.tags`, which needs quotes in YAML and
    /// tells small letters from capital ones.
    pub fn hints(&self) -> Vec<SyntaxError> {
        let hint = |(part, container): (&Node, &Node)| {
            let better = format!(
                "{} is containing {}",
                &self.source[container.range.clone()],
                &self.source[part.range.clone()]
            );
            let range = part.range.start..container.range.end;
            SyntaxError::new("This is better said the other way round.", range.clone())
                .help(format!(
                    "Write `{better}`; it reads value first, and takes small and capital letters as the same."
                ))
                .suggest(range, better)
        };
        mentions::value_first(&self.root).into_iter().map(hint).collect()
    }
}
