//! Field mappings: from their text to a [`Mapping`], or to everything that is wrong with it (rule R9).
//!
//! Start at [`compile_mapping`]. The two records are found in `sides`, the fields are read in `mapped`, the way back is
//! made in `turned`, and that it leads home is tried in `law`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_source::{Address, Diagnostic, Key, Node, Severity, Source, capped};

use super::frames::Frame;
use super::mapped::Leaf;
use super::names::Type;
use super::sides::Side;
use super::steps::Effect;
use super::{Checker, mapped, names, types};
use crate::{Action, Mapping, World, codes};

/// The keys of a mapping.
pub(crate) const KEYS: [&str; 5] = ["description", "from", "to", "both_ways", "fields"];
/// What other tools call them.
const HABITS: [(&str, &str); 10] = [
    ("source", "from"),
    ("target", "to"),
    ("destination", "to"),
    ("map", "fields"),
    ("mapping", "fields"),
    ("two_way", "both_ways"),
    ("bidirectional", "both_ways"),
    ("two_ways", "both_ways"),
    ("name", "description"),
    ("about", "description"),
];
const EXAMPLE: &str = "`from:`, `to:` and `fields:`, each on a line of its own";

/// The mapping of a file, and every complaint about its text, in the order of the text.
///
/// `id` is the file's name without its ending. There is a mapping only where no complaint is an error. Of one with
/// `both_ways` the law is tried on generated records, the same each time.
pub fn compile_mapping(id: &str, source: &Source, world: &World) -> (Option<Mapping>, Vec<Diagnostic>) {
    let (root, found) = bellhop_source::parse(source);
    let Some(root) = root else { return (None, capped(found, 0, false)) };
    let mut checker = Checker::new(source, world, &root, found);
    let mapping = checker.mapping(id, source.text(), &root, &Address::root());
    let diagnostics = checker.told();
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    (mapping.filter(|_| !broken), diagnostics)
}

