//! A field's value from what is written: itself, a pick, or text with expressions. The field decides the type (rule R2).

use bellhop_clock::Moment;
use bellhop_connector::{Field, FieldKind, Format};
use bellhop_source::{Address, Diagnostic, Node, NodeValue, closest};
use bellhop_template::{Pick, Text};
use serde_json::Value;

use super::fields::Owner;
use super::kinds::{Misfit, misfit};
use super::names::is_name;
use super::{Checker, list, literals, types};
use crate::{ValueExpr, Want, codes};

impl Checker<'_> {
    /// The value of a field, or none where it does not fit (which is then said).
    pub(super) fn value(&mut self, node: &Node, field: &Field, address: &Address) -> Option<ValueExpr> {
        if self.stops() {
            return None;
        }
        if node.is_null() {
            return self.null(node, field, address);
        }
        match &node.value {
            NodeValue::Scalar { text, .. } if Pick::is_pick(text) => self.picked(node, field, address),
            NodeValue::Scalar { text, .. } if Text::is_template(text) => self.templated(node, field, address),
            NodeValue::Scalar { text, .. } => self.literal(node, text, field, address),
            NodeValue::List(items) => self.listed(node, items, field, address),
            NodeValue::Mapping(members) => match field.kind {
                FieldKind::Any | FieldKind::Object => {
                    let owner = Owner {
                        name: name_of(address),
                        span: node.span,
                        open: field.open || field.fields.is_empty(),
                        operation: false,
                    };
                    let values = self.fields(members, &field.fields, &owner, address)?;
                    Some(folded_object(values))
                }
                FieldKind::Array => {
                    self.list_wanted(node, address);
                    None
                }
                _ => {
                    self.one_wanted(node, field, address);
                    None
                }
            },
        }
    }

    fn null(&mut self, node: &Node, field: &Field, address: &Address) -> Option<ValueExpr> {
        if field.nullable || field.kind == FieldKind::Any {
            return Some(ValueExpr::Literal(Value::Null));
        }
        let name = name_of(address);
        let message = if self.source.slice(node.span).trim().is_empty() {
            format!("nothing is written after `{name}:`")
        } else {
            format!("`{name}` cannot be cleared")
        };
        self.report(
            Diagnostic::error(codes::CANNOT_CLEAR, node.span, address.clone(), message)
                .help("To keep the value that is there, leave the line out."),
        );
        None
    }

    fn picked(&mut self, node: &Node, field: &Field, address: &Address) -> Option<ValueExpr> {
        let (pick, data) = self.pick(node, address)?;
        if let Some(problem) =
            data.as_deref().and_then(|data| misfit(data, field).map(|misfit| (misfit, data)))
        {
            let (misfit, data) = problem;
            let raw = self.source.slice(node.span);
            let name = name_of(address);
            let say = |code, message: String| Diagnostic::error(code, node.span, address.clone(), message);
            self.report(match misfit {
                Misfit::OneForList => say(
                    codes::LIST_WANTED,
                    format!("`{name}` takes a list, and {raw} is {}", types::words(data)),
                )
                .suggest(node.span, format!("[{raw}]")),
                Misfit::SeveralForOne => suggested(say(
                    codes::ONE_VALUE_WANTED,
                    format!("`{name}` takes one value, and {raw} is {}", types::words(data)),
                )
                .help(if data.kind == FieldKind::Array {
                    let path = raw.trim_start_matches("$.");
                    format!("Pick one, such as `{raw}[0]` for the first, or make one text of all: `\"{{{{ {path} | join(', ') }}}}\"`.")
                } else {
                    "Pick one of its fields, such as `.name`.".to_owned()
                })
                , node, field_of_group(data, name).map(|part| format!("{raw}.{part}"))),
                Misfit::OtherKind => say(
                    codes::WRONG_DATA,
                    format!("`{name}` takes {}, and {raw} is {}", types::words(field), types::words(data)),
                ),
            });
            return None;
        }
        Some(ValueExpr::Pick(pick, Want::from(field)))
    }

    fn templated(&mut self, node: &Node, field: &Field, address: &Address) -> Option<ValueExpr> {
        if self.other_mark(node, address) {
            return None;
        }
        let text = self.text(node, address)?;
        let written = node.text().unwrap_or_default().trim();
        let whole =
            written.starts_with("{{") && written.ends_with("}}") && written.matches("{{").count() == 1;
        if whole && field.kind == FieldKind::Array {
            let path = written.trim_start_matches('{').trim_end_matches('}').trim();
            let one = self
                .type_of_pick(&format!("$.{path}"))
                .is_some_and(|data| matches!(misfit(&data, field), Some(Misfit::OneForList)));
            if one {
                let raw = self.source.slice(node.span);
                let message = format!("`{}` takes a list, and `{path}` is one value", name_of(address));
                self.report(
                    Diagnostic::error(codes::LIST_WANTED, node.span, address.clone(), message)
                        .suggest(node.span, format!("[{raw}]")),
                );
                return None;
            }
        }
        if !whole && matches!(field.kind, FieldKind::Array | FieldKind::Object) {
            if field.kind == FieldKind::Array {
                self.list_wanted(node, address);
            } else {
                self.group_wanted(node, address);
            }
            return None;
        }
        Some(ValueExpr::Text(text, Want::from(field)))
    }

    fn listed(&mut self, node: &Node, items: &[Node], field: &Field, address: &Address) -> Option<ValueExpr> {
        let any = Field::default();
        let wanted = match field.kind {
            FieldKind::Any => &any,
            FieldKind::Array => field.items.as_deref().unwrap_or(&any),
            FieldKind::Object => {
                self.group_wanted(node, address);
                return None;
            }
            _ => {
                self.one_wanted(node, field, address);
                return None;
            }
        };
        let mut values = Some(Vec::with_capacity(items.len()));
        for (index, item) in items.iter().enumerate() {
            match (self.value(item, wanted, &address.index(index)), &mut values) {
                (Some(value), Some(values)) => values.push(value),
                _ => values = None,
            }
        }
        values.map(folded_list)
    }

    fn literal(&mut self, node: &Node, text: &str, field: &Field, address: &Address) -> Option<ValueExpr> {
        self.looks_like_a_pick(node, text, address);
        if !field.choices.is_empty() && field.kind != FieldKind::Array {
            return self.choice(node, text, field, address);
        }
        let moment = matches!(field.format, Some(Format::DateTime | Format::Date));
        if field.kind == FieldKind::String && moment {
            return match Moment::parse(text) {
                Ok(moment) => Some(ValueExpr::Moment(moment, Want::from(field))),
                Err(error) => {
                    self.words_error(codes::NOT_A_DATE, node, address, error);
                    None
                }
            };
        }
        if let Some(value) = literals::read(node, field.kind) {
            self.doubt(node, text, field, address);
            return Some(ValueExpr::Literal(value));
        }
        let name = name_of(address);
        let say = |code, message: String| Diagnostic::error(code, node.span, address.clone(), message);
        let (diagnostic, meant) = match field.kind {
            FieldKind::Array => {
                self.list_wanted(node, address);
                return None;
            }
            FieldKind::Object => {
                self.group_wanted(node, address);
                return None;
            }
            FieldKind::Boolean => (
                say(codes::NOT_YES_NO, format!("`{name}` takes `true` or `false`, and here stands `{text}`")),
                literals::nearly_yes_no(text).map(str::to_owned),
            ),
            FieldKind::Integer => (
                say(codes::NOT_A_NUMBER, format!("`{name}` takes a whole number, and `{text}` is none")),
                literals::number_in(text).filter(|number| !number.contains('.')),
            ),
            _ => (
                say(codes::NOT_A_NUMBER, format!("`{name}` takes a number, and `{text}` is none")),
                literals::number_in(text),
            ),
        };
        self.report(match meant {
            Some(meant) => diagnostic.suggest(node.span, meant),
            None => diagnostic,
        });
        None
    }

    fn choice(&mut self, node: &Node, text: &str, field: &Field, address: &Address) -> Option<ValueExpr> {
        if let Some(choice) = literals::choice(text, field) {
            return Some(ValueExpr::Literal(choice.clone()));
        }
        if field.kind == FieldKind::Boolean
            && let Some(value) = literals::yes_no(text).map(Value::Bool)
            && field.choices.contains(&value)
        {
            return Some(ValueExpr::Literal(value));
        }
        let choices: Vec<String> = field.choices.iter().map(literals::as_text).collect();
        let words: Vec<&str> = choices.iter().map(String::as_str).collect();
        let diagnostic = Diagnostic::error(
            codes::NOT_A_CHOICE,
            node.span,
            address.clone(),
            format!("`{}` does not take `{text}`", name_of(address)),
        )
        .help(format!("It takes {}.", list(&words, "or")));
        self.report(match closest(text, words.iter().copied()) {
            Some(meant) => diagnostic.suggest(node.span, meant),
            None => diagnostic,
        });
        None
    }

    /// A text that fits, but is probably not what the field is for.
    fn doubt(&mut self, node: &Node, text: &str, field: &Field, address: &Address) {
        if let Some(mark) = Text::lookalike(text) {
            self.expression_problem(Diagnostic::warning, codes::OTHER_TOOLS_MARK, node, address, mark);
        }
        let what = match field.format {
            Some(Format::Email) if !text.contains('@') => "an e-mail address: it has no `@`",
            Some(Format::Uri) if !text.contains(':') => {
                "an address of a page: it does not begin with `https://`"
            }
            Some(Format::Phone) if text.bytes().filter(u8::is_ascii_digit).count() < 5 => "a phone number",
            _ => return,
        };
        let message = format!("`{text}` does not look like {what}");
        self.report(Diagnostic::warning(codes::DOUBTFUL_TEXT, node.span, address.clone(), message));
    }

    /// The pick that a path without its mark was meant to be: `contact` for `$.contact`.
    fn bare_pick(&self, node: &Node) -> Option<String> {
        let text = node.text()?;
        let root = text.split('.').next().filter(|_| text.split('.').all(is_name))?;
        self.find(root).map(|_| format!("$.{text}"))
    }

    fn list_wanted(&mut self, node: &Node, address: &Address) {
        let name = name_of(address);
        let diagnostic = Diagnostic::error(
            codes::LIST_WANTED,
            node.span,
            address.clone(),
            format!("`{name}` takes a list, and here stands {}", node.kind()),
        );
        let raw = self.source.slice(node.span);
        let text = node.text().unwrap_or_default();
        let block = raw.starts_with(['|', '>']) || raw.contains('\n');
        let text = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
        let item = if raw.starts_with(['"', '\'']) && !text.contains(',') {
            Some(raw.to_owned())
        } else if !text.contains(['{', '}', '[', ']', '"', '#']) && !text.contains(": ") {
            // Comma text is meant as several.
            Some(text.to_owned())
        } else {
            (!text.contains(['"', '\\'])).then(|| format!("\"{text}\""))
        };
        self.report(match item.filter(|_| node.text().is_some() && !block) {
            Some(item) => diagnostic.suggest(node.span, format!("[{item}]")),
            None => diagnostic.help("Write each item on a line of its own, after `- `."),
        });
    }

    fn group_wanted(&mut self, node: &Node, address: &Address) {
        let name = name_of(address);
        let diagnostic = Diagnostic::error(
            codes::GROUP_WANTED,
            node.span,
            address.clone(),
            format!("`{name}` takes a group of fields, and here stands {}", node.kind()),
        );
        self.report(match self.bare_pick(node) {
            Some(pick) => diagnostic.suggest(node.span, pick),
            None => diagnostic.help(format!("Write it like this: `{name}: {{ field: value }}`.")),
        });
    }

    fn one_wanted(&mut self, node: &Node, field: &Field, address: &Address) {
        let diagnostic = Diagnostic::error(
            codes::ONE_VALUE_WANTED,
            node.span,
            address.clone(),
            format!("`{}` takes {}, and here stands {}", name_of(address), types::words(field), node.kind()),
        );
        self.report(match node.items() {
            Some([only]) => diagnostic.suggest(node.span, self.source.slice(only.span)),
            None if node.members().is_some_and(|all| all.len() == 1 && all[0].1.text().is_some()) => {
                // A text with a colon in it.
                let raw = self.source.slice(node.span).trim();
                if raw.contains(['\n', '"', '{']) {
                    diagnostic
                } else {
                    diagnostic.suggest(node.span, format!("\"{raw}\""))
                }
            }
            _ => diagnostic,
        });
    }
}

