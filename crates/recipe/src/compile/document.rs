//! The head of a recipe: its name, its inputs, its triggers and its steps (rule R1).

use bellhop_source::{Address, Diagnostic, Key, Node};

use super::frames::Frame;
use super::{Checker, habits, literals, modifiers, types};
use crate::{Block, Input, Settings, Trigger, codes};

/// What a recipe's text says.
pub(super) struct Document {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) enabled: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) body: Block,
    pub(super) on_failure: Block,
    pub(super) settings: Settings,
}

/// The keys of a recipe.
pub(super) const KEYS: [&str; 9] =
    ["name", "description", "enabled", "inputs", "settings", "mappings", "trigger", "steps", "on_failure"];

impl Checker<'_> {
    pub(super) fn document(&mut self, root: &Node) -> Option<Document> {
        let Some(members) = root.members() else {
            self.report(
                Diagnostic::error(
                    codes::NOT_A_RECIPE,
                    root.span,
                    Address::root(),
                    format!("a recipe is a group of fields, and this file holds {}", root.kind()),
                )
                .help("A recipe has `name:`, `trigger:` and `steps:`, each at the start of a line."),
            );
            return None;
        };
        if let [(key, below)] = members
            && below.members().is_some_and(|all| {
                all.iter().filter(|(key, _)| KEYS.contains(&key.text.as_str())).count() > 1
            })
        {
            let message = format!("a recipe has no `{}` around it", key.text);
            self.report(
                Diagnostic::error(codes::UNKNOWN_KEY, key.span, Address::root().key(&key.text), message)
                    .help("Take this line out, and move what follows to the left, to the start of the line."),
            );
            return None;
        }
        let mut parts: [Option<(&Key, &Node)>; KEYS.len()] = [None; KEYS.len()];
        for (key, node) in members {
            if self.stops() {
                break;
            }
            if let Some(at) = self.top_key(key, node, root)
                && parts[at].is_none()
            {
                parts[at] = Some((key, node));
            }
        }
        let [name, description, enabled, inputs, settings, mappings, trigger, steps, on_failure] = parts;
        self.demand(root, name.is_some(), "name", "name: Welcome new leads");
        self.demand(root, trigger.is_some(), "trigger", "trigger: contacts.contact_created");
        self.demand(root, steps.is_some(), "steps", "steps:");

        let at = |key: &Key| Address::root().key(&key.text);
        let name = name.and_then(|(key, node)| self.text_of(node, &at(key), "the recipe's name"));
        let name = name.unwrap_or_default().to_owned();
        let description = description.map_or(String::new(), |(key, node)| {
            self.text_of(node, &at(key), "the recipe's description").unwrap_or_default().to_owned()
        });
        let enabled = enabled.is_none_or(|(key, node)| self.yes_no(node, &at(key)).unwrap_or(true));
        let settings = settings.map_or_else(Settings::default, |(key, node)| self.settings(node, &at(key)));
        if let Some(zone) = &settings.zone {
            self.zone = zone.clone();
        }
        let written = inputs.is_some();
        let inputs = inputs.map_or_else(Vec::new, |(key, node)| self.inputs(node, &at(key)));
        // Where all that is written is wrong, what was meant is not known, and no more is said of it.
        let known = match (written, inputs.as_slice()) {
            (true, []) => types::any(),
            _ => types::group(inputs.iter().map(|i| (i.name.clone(), types::of_input(i)))).into(),
        };
        self.bind_own("inputs", known);
        self.bind_own("now", types::moment().into());
        let (triggers, data) = match trigger {
            Some((key, node)) => self.triggers(node, &at(key)),
            None => (Vec::new(), types::any()),
        };
        self.subjects = self.subjects_of(&triggers);
        self.bind_own("trigger", data);
        self.bind_own("run", run().into());
        if let Some((key, node)) = mappings {
            self.own_mappings = self.own_mappings(node, &at(key));
        }
        let body = steps.and_then(|(key, node)| self.block(node, &at(key), Frame::default()).block);
        let on_failure = on_failure.map_or(Some(Block::default()), |(key, node)| {
            self.handler = Some(node.span);
            let mut frame = Frame::default();
            frame.names.push(modifiers::error_binding());
            let done = self.block(node, &at(key), frame);
            self.handler = None;
            done.block
        });
        if let Some(body) = &body {
            self.echo(root, &triggers, body);
        }
        Some(Document {
            name,
            description,
            enabled,
            inputs,
            triggers,
            body: body?,
            on_failure: on_failure?,
            settings,
        })
    }

    /// Which part of a recipe a key is; complains where it is none.
    fn top_key(&mut self, key: &Key, node: &Node, root: &Node) -> Option<usize> {
        if let Some(at) = KEYS.iter().position(|known| *known == key.text) {
            return Some(at);
        }
        let address = Address::root().key(&key.text);
        if self.is_setting(key, node, root) {
            return None;
        }
        if key.text == "id" {
            self.report(
                Diagnostic::error(codes::UNKNOWN_KEY, key.span, address, "a recipe's id is its file's name")
                    .help("Leave this line out; rename the file to change the id."),
            );
            return None;
        }
        if let Some(instead) = habits::instead_of_top(&key.text) {
            let message = format!("a recipe has no `{}`", key.text);
            let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, key.span, address, message);
            self.report(diagnostic.help(instead));
            return None;
        }
        let meant = habits::meant(&habits::TOP, &key.text).filter(|meant| root.get(meant).is_none());
        if let Some(meant) = meant {
            // `schedule:` and `webhook:` stand below `trigger:`; every other habit is only another word.
            let below = ["schedule", "webhook"].contains(&key.text.as_str());
            let diagnostic = Diagnostic::error(
                codes::OTHER_TOOLS_WORD,
                key.span,
                address,
                if below {
                    format!("`{}` belongs under `trigger:`", key.text)
                } else {
                    format!("`{}` is called `{meant}` here", key.text)
                },
            );
            let text = self.source.slice(key.span);
            let line = if below { format!("trigger:\n  {text}") } else { meant.to_owned() };
            if !below || node.text().is_some() {
                self.report(diagnostic.suggest(key.span, line));
            } else {
                self.report(diagnostic.help("Write `trigger:` on the line before and indent what follows."));
            }
            // Steps in groups of another tool's are not read: what is to be done with them is said.
            let grouped = meant == "steps" && node.members().is_some();
            return KEYS
                .iter()
                .position(|known| *known == meant && !below && meant != "settings" && !grouped);
        }
        self.unknown_key(key, &Address::root(), "a recipe", &KEYS);
        bellhop_source::closest(&key.text, KEYS)
            .filter(|meant| root.get(meant).is_none())
            .and_then(|meant| KEYS.iter().position(|known| *known == meant))
    }

    /// Demands that the recipe has a key, unless a wrong word for it was found.
    fn demand(&mut self, root: &Node, there: bool, key: &str, example: &str) {
        let habit = root
            .members()
            .unwrap_or_default()
            .iter()
            .any(|(given, _)| habits::meant(&habits::TOP, &given.text) == Some(key));
        let too_deep = root.get("trigger").is_some_and(|trigger| trigger.get(key).is_some());
        if !there && !habit && !too_deep {
            let place = bellhop_source::Span::new(root.span.start, root.span.start);
            self.missing_key(place, &Address::root(), &format!("a recipe needs `{key}`"), example);
        }
    }

    /// `true`, `false`, `yes` or `no`.
    pub(super) fn yes_no(&mut self, node: &Node, address: &Address) -> Option<bool> {
        let value = node.text().and_then(literals::yes_no);
        if value.is_none() {
            self.report(
                Diagnostic::error(
                    codes::WRONG_SETTING,
                    node.span,
                    address.clone(),
                    "this is `true` or `false`, `yes` or `no`",
                )
                .suggest(node.span, "true"),
            );
        }
        value
    }
}

/// What `run` tells.
fn run() -> bellhop_connector::Field {
    let text = || types::of(bellhop_connector::FieldKind::String);
    types::group([
        ("id".to_owned(), text()),
        ("recipe".to_owned(), text()),
        ("started".to_owned(), types::moment()),
    ])
}