impl Checker<'_> {
    /// The mappings under a recipe's own `mappings:`, by name.
    pub(super) fn own_mappings(&mut self, node: &Node, address: &Address) -> BTreeMap<String, Arc<Mapping>> {
        let mut found = BTreeMap::new();
        let example = "`contact_to_lead:`, and under it `from:`, `to:` and `fields:`";
        for (key, node) in self.members_of(node, address, "`mappings`", example).unwrap_or_default() {
            if self.stops() {
                break;
            }
            self.own_mapping_names.push(key.text.clone());
            let text = self.source.slice(node.span).to_owned();
            if let Some(mapping) = self.mapping(&key.text, &text, node, &address.key(&key.text)) {
                found.insert(key.text.clone(), Arc::new(mapping));
            }
        }
        found
    }

    fn mapping(&mut self, id: &str, text: &str, node: &Node, address: &Address) -> Option<Mapping> {
        let before = self.errors;
        let members = self.members_of(node, address, "a mapping", EXAMPLE)?;
        let mut misnamed = Vec::new();
        for (key, _) in members {
            if KEYS.contains(&key.text.as_str()) {
                continue;
            }
            if self.stops() {
                return None;
            }
            if !self.other_word(key, node, address, &HABITS) {
                self.unknown_key(key, address, "a mapping", &KEYS);
            }
            misnamed.push(key);
        }
        let description = node.get("description").and_then(|one| {
            self.text_of(one, &address.key("description"), "a mapping's description").map(str::to_owned)
        });
        let both = node
            .get("both_ways")
            .is_some_and(|one| self.yes_no(one, &address.key("both_ways")).unwrap_or(false));
        let from = self.part(node, "from", "from: contacts.contact", &misnamed, address);
        let to = self.part(node, "to", "to: contacts.create_contact", &misnamed, address);
        let fields = self.part(node, "fields", "fields: { email: $.email }", &misnamed, address);
        let source = from.and_then(|node| self.side(node, Side::From, &address.key("from")));
        let target = to.and_then(|node| self.side(node, Side::To, &address.key("to")));
        let to = to.and_then(Node::text).unwrap_or_default().to_owned();
        let leaves = self.pairs(fields?, source, target, &to, &address.key("fields"));
        let back = if both { self.turned_round(&leaves) } else { None };
        if self.has_errors_since(before) {
            return None;
        }
        let mapping = Mapping {
            id: id.to_owned(),
            text: Arc::from(text),
            description: description.unwrap_or_default(),
            from: from.and_then(Node::text).unwrap_or_default().to_owned(),
            to,
            gives: Arc::new(mapped::gives(&leaves)),
            there: mapped::assembled(leaves.iter().map(|leaf| (leaf.path.as_slice(), leaf.value.clone()))),
            back: back.as_ref().map(|back| {
                let ways = leaves.iter().filter_map(|leaf| Some(leaf.way.as_ref()?.from.as_slice()));
                mapped::assembled(ways.zip(back.iter().cloned()))
            }),
        };
        self.try_the_law(&leaves, back.as_deref().unwrap_or_default());
        (!self.has_errors_since(before)).then_some(mapping)
    }

    /// A part that a mapping must have, unless a wrong word for it was found.
    fn part<'n>(
        &mut self,
        node: &'n Node,
        name: &str,
        example: &str,
        misnamed: &[&Key],
        address: &Address,
    ) -> Option<&'n Node> {
        let found = node.get(name);
        let meant = |key: &&Key| {
            HABITS.iter().any(|(habit, own)| *habit == key.text && *own == name)
                || bellhop_source::closest(&key.text, KEYS) == Some(name)
        };
        if found.is_none() && !misnamed.iter().any(meant) {
            let place = bellhop_source::Span::new(node.span.start, node.span.start);
            self.missing_key(place, address, &format!("a mapping needs `{name}`"), example);
        }
        found
    }

    /// The fields, each with the record's fields as the names that it may use.
    fn pairs(
        &mut self,
        node: &Node,
        source: Option<Type>,
        target: Option<Type>,
        to: &str,
        address: &Address,
    ) -> Vec<Leaf> {
        let members = self.members_of(node, address, "`fields`", "`fields: { email: $.email }`");
        if members.is_some_and(<[_]>::is_empty) {
            self.missing_key(node.span, address, "this mapping has no fields", "email: $.email");
        }
        // A mapping sees its record and nothing of the recipe that it may stand in.
        let frames = std::mem::replace(&mut self.frames, vec![Frame::default()]);
        let written = std::mem::take(&mut self.written);
        self.bind_own("now", types::moment().into());
        self.record = Some(source.unwrap_or_else(types::any));
        self.look_around(node.span);
        let mut leaves = Vec::new();
        let target = target.unwrap_or_else(types::any);
        self.mapped(members.unwrap_or_default(), &target, (to, &[]), address, &mut leaves);
        self.record = None;
        self.frames = frames;
        self.written = written;
        leaves
    }

    /// The mapping that a name means: one of the recipe's own, or a shared one.
    pub(super) fn named_mapping(&mut self, node: &Node, address: &Address) -> Option<Arc<Mapping>> {
        let name = self.text_of(node, address, "a mapping's name")?;
        let world = self.world;
        if let Some(own) = self.own_mappings.get(name) {
            return Some(Arc::clone(own));
        }
        if self.own_mapping_names.iter().any(|own| own == name) {
            // It is there and wrong, which has been said.
            return None;
        }
        if let Some(shared) = world.library.mappings.get(name) {
            if !self.used_mappings.iter().any(|used| used.id == shared.id) {
                self.used_mappings.push(Arc::clone(shared));
            }
            return Some(Arc::clone(shared));
        }
        if world.library.broken.contains(name) {
            let message = format!("the mapping `{name}` has errors");
            let help = format!("`bellhop check mappings/{name}.yaml` shows them.");
            self.report(
                Diagnostic::error(codes::UNKNOWN_MAPPING, node.span, address.clone(), message).help(help),
            );
            return None;
        }
        let own = self.own_mapping_names.iter().map(String::as_str);
        let known: Vec<&str> = own.chain(world.library.mappings.keys().map(String::as_str)).collect();
        let near = bellhop_source::closest(name, known.iter().copied());
        let message = match near {
            Some(near) => format!("there is no mapping `{name}`: did you mean `{near}`?"),
            None => format!("there is no mapping `{name}`"),
        };
        let problem = Diagnostic::error(codes::UNKNOWN_MAPPING, node.span, address.clone(), message).help(
            if known.is_empty() {
                format!("A mapping is a file such as mappings/{name}.yaml, or stands under `mappings:` in the recipe.")
            } else {
                format!("There are {}.", names::some(&known))
            },
        );
        let problem = match near {
            Some(near) => problem.suggest(node.span, near),
            None => problem,
        };
        self.report(problem);
        None
    }

    /// `map: { mapping: contact-to-lead, from: $.contact }`: what it is made of, how, and what is known of the result.
    pub(super) fn map_step(&mut self, node: &Node, address: &Address) -> Effect {
        let example = "`map: { mapping: contact-to-lead, from: $.contact }`";
        let Some(members) = self.members_of(node, address, "`map`", example) else {
            return Effect { result: Some(types::any()), ..Effect::default() };
        };
        let known = ["mapping", "from"];
        let habits = [
            ("using", "mapping"),
            ("with", "mapping"),
            ("by", "mapping"),
            ("of", "from"),
            ("record", "from"),
            ("source", "from"),
            ("data", "from"),
            ("input", "from"),
            ("name", "mapping"),
            ("use", "mapping"),
        ];
        let mut misnamed = false;
        for (key, _) in members.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
            misnamed = true;
            if !self.other_word(key, node, address, &habits) {
                self.unknown_key(key, address, "`map`", &known);
            }
        }
        for (name, example) in [("mapping", "mapping: contact-to-lead"), ("from", "from: $.contact")] {
            if node.get(name).is_none() && !misnamed {
                self.missing_key(node.span, address, &format!("`map` needs `{name}`"), example);
            }
        }
        let mapping = node.get("mapping").and_then(|one| self.named_mapping(one, &address.key("mapping")));
        let record = types::of(bellhop_connector::FieldKind::Object);
        let from = node.get("from").and_then(|one| self.value(one, &record, &address.key("from")));
        let gives = mapping.as_ref().map_or_else(types::any, |mapping| Arc::clone(&mapping.gives));
        let action = from.zip(mapping).map(|(from, mapping)| Action::Map { from, mapping });
        Effect { action, writes: false, ends: false, result: Some(gives) }
    }
}
