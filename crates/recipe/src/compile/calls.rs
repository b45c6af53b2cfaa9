//! Calls of apps: which operation is meant, which account, and whether its fields are all there (rule R5).

use std::sync::Arc;

use bellhop_connector::{Field, Operation};
use bellhop_source::{Address, Diagnostic, Key, Node, Span, closest};

use super::fields::Owner;
use super::steps::Effect;
use super::verbs::{Parts, squeezed};
use super::{Checker, habits, list, synonyms, types};
use crate::{Action, CallAction, ValueExpr, codes};

/// A call as it is written.
#[derive(Clone, Copy)]
pub(super) struct Asked<'n> {
    /// The operation with its app.
    pub(super) name: &'n str,
    /// Where the name stands.
    pub(super) span: Span,
    /// What it is given; none where only the name is written.
    pub(super) fields: Option<&'n Node>,
    /// The address of what it is given.
    pub(super) at: &'n Address,
}

/// A call that was understood.
pub(super) struct Called<'a> {
    pub(super) operation: &'a Operation,
    /// None where something about it is wrong.
    pub(super) action: Option<CallAction>,
}

impl<'a> Checker<'a> {
    pub(super) fn call(
        &mut self,
        key: &Key,
        node: &Node,
        name: &str,
        parts: &Parts<'_>,
        address: &Address,
    ) -> Effect {
        let at = address.key(&key.text);
        let asked = Asked { name, span: key.span, fields: Some(node), at: &at };
        let Some(called) = self.called(&asked, parts, address) else {
            return Effect { writes: true, ..Effect::default() };
        };
        Effect {
            action: called.action.map(Action::Call),
            writes: called.operation.effect.writes(),
            ends: false,
            result: Some(Arc::new(called.operation.output.clone())),
        }
    }

