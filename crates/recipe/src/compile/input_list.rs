//! The inputs of a recipe: what an author may set without touching the steps.

use bellhop_connector::FieldKind;
use bellhop_source::{Address, Diagnostic, Key, Node, closest};
use serde_json::Value;

use super::{Checker, habits, list, literals, types};
use crate::inputs::read_text;
use crate::{Input, InputKind, codes};

/// The keys of an input.
const KEYS: [&str; 5] = ["description", "type", "default", "choices", "many"];
const EXAMPLE: &str = "`{ type: number, default: 80 }`";

/// Every type of input that there is.
pub(crate) const TYPES: [&str; 14] = [
    "text",
    "number",
    "yes_no",
    "date",
    "choice",
    "duration",
    "tag",
    "user",
    "calendar",
    "campaign",
    "workflow",
    "custom_field",
    "pipeline",
    "business",
];

/// The type of that name.
fn kind(name: &str) -> Option<InputKind> {
    Some(match name {
        "text" => InputKind::Text,
        "number" => InputKind::Number,
        "yes_no" => InputKind::YesNo,
        "date" => InputKind::Date,
        "choice" => InputKind::Choice,
        "duration" => InputKind::Duration,
        other if TYPES.contains(&other) => InputKind::Selector(other.to_owned()),
        _ => return None,
    })
}

