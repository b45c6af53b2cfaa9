//! Groups of fields: which are taken, which are missing.

use bellhop_connector::{Field, Fields};
use bellhop_source::{Address, Diagnostic, Key, Node, Span, closest};

use super::{Checker, synonyms};
use crate::{ValueExpr, codes};

/// Whose fields they are.
pub(super) struct Owner<'o> {
    /// `contacts.add_tags`, or the field that is a group.
    pub(super) name: &'o str,
    /// Where complaints about missing fields point.
    pub(super) span: Span,
    /// Whether it takes fields that are not listed.
    pub(super) open: bool,
    /// Whether it is an operation.
    pub(super) operation: bool,
}

/// Keys that belong to the step and often stand one level too deep.
const OF_THE_STEP: [&str; 9] =
    ["as", "if", "retry", "timeout", "on_error", "connection", "about", "then", "after"];

impl Checker<'_> {
    /// The values of written fields, in their order; none where one is wrong.
    pub(super) fn fields(
        &mut self,
        members: &[(Key, Node)],
        known: &Fields,
        owner: &Owner<'_>,
        address: &Address,
    ) -> Option<Vec<(String, ValueExpr)>> {
        let mut values = Some(Vec::with_capacity(members.len()));
        for (key, node) in members {
            if self.stops() {
                return None;
            }
            let at = address.key(&key.text);
            let value = match known.get(&key.text) {
                Some(field) => self.value(node, field, &at),
                None if owner.open => self.value(node, &Field::default(), &at),
                None => {
                    self.unknown_field(key, known, owner, &at);
                    self.value(node, &Field::default(), &at);
                    None
                }
            };
            match (value, &mut values) {
                (Some(value), Some(values)) => values.push((key.text.clone(), value)),
                _ => values = None,
            }
        }
        for (name, field) in known.iter().filter(|(_, field)| field.required) {
            if !members.iter().any(|(key, _)| key.text == *name)
                && !self.said_nearby(name, members, known, owner)
            {
                let example = self.example_line(name, field);
                self.report(
                    Diagnostic::error(
                        codes::MISSING_FIELD,
                        owner.span,
                        address.clone(),
                        format!("`{}` needs `{name}`", owner.name),
                    )
                    .help(format!("Add a line such as `{example}`.")),
                );
                values = None;
            }
        }
        values
    }

    /// Whether a missing field is there under a misspelt name, or stands beside the operation: said once is enough.
    fn said_nearby(&self, name: &str, members: &[(Key, Node)], known: &Fields, owner: &Owner<'_>) -> bool {
        if self.is_full() {
            return false;
        }
        let misspelt = members
            .iter()
            .any(|(key, _)| !known.contains_key(&key.text) && meant_field(&key.text, known) == Some(name));
        let beside = format!("is a field of `{}` and belongs under it", owner.name);
        let under = format!("the fields stand right under `{}`", owner.name);
        let mut said = self.diagnostics.iter().rev().filter(|one| one.span.start > owner.span.start);
        misspelt
            || (owner.operation
                && said.any(|one| one.message.ends_with(&beside) || one.message.ends_with(&under)))
    }

    /// Complains about a field that is none of `known`, with the one that was probably meant.
    pub(super) fn unknown_field(&mut self, key: &Key, known: &Fields, owner: &Owner<'_>, address: &Address) {
        let word = key.text.as_str();
        if owner.operation && OF_THE_STEP.contains(&word) {
            self.report(
                Diagnostic::error(
                    codes::MISPLACED_KEY,
                    key.span,
                    address.clone(),
                    format!("`{word}` belongs to the step, not to the fields of `{}`", owner.name),
                )
                .help(format!("Move it to the left, so that it stands exactly below `{}`.", owner.name)),
            );
            return;
        }
        let meant = if self.is_full() { None } else { meant_field(word, known) };
        let message = format!("`{}` has no field `{word}`", owner.name);
        let diagnostic =
            |message| Diagnostic::error(codes::UNKNOWN_FIELD, key.span, address.clone(), message);
        self.report(match meant {
            Some(meant) => diagnostic(format!("{message}: did you mean `{meant}`?")).suggest(key.span, meant),
            None if known.is_empty() => diagnostic(message).help("It takes no fields."),
            None => {
                let names: Vec<&str> = known.keys().map(String::as_str).take(12).collect();
                let more = if known.len() > names.len() { " and more" } else { "" };
                diagnostic(message).help(format!("Its fields are {}{more}.", super::list(&names, "and")))
            }
        });
    }
}

/// The field that a word means: by its title, by nearness, or as another word for the same.
fn meant_field<'f>(word: &str, known: &'f Fields) -> Option<&'f str> {
    let titled = known.iter().find(|(_, field)| field.title.eq_ignore_ascii_case(word));
    titled
        .map(|(name, _)| name.as_str())
        .or_else(|| closest(word, known.keys().map(String::as_str)))
        .or_else(|| synonyms::field(word, known))
}