    /// The operation that a step asks for, and its call; none where there is no such operation. The address is the step's.
    pub(super) fn called(
        &mut self,
        asked: &Asked<'_>,
        parts: &Parts<'_>,
        address: &Address,
    ) -> Option<Called<'a>> {
        let Asked { name, span, fields, at } = *asked;
        let Some((connector, operation_name, operation)) = self.operation(name, span, at) else {
            // What it takes is not known, but its names can be checked.
            if let Some(fields) = fields.filter(|fields| !fields.is_null()) {
                self.value(fields, &Field::default(), at);
            }
            return None;
        };
        if let Some(why) = &operation.deprecated {
            self.report(Diagnostic::warning(
                codes::DEPRECATED,
                span,
                at.clone(),
                format!("`{name}` should not be used any more: {}", why.trim_end_matches('.')),
            ));
        }
        let full = format!("{connector}.{operation_name}");
        let input = self.call_input(&Asked { name: &full, ..*asked }, operation);
        let connection = match parts.get("connection") {
            Some((key, wanted)) => self.named_connection(wanted, &address.key(&key.text), &connector),
            None => self.usual_connection(&connector, span, at),
        };
        let action = match (input, connection) {
            (Some(input), Some(connection)) => Some(CallAction {
                connector,
                operation: operation_name,
                connection,
                input,
                effect: operation.effect,
                record: operation.record.clone(),
            }),
            _ => None,
        };
        Some(Called { operation, action })
    }

    fn call_input(&mut self, asked: &Asked<'_>, operation: &Operation) -> Option<ValueExpr> {
        let Asked { name: full, span, fields, at: address } = *asked;
        let owner = Owner { name: full, span, open: false, operation: true };
        let Some(node) = fields.filter(|fields| !fields.is_null()) else {
            return self.fields(&[], &operation.input, &owner, address).map(ValueExpr::Object);
        };
        if Self::is_whole_input(node) {
            return self.whole_input(full, operation, node, address);
        }
        let members = node.members();
        let Some(members) = members else {
            let example = self.example_lines(&operation.input);
            if let Some((name, value)) = node.text().and_then(|text| text.split_once(':'))
                && operation.input.contains_key(name)
                && !self.source.slice(node.span).starts_with(['"', '\''])
            {
                let place = Span::new(node.span.start, node.span.start + name.len() + 1);
                self.report(
                    Diagnostic::error(
                        bellhop_source::codes::MISSING_COLON,
                        node.span,
                        address.clone(),
                        format!("there must be a space after `{name}:`"),
                    )
                    .suggest(
                        place,
                        if value.starts_with(' ') { format!("{name}:") } else { format!("{name}: ") },
                    ),
                );
                return None;
            }
            if let Some([only]) = node.items()
                && only.members().is_some_and(|members| members.len() == 1)
            {
                self.report(
                    Diagnostic::error(
                        codes::GROUP_WANTED,
                        node.span,
                        address.clone(),
                        format!("`{full}` takes a group of fields, and here stands a list"),
                    )
                    .help("Its fields stand without dashes.")
                    .suggest(self.with_dash(node.span), self.source.slice(only.span)),
                );
                return None;
            }
            self.report(
                Diagnostic::error(
                    codes::GROUP_WANTED,
                    node.span,
                    address.clone(),
                    format!("`{full}` takes a group of fields, and here stands {}", node.kind()),
                )
                .help(if example.is_empty() {
                    format!("It takes no fields: write `{full}: {{}}`.")
                } else {
                    format!("Write its fields on the lines below, indented: `{example}`.")
                }),
            );
            return None;
        };
        if let [(wrapper, _)] = members
            && habits::FIELDS_KEYS.contains(&wrapper.text.as_str())
            && !operation.input.contains_key(&wrapper.text)
        {
            self.report(
                Diagnostic::error(
                    codes::OTHER_TOOLS_WORD,
                    wrapper.span,
                    address.key(&wrapper.text),
                    format!("`{}` is not needed: the fields stand directly under `{full}`", wrapper.text),
                )
                .help("Take this line out and move the fields to the left, where it stood."),
            );
            return None;
        }
        self.secrets_written_out(operation, members, address);
        self.fields(members, &operation.input, &owner, address).map(ValueExpr::Object)
    }

    /// The span from the dash before it, where one stands there.
    pub(super) fn with_dash(&self, span: Span) -> Span {
        let before = Span::new(span.start.saturating_sub(2), span.start);
        if self.source.slice(before) == "- " { Span::new(before.start, span.end) } else { span }
    }

    /// The operation that a name means; complains where there is none.
    fn operation(
        &mut self,
        name: &str,
        span: Span,
        address: &Address,
    ) -> Option<(String, String, &'a Operation)> {
        let (connector, operation) = name.split_once('.')?;
        let Some(manifest) = self.world.catalogue.get(connector) else {
            self.unknown_connector(connector, operation, span, address);
            return None;
        };
        if let Some(found) = manifest.operations.get(operation) {
            return Some((connector.to_owned(), operation.to_owned(), found));
        }
        let wanted = squeezed(operation);
        let same = manifest
            .operations
            .iter()
            .find(|(name, one)| squeezed(name) == wanted || squeezed(&one.vendor_id) == wanted)
            .map(|(name, one)| (name.clone(), one));
        let near = same.as_ref().map(|(name, _)| name.clone()).or_else(|| {
            let names = manifest.operations.keys().map(String::as_str);
            let vendors = manifest.operations.values().map(|one| one.vendor_id.as_str());
            if let Some(meant) = synonyms::operation(operation, manifest.operations.iter()) {
                return Some(meant.to_owned());
            }
            let near = closest(operation, names.chain(vendors.filter(|id| !id.is_empty())))?;
            let by_vendor = manifest.operations.iter().find(|(_, one)| one.vendor_id == near);
            Some(by_vendor.map_or(near, |(name, _)| name.as_str()).to_owned())
        });
        let message = format!("`{connector}` has no operation `{operation}`");
        let diagnostic =
            |message| Diagnostic::error(codes::UNKNOWN_OPERATION, span, address.clone(), message);
        self.report(match &near {
            Some(near) => diagnostic(format!("{message}: did you mean `{connector}.{near}`?"))
                .suggest(span, format!("{connector}.{near}")),
            None if self.world.catalogue.event(connector, operation).is_some() => {
                diagnostic(message).help("It is an event, and events stand under `trigger:` and `wait_for:`.")
            }
            None => {
                let alike = synonyms::same_verb(operation, manifest.operations.iter());
                let show = format!("`bellhop connectors show {connector}` lists what it can do.");
                diagnostic(message).help(match alike.as_slice() {
                    [] => show,
                    alike => format!("It has {}. {show}", list(alike, "and")),
                })
            }
        });
        same.map(|(name, operation)| (connector.to_owned(), name, operation))
    }

    pub(super) fn unknown_connector(
        &mut self,
        connector: &str,
        operation: &str,
        span: Span,
        address: &Address,
    ) {
        let catalogue = &self.world.catalogue;
        let names: Vec<&str> = catalogue.iter().map(|one| one.connector.as_str()).collect();
        let near = closest(connector, names.iter().copied());
        let titled = catalogue.iter().find(|one| squeezed(&one.title) == squeezed(connector));
        let having = catalogue.iter().find(|one| one.operations.contains_key(operation));
        let meant = near
            .or_else(|| titled.map(|one| one.connector.as_str()))
            .or_else(|| having.map(|one| one.connector.as_str()))
            .map(|connector| format!("{connector}.{operation}"));
        let mut message = format!("there is no connector `{connector}`");
        let mut help = format!("There are {}.", list(&names, "and"));
        if let Some(connection) = self.world.connections.get(connector) {
            help = format!(
                "`{connector}` is a connection: write `{connection}.{operation}`, and `connection: {connector}` beside it."
            );
        }
        if let Some(meant) = &meant {
            message = format!("{message}: did you mean `{meant}`?");
        }
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_CONNECTOR, span, address.clone(), message).help(help);
        self.report(match meant {
            Some(meant) => diagnostic.suggest(span, meant),
            None => diagnostic,
        });
    }

    /// The connection that a recipe names, where it is one of the connector.
    pub(super) fn named_connection(
        &mut self,
        node: &Node,
        address: &Address,
        connector: &str,
    ) -> Option<String> {
        let name = self.text_of(node, address, "a connection")?;
        if self.world.connections.get(name).is_some_and(|owner| owner == connector) {
            return Some(name.to_owned());
        }
        let fitting: Vec<&str> = self.connections_of(connector);
        let near = match fitting.as_slice() {
            [only] => Some(*only),
            several => closest(name, several.iter().copied()),
        };
        let message = match self.world.connections.get(name) {
            Some(owner) => {
                format!("the connection `{name}` is one of `{owner}`, and this needs one of `{connector}`")
            }
            None => format!("the workspace has no connection `{name}`"),
        };
        let diagnostic = Diagnostic::error(codes::UNKNOWN_CONNECTION, node.span, address.clone(), message)
            .help(if fitting.is_empty() {
                format!("Add a connection of `{connector}` to bellhop.yaml.")
            } else {
                format!("Connections of `{connector}` are {}.", list(&fitting, "and"))
            });
        self.report(match near {
            Some(near) => diagnostic.suggest(node.span, near),
            None => diagnostic,
        });
        None
    }

    fn connections_of(&self, connector: &str) -> Vec<&str> {
        let connections = self.world.connections.iter();
        connections.filter(|(_, owner)| *owner == connector).map(|(name, _)| name.as_str()).collect()
    }

    /// The connection where the step names none: the one named after its connector, or the only one.
    fn usual_connection(&mut self, connector: &str, span: Span, address: &Address) -> Option<String> {
        let fitting = self.connections_of(connector);
        match fitting.as_slice() {
            [only] => Some((*only).to_owned()),
            several if several.contains(&connector) => Some(connector.to_owned()),
            [] => {
                if !self.world.connections.is_empty() {
                    self.report(
                        Diagnostic::warning(
                            codes::NO_CONNECTION,
                            span,
                            address.clone(),
                            format!("the workspace has no connection of `{connector}` yet"),
                        )
                        .help("Add one to bellhop.yaml before this recipe runs."),
                    );
                }
                Some(connector.to_owned())
            }
            several => {
                let help = format!("Add `connection:` to the step, with {}.", list(several, "or"));
                self.report(
                    Diagnostic::error(
                        codes::WHICH_CONNECTION,
                        span,
                        address.clone(),
                        format!("the workspace has several connections of `{connector}`"),
                    )
                    .help(help),
                );
                None
            }
        }
    }

    /// The required fields with made-up values, as one would write them.
    fn example_lines(&self, fields: &bellhop_connector::Fields) -> String {
        let required = fields.iter().filter(|(_, field)| field.required);
        let lines: Vec<String> = required.map(|(name, field)| self.example_line(name, field)).collect();
        lines.join(", ")
    }

    /// A field with a made-up value, as one would write it.
    pub(super) fn example_line(&self, name: &str, field: &Field) -> String {
        let trigger = self.frames.iter().flat_map(|frame| &frame.names).find(|one| one.name == "trigger");
        if let Some(trigger) = trigger.filter(|_| name.ends_with("Id")) {
            for known in [name, "id"] {
                if trigger.value.fields.contains_key(known) {
                    return format!("{name}: $.trigger.{known}");
                }
            }
        }
        if let Some(example) = &field.example {
            let text = match example {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Array(items) => {
                    let items: Vec<String> = items.iter().map(super::literals::as_text).collect();
                    format!("[{}]", items.join(", "))
                }
                other => other.to_string(),
            };
            return format!("{name}: {text}");
        }
        let value = match types::words(field) {
            "a number" => "80",
            "yes or no" => "true",
            "a list" => "[first, second]",
            "a group of fields" => "{ … }",
            "a date" | "a date and time" => "in 2 days",
            _ => "some text",
        };
        format!("{name}: {value}")
    }
}
