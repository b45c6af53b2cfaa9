//! The fields of a mapping: where each goes, what it is made of, and by which conversion (rule R9).

use bellhop_connector::{Field, FieldKind};
use bellhop_source::{Address, Diagnostic, Key, Node, Span, closest};
use bellhop_template::{Pick, Segment};
use serde_json::Value;

use super::fields::Owner;
use super::{Checker, list, literals, types};
use crate::conversion::{Conversion, NAMES};
use crate::{ValueExpr, Want, codes};

/// Groups within one another that a field may stand in: as many as a file may have.
const MOST_LEVELS: usize = 64;
/// Fields of one mapping. Each is compared with all others.
const MOST_FIELDS: usize = 1_000;

/// One field of what is made.
pub(super) struct Leaf {
    /// Its path in what is made.
    pub(super) path: Vec<String>,
    /// Where its name stands.
    pub(super) key: Span,
    /// Where its value stands.
    pub(super) written: Span,
    pub(super) address: Address,
    pub(super) value: ValueExpr,
    pub(super) target: Field,
    /// The one field that it is made of, where it is.
    pub(super) way: Option<Way>,
}

/// From one field to one field.
pub(super) struct Way {
    pub(super) from: Vec<String>,
    pub(super) source: Field,
    pub(super) by: Option<Conversion>,
}