impl Checker<'_> {
    pub(super) fn inputs(&mut self, node: &Node, address: &Address) -> Vec<Input> {
        if node.is_null() {
            return Vec::new();
        }
        let example = format!("`inputs: {{ hot_score: {} }}`", EXAMPLE.trim_matches('`'));
        if let Some(names) = node
            .items()
            .map(|items| items.iter().filter_map(|item| item.get("name")?.text()).collect::<Vec<_>>())
            && let Some(name) = names.first()
        {
            let message = "`inputs` is a group of fields, and here stands a list";
            self.report(
                Diagnostic::error(codes::WRONG_SHAPE, node.span, address.clone(), message)
                    .help(format!("Write each input's name as a key: `{name}:`, and its `type:` on the line below, without dashes.")),
            );
            return Vec::new();
        }
        let members = self.members_of(node, address, "`inputs`", &example).unwrap_or_default();
        members.iter().filter_map(|(key, node)| self.input(key, node, &address.key(&key.text))).collect()
    }

    fn input(&mut self, key: &Key, node: &Node, address: &Address) -> Option<Input> {
        if self.stops() {
            return None;
        }
        let good = super::names::is_name(&key.text) || self.is_good_name(&key.text, key.span, address);
        if node.members().is_none() {
            let mut diagnostic = Diagnostic::error(
                codes::WRONG_SHAPE,
                node.span,
                address.clone(),
                format!("an input is a group of fields, and here stands {}", node.kind()),
            )
            .help(format!("Write it like this: {EXAMPLE}"));
            if let Some(text) = node.text() {
                let (name, raw) = (guess(text), self.source.slice(node.span));
                diagnostic = diagnostic.suggest(node.span, format!("{{ type: {name}, default: {raw} }}"));
            }
            self.report(diagnostic);
            return None;
        }
        for (part, _) in node.members().unwrap_or_default() {
            let word = part.text.as_str();
            if word == "required" {
                self.report(
                    Diagnostic::error(
                        codes::OTHER_TOOLS_WORD,
                        part.span,
                        address.key(word),
                        "an input has no `required`",
                    )
                    .help("An input without a `default` must be given; one with a `default` need not."),
                );
            } else if !KEYS.contains(&word) && !self.other_word(part, node, address, &habits::INPUT) {
                self.unknown_key(part, address, "an input", &KEYS);
            }
        }
        let description = node.get("description").map_or("", |node| {
            self.text_of(node, &address.key("description"), "an input's description").unwrap_or_default()
        });
        let kind = self.input_type(key, node, address)?;
        let many = node.get("many").is_some_and(|n| self.yes_no(n, &address.key("many")).unwrap_or(false));
        let mut input = Input {
            name: key.text.clone(),
            kind,
            description: description.to_owned(),
            default: None,
            choices: self.choices(node, address),
            many,
        };
        let members = node.members().unwrap_or_default();
        let renamed =
            members.iter().any(|(key, _)| habits::meant(&habits::INPUT, &key.text) == Some("choices"));
        if input.kind == InputKind::Choice
            && input.choices.is_empty()
            && node.get("choices").is_none()
            && !renamed
        {
            let message = format!("the choice `{}` has nothing to choose from", input.name);
            self.missing_key(key.span, address, &message, "choices: [email, phone]");
        }
        if let Some(default) = node.get("default").filter(|node| !node.is_null()) {
            input.default = self.default(default, &input, &address.key("default"));
        }
        good.then_some(input)
    }

    fn input_type(&mut self, key: &Key, node: &Node, address: &Address) -> Option<InputKind> {
        let Some(given) = node.get("type") else {
            let members = node.members().unwrap_or_default();
            if members.iter().any(|(key, _)| habits::meant(&habits::INPUT, &key.text) == Some("type")) {
                return None;
            }
            let message = format!("the input `{}` has no type", key.text);
            let default = node.get("default").and_then(Node::text).unwrap_or_default();
            self.missing_key(key.span, address, &message, &format!("type: {}", guess(default)));
            return None;
        };
        let address = address.key("type");
        let text = self.text_of(given, &address, "an input's type")?;
        if let Some(kind) = kind(text) {
            return Some(kind);
        }
        let lower = text.to_ascii_lowercase();
        let meant = habits::meant(&habits::INPUT_TYPES, &lower).or_else(|| closest(text, TYPES));
        let help = format!("The types are {}.", list(&TYPES, "and"));
        let diagnostic =
            |message| Diagnostic::error(codes::UNKNOWN_INPUT_TYPE, given.span, address.clone(), message);
        self.report(match meant {
            Some(meant) => diagnostic(format!("there is no input type `{text}`: did you mean `{meant}`?"))
                .help(help)
                .suggest(given.span, meant),
            None if ["list", "array", "multiselect"].contains(&lower.as_str()) => {
                diagnostic(format!("there is no input type `{text}`"))
                    .help("For several values write the type of one of them, and `many: true`.")
            }
            None => diagnostic(format!("there is no input type `{text}`")).help(help),
        });
        None
    }

    fn choices(&mut self, node: &Node, address: &Address) -> Vec<Value> {
        let Some(choices) = node.get("choices") else { return Vec::new() };
        let address = address.key("choices");
        let items =
            self.items_of(choices, &address, "`choices`", "`choices: [email, phone]`").unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            if item.text().is_none() {
                self.text_of(item, &address.index(index), "a choice");
            }
        }
        items.iter().filter(|item| item.text().is_some()).map(Node::to_json).collect()
    }

    fn default(&mut self, node: &Node, input: &Input, address: &Address) -> Option<Value> {
        if !input.many {
            return self.one_default(node, input, address);
        }
        let items =
            self.items_of(node, address, "the default of an input with `many`", "`default: [a, b]`")?;
        let read = items.iter().enumerate();
        read.map(|(index, item)| self.one_default(item, input, &address.index(index))).collect()
    }

    fn one_default(&mut self, node: &Node, input: &Input, address: &Address) -> Option<Value> {
        let text = self.text_of(node, address, "a default")?;
        match read_text(text, input) {
            Ok(value) => Some(value),
            Err(problem) => {
                let field = types::of_input(&Input { many: false, ..input.clone() });
                let suggestion = problem.suggestion.or_else(|| match field.kind {
                    FieldKind::Number => literals::number_in(text),
                    FieldKind::Boolean => literals::nearly_yes_no(text).map(str::to_owned),
                    _ => None,
                });
                let message = format!("the default of `{}` does not fit: {}", input.name, problem.message);
                let diagnostic = Diagnostic::error(codes::WRONG_DEFAULT, node.span, address.clone(), message);
                let diagnostic = match literals::number(text) {
                    Some(number) if input.kind == InputKind::Duration => diagnostic
                        .help(format!("Say in what unit, such as `{number} days` or `{number} hours`.")),
                    _ => diagnostic,
                };
                self.report(match suggestion {
                    Some(meant) => diagnostic.suggest(node.span, meant),
                    None => diagnostic,
                });
                None
            }
        }
    }
}

/// The type that a value without one probably has.
fn guess(text: &str) -> &'static str {
    if literals::number(text).is_some() {
        "number"
    } else if literals::yes_no(text).is_some() {
        "yes_no"
    } else {
        "text"
    }
}