/// The field's own name.
pub(super) fn name_of(address: &Address) -> &str {
    let mut parts = address.as_str().rsplit('/');
    let last = parts.next().unwrap_or_default();
    if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
        parts.next().unwrap_or(last)
    } else {
        last
    }
}

fn folded_list(values: Vec<ValueExpr>) -> ValueExpr {
    if !values.iter().all(|value| matches!(value, ValueExpr::Literal(_))) {
        return ValueExpr::List(values);
    }
    let items = values.into_iter().filter_map(|value| match value {
        ValueExpr::Literal(value) => Some(value),
        _ => None,
    });
    ValueExpr::Literal(items.collect())
}

fn folded_object(values: Vec<(String, ValueExpr)>) -> ValueExpr {
    if !values.iter().all(|(_, value)| matches!(value, ValueExpr::Literal(_))) {
        return ValueExpr::Object(values);
    }
    let members = values.into_iter().filter_map(|(name, value)| match value {
        ValueExpr::Literal(value) => Some((name, value)),
        _ => None,
    });
    ValueExpr::Literal(Value::Object(members.collect()))
}

/// With the text that mends a whole value, where it is known.
fn suggested(diagnostic: Diagnostic, node: &Node, text: Option<String>) -> Diagnostic {
    match text {
        Some(text) => diagnostic.suggest(node.span, text),
        None => diagnostic,
    }
}

/// The field of a group that a field for one value wants: its namesake, or its id.
fn field_of_group<'f>(data: &'f Field, wanted: &str) -> Option<&'f str> {
    let id = if wanted.ends_with("Id") { "id" } else { wanted };
    let names = [wanted, id].into_iter().filter_map(|name| data.fields.get_key_value(name));
    names.map(|(name, _)| name.as_str()).next()
}