impl Checker<'_> {
    /// Reads the fields of a group at `below`, whose record is called `owner`.
    pub(super) fn mapped(
        &mut self,
        members: &[(Key, Node)],
        target: &Field,
        (owner, below): (&str, &[String]),
        address: &Address,
        leaves: &mut Vec<Leaf>,
    ) {
        for (key, node) in members {
            if self.stops() {
                return;
            }
            let at = address.key(&key.text);
            let parts: Vec<String> = key.text.split('.').map(str::to_owned).collect();
            if leaves.len() >= MOST_FIELDS {
                let message = format!("this mapping has more than {MOST_FIELDS} fields");
                self.error(bellhop_source::codes::TOO_LARGE, key.span, &at, message);
                return;
            }
            if below.len() + parts.len() > MOST_LEVELS {
                let message = format!("this field is nested more than {MOST_LEVELS} levels deep");
                self.error(bellhop_source::codes::TOO_LARGE, key.span, &at, message);
                continue;
            }
            let Some(field) = self.target_field(target, &parts, key, (owner, below.is_empty()), &at) else {
                self.value(node, &Field::default(), &at);
                continue;
            };
            let path: Vec<String> = below.iter().cloned().chain(parts).collect();
            if let Some(twice) =
                leaves.iter().find(|leaf| leaf.path.starts_with(&path) || path.starts_with(&leaf.path))
            {
                let line = self.source.position(twice.key.start).line;
                let message = format!("`{}` is given already, in line {line}", path.join("."));
                self.report(
                    Diagnostic::error(codes::NAME_TWICE, key.span, at, message)
                        .help("Keep the one that is meant."),
                );
                continue;
            }
            let group = matches!(field.kind, FieldKind::Any | FieldKind::Object);
            let (value, way) = match node.members() {
                Some(_) if node.get("convert").is_some() && !field.fields.contains_key("convert") => {
                    match self.converted(node, &field, &at) {
                        Some((value, way)) => (value, Some(way)),
                        None => continue,
                    }
                }
                Some(members) if group && !members.is_empty() => {
                    self.mapped(members, &field, (owner, &path), &at, leaves);
                    continue;
                }
                _ => match self.value(node, &field, &at) {
                    Some(value) => {
                        let way = self.plain_way(&value);
                        (value, way)
                    }
                    None => continue,
                },
            };
            let (key, written) = (key.span, node.span);
            leaves.push(Leaf { path, key, written, address: at, value, target: field, way });
        }
    }

    /// The field at a dotted path of what is made; complains where there is none. At the top only what is listed counts.
    fn target_field(
        &mut self,
        target: &Field,
        parts: &[String],
        key: &Key,
        (owner, top): (&str, bool),
        address: &Address,
    ) -> Option<Field> {
        let mut inside = target;
        let mut from = 0;
        let anything = Field::default();
        for (index, part) in parts.iter().enumerate() {
            let raw = self.source.slice(key.span);
            let offset = raw.get(from..).and_then(|rest| rest.find(part.as_str())).map(|at| from + at);
            let span = offset
                .filter(|_| !part.is_empty())
                .map_or(key.span, |at| Span::new(key.span.start + at, key.span.start + at + part.len()));
            from = offset.map_or(from, |at| at + part.len());
            if let Some(field) = inside.fields.get(part).filter(|_| !part.is_empty()) {
                inside = field;
                continue;
            }
            let open = inside.open && !(top && index == 0);
            let group = matches!(inside.kind, FieldKind::Any | FieldKind::Object);
            if !part.is_empty() && group && (open || inside.fields.is_empty()) {
                inside = &anything;
                continue;
            }
            let name = if index == 0 { owner.to_owned() } else { parts[..index].join(".") };
            if group && !part.is_empty() {
                let owner = Owner { name: &name, span, open: false, operation: false };
                let part = Key { text: part.clone(), span };
                self.unknown_field(&part, &inside.fields.clone(), &owner, address);
            } else {
                let message = if part.is_empty() {
                    format!("`{}` has a dot too many", key.text)
                } else {
                    format!("`{name}` is {}, it has no fields", types::words(inside))
                };
                self.error(codes::UNKNOWN_FIELD, key.span, address, message);
            }
            return None;
        }
        Some(inside.clone())
    }

    /// The one field that a value is picked from.
    fn plain_way(&mut self, value: &ValueExpr) -> Option<Way> {
        let ValueExpr::Pick(pick, _) = value else { return None };
        self.way(pick, None)
    }

    fn way(&mut self, pick: &Pick, by: Option<Conversion>) -> Option<Way> {
        let references = pick.references();
        let [reference] = references.as_slice() else { return None };
        let name = |segment: &Segment| match segment {
            Segment::Name(name) => Some(name.clone()),
            _ => None,
        };
        let from: Option<Vec<String>> = reference.path.iter().map(name).collect();
        let record = self.record.clone()?;
        let source = types::walk(&record, &reference.path).ok().flatten().cloned().unwrap_or_default();
        from.filter(|_| pick.is_singular()).map(|from| Way { from, source, by })
    }

    /// `{ from: $.size, convert: number_of_text }`.
    fn converted(&mut self, node: &Node, target: &Field, address: &Address) -> Option<(ValueExpr, Way)> {
        for (key, _) in node.members().unwrap_or_default() {
            if !["from", "convert"].contains(&key.text.as_str()) {
                self.unknown_key(key, address, "a conversion", &["from", "convert"]);
            }
        }
        let Some(from) = node.get("from") else {
            self.missing_key(node.span, address, "a conversion needs `from`", "from: $.size");
            return None;
        };
        let at = address.key("from");
        if !from.text().is_some_and(Pick::is_pick) {
            let message = "what is converted is one field of the record, written like `$.size`";
            self.error(codes::WRONG_CONVERSION, from.span, &at, message);
            return None;
        }
        let (pick, data) = self.pick(from, &at)?;
        let source = data.map_or_else(Field::default, |data| Field::clone(&data));
        let by = self.conversion(node.get("convert")?, &source, target, &address.key("convert"))?;
        let Some(way) = self.way(&pick, Some(by.clone())) else {
            let message = "a conversion is made of one field, and this pick can find several";
            self.error(codes::WRONG_CONVERSION, from.span, &at, message);
            return None;
        };
        let picked = ValueExpr::Pick(pick, Want::default());
        Some((ValueExpr::Converted(Box::new(picked), by, Want::from(target)), way))
    }

    fn conversion(
        &mut self,
        node: &Node,
        source: &Field,
        target: &Field,
        address: &Address,
    ) -> Option<Conversion> {
        if node.members().is_some() {
            return self.table(node, source, target, address);
        }
        let name = self.text_of(node, address, "a conversion")?;
        let say =
            |message: String| Diagnostic::error(codes::WRONG_CONVERSION, node.span, address.clone(), message);
        let fitting = || NAMES.iter().find(|name| fits(name, source, target) && sure(source, target));
        let Some(conversion) = Conversion::named(name) else {
            let problem = say(format!("there is no conversion `{name}`")).help(format!(
                "There are {}, and a table: `convert: {{ table: {{ lead: Lead }} }}`.",
                list(&NAMES, "and")
            ));
            self.report(match fitting().copied().or_else(|| closest(name, NAMES)) {
                Some(near) => problem.suggest(node.span, near),
                None => problem,
            });
            return None;
        };
        if !fits(name, source, target) {
            let message = format!(
                "`{name}` does not fit here: it is used on {}, for a field that takes {}",
                types::words(source),
                types::words(target)
            );
            self.report(match fitting() {
                Some(better) => say(message).suggest(node.span, *better),
                None => say(message).help("Where both sides are of one kind, leave the conversion out."),
            });
            return None;
        }
        Some(conversion)
    }

    fn table(
        &mut self,
        node: &Node,
        source: &Field,
        target: &Field,
        address: &Address,
    ) -> Option<Conversion> {
        for (key, _) in node.members().unwrap_or_default().iter().filter(|(key, _)| key.text != "table") {
            self.unknown_key(key, address, "a conversion", &["table"]);
        }
        let table = node.get("table")?;
        let address = address.key("table");
        let members =
            self.members_of(table, &address, "a table", "`table: { lead: Lead, customer: Client }`")?;
        let mut pairs = Vec::with_capacity(members.len());
        for (key, value) in members {
            let at = address.key(&key.text);
            let Some(first) = first(&key.text, source) else {
                let message =
                    format!("`{}` is not {}, which the field holds", key.text, types::words(source));
                self.error(codes::WRONG_CONVERSION, key.span, &at, message);
                return None;
            };
            let ValueExpr::Literal(second) = self.value(value, target, &at)? else {
                let message = "a table holds plain values, no picks and no expressions";
                self.error(codes::WRONG_CONVERSION, value.span, &at, message);
                return None;
            };
            pairs.push((first, second));
        }
        if pairs.is_empty() {
            self.error(codes::WRONG_CONVERSION, table.span, &address, "this table is empty");
            return None;
        }
        Some(Conversion::Table(pairs))
    }
}

