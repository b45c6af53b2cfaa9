//! A call whose whole input is one pick or one expression: `contacts.create_contact: $.copy` (rule R5). What is known of the
//! data is compared with what the operation takes.

use bellhop_connector::{Field, FieldKind, Operation};
use bellhop_source::{Address, Diagnostic, Node, closest};
use bellhop_template::{Pick, Text};

use super::Checker;
use super::kinds::{Misfit, misfit};
use super::names::Type;
use super::{list, types};
use crate::{ValueExpr, codes};

impl Checker<'_> {
    /// Whether what stands after an operation is to become its whole input.
    pub(super) fn is_whole_input(node: &Node) -> bool {
        node.text().is_some_and(|text| {
            let text = text.trim();
            Pick::is_pick(text)
                || (Text::is_template(text)
                    && text.starts_with("{{")
                    && text.ends_with("}}")
                    && text.matches("{{").count() == 1)
        })
    }

    /// The whole input of `full`; none where it is no group of fields, or one that does not fit.
    pub(super) fn whole_input(
        &mut self,
        full: &str,
        operation: &Operation,
        node: &Node,
        address: &Address,
    ) -> Option<ValueExpr> {
        let text = node.text()?.trim();
        let path = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let pick = path.map_or_else(|| text.to_owned(), |path| format!("$.{}", path.trim()));
        let data = self.type_of_pick(&pick);
        let mut wanted = types::of(FieldKind::Object);
        wanted.open = true;
        let before = self.errors;
        let value = match &data {
            Some(data) if matches!(misfit(data, &wanted), Some(Misfit::OtherKind)) => {
                let message =
                    format!("`{full}` takes a group of fields, and {text} is {}", types::words(data));
                self.error(codes::GROUP_WANTED, node.span, address, message);
                None
            }
            _ => self.value(node, &wanted, address),
        };
        if self.errors == before
            && let Some(data) = data.filter(|data| data.kind == FieldKind::Object && !data.fields.is_empty())
        {
            self.fits_operation(full, operation, text, &data, node, address);
        }
        value.filter(|_| self.errors == before)
    }

    /// Complains about fields that the data has and the operation does not take, those of another kind, and those that
    /// are needed and not there.
    fn fits_operation(
        &mut self,
        full: &str,
        operation: &Operation,
        text: &str,
        data: &Type,
        node: &Node,
        address: &Address,
    ) {
        let say = |code, message| Diagnostic::error(code, node.span, address.clone(), message);
        let unknown: Vec<&str> = data
            .fields
            .keys()
            .map(String::as_str)
            .filter(|name| !operation.input.contains_key(*name))
            .collect();
        if !unknown.is_empty() {
            let shown = list(&unknown[..unknown.len().min(4)], "and");
            let more = if unknown.len() > 4 { " and more" } else { "" };
            let message = format!("`{full}` takes no {shown}{more}, which {text} has");
            let diagnostic = say(codes::UNKNOWN_FIELD, message);
            let near = closest(unknown[0], operation.input.keys().map(String::as_str));
            self.report(match near {
                Some(near) if unknown.len() == 1 => diagnostic.help(format!("Did you mean `{near}`?")),
                _ => diagnostic.help(
                    "Write the fields that are wanted one by one under the operation, or make the record by `map`.",
                ),
            });
        }
        for (name, have) in &data.fields {
            let Some(want) = operation.input.get(name) else { continue };
            if misfit(have, want).is_some() {
                let message = format!(
                    "`{name}` of `{full}` takes {}, and in {text} it is {}",
                    types::words(want),
                    types::words(have)
                );
                self.report(say(codes::WRONG_DATA, message));
            }
        }
        let missing = |name: &String, field: &Field| field.required && !data.fields.contains_key(name);
        let missing = operation.input.iter().find(|(name, field)| missing(name, field));
        if let Some((name, _)) = missing.filter(|_| !data.open) {
            let message = format!("`{full}` needs `{name}`, and {text} has none");
            self.report(say(codes::MISSING_FIELD, message).help(
                "Give it in the mapping or group that the value comes from, or write the fields one by one.",
            ));
        }
    }
}