/// A key of a table as the value that the field holds.
fn first(text: &str, source: &Field) -> Option<Value> {
    if !source.choices.is_empty() {
        return literals::choice(text, source).cloned();
    }
    match source.kind {
        FieldKind::Any | FieldKind::String => Some(Value::from(text)),
        FieldKind::Number | FieldKind::Integer => literals::number(text).map(Value::Number),
        FieldKind::Boolean => literals::yes_no(text).map(Value::Bool),
        FieldKind::Array | FieldKind::Object => None,
    }
}

fn fits(name: &str, source: &Field, target: &Field) -> bool {
    let Some((takes, gives)) = Conversion::named(name).map(|one| one.kinds()) else { return false };
    let one = |a: FieldKind, b: FieldKind| {
        a == b || a == FieldKind::Any || b == FieldKind::Any || (types::is_number(a) && types::is_number(b))
    };
    one(source.kind, takes) && one(gives, target.kind)
}

fn sure(source: &Field, target: &Field) -> bool {
    source.kind != FieldKind::Any && target.kind != FieldKind::Any
}

/// An object expression of values at their paths.
pub(super) fn assembled<'p>(values: impl Iterator<Item = (&'p [String], ValueExpr)>) -> ValueExpr {
    let mut members = Vec::new();
    for (path, value) in values {
        put(&mut members, path, value);
    }
    ValueExpr::Object(members)
}

fn put(members: &mut Vec<(String, ValueExpr)>, path: &[String], value: ValueExpr) {
    match path {
        [] => {}
        [last] => members.push((last.clone(), value)),
        [first, rest @ ..] => {
            if let Some((_, ValueExpr::Object(group))) = members.iter_mut().find(|(name, _)| name == first) {
                put(group, rest, value);
            } else {
                let mut group = Vec::new();
                put(&mut group, rest, value);
                members.push((first.clone(), ValueExpr::Object(group)));
            }
        }
    }
}

/// What is known about what a mapping makes.
pub(super) fn gives(leaves: &[Leaf]) -> Field {
    let mut whole = types::of(FieldKind::Object);
    for leaf in leaves {
        let mut inside = &mut whole;
        for part in &leaf.path {
            inside = inside.fields.entry(part.clone()).or_insert_with(|| types::of(FieldKind::Object));
        }
        *inside = leaf.target.clone();
    }
    whole
}
