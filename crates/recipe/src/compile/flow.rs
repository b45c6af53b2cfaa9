//! The verbs that decide what is done next: branches, side by side, ends, and naming values (rule R5). Loops are in `loops`.

use bellhop_connector::{Field, FieldKind};
use bellhop_source::{Address, Diagnostic, Node};
use bellhop_template::{Pick, Text};

use super::frames::{Binding, Frame, Names};
use super::names::Type;
use super::steps::{Done, Effect};
use super::verbs::{Parts, Verb};
use super::{Checker, habits, types};
use crate::{Action, Block, Case, codes};

impl Checker<'_> {
    pub(super) fn branch(&mut self, condition: &Node, parts: &Parts<'_>, address: &Address) -> Effect {
        let condition = self.condition(condition, &address.key("if"));
        let then = if let Some((key, node)) = parts.get("then") {
            self.block(node, &address.key(&key.text), Frame::default())
        } else {
            if let Some((key, _)) = parts.get("else") {
                self.report(
                    Diagnostic::error(
                        codes::MISSING_KEY,
                        key.span,
                        address.clone(),
                        "this `if` has no `then`",
                    )
                    .help("Write `then:`, or turn the condition round: `if: not (…)`."),
                );
            }
            Done::default()
        };
        let otherwise = self.optional_block(parts, "else", address);
        let writes = then.writes || otherwise.writes;
        let blocks = (then.block.clone(), otherwise.block.clone());
        let ends = self.join(vec![then, otherwise]);
        let action = match (condition, blocks) {
            (Some(condition), (Some(then), Some(otherwise))) => {
                Some(Action::If { condition, then, otherwise })
            }
            _ => None,
        };
        Effect { action, writes, ends, result: None }
    }

    pub(super) fn choose(&mut self, node: &Node, parts: &Parts<'_>, address: &Address) -> Effect {
        let at = address.key("choose");
        let example = "`- when: contact.score >= 80`, and under it `do:` with steps";
        let items = self.items_of(node, &at, "`choose`", example).unwrap_or_default();
        let mut cases = Some(Vec::with_capacity(items.len()));
        let mut branches = Vec::with_capacity(items.len() + 1);
        for (index, item) in items.iter().enumerate() {
            let (case, done) = self.case(item, &at.index(index), example);
            match (case, &mut cases) {
                (Some(case), Some(cases)) => cases.push(case),
                _ => cases = None,
            }
            branches.push(done);
        }
        let otherwise = self.optional_block(parts, "otherwise", address);
        let block = otherwise.block.clone();
        branches.push(otherwise);
        let writes = branches.iter().any(|branch| branch.writes);
        let ends = self.join(branches);
        let action = match (cases, block) {
            (Some(cases), Some(otherwise)) => Some(Action::Choose { cases, otherwise }),
            _ => None,
        };
        Effect { action, writes, ends, result: None }
    }

    fn case(&mut self, node: &Node, address: &Address, example: &str) -> (Option<Case>, Done) {
        let Some(members) = self.members_of(node, address, "a case", example) else {
            return (None, Done::default());
        };
        if let [(key, _)] = members
            && ["otherwise", "else", "default"].contains(&key.text.as_str())
        {
            let message = format!("`{}` is no case: it stands beside `choose` as `otherwise:`", key.text);
            self.report(
                Diagnostic::error(codes::MISPLACED_KEY, key.span, address.key(&key.text), message)
                    .help("Write `otherwise:` in the same column as `choose:`, without a dash, and its steps under it."),
            );
            return (None, Done::default());
        }
        let find = |name: &str| {
            members
                .iter()
                .find(|(key, _)| key.text == name || habits::meant(&habits::CASE, &key.text) == Some(name))
        };
        for (key, _) in members {
            let word = key.text.as_str();
            if ["when", "do"].contains(&word) {
                continue;
            }
            match habits::meant(&habits::CASE, word) {
                Some(meant) => self.report(
                    Diagnostic::error(
                        codes::OTHER_TOOLS_WORD,
                        key.span,
                        address.key(word),
                        format!("in a case, `{word}` is called `{meant}`"),
                    )
                    .suggest(key.span, meant),
                ),
                None => self.unknown_key(key, address, "a case", &["when", "do"]),
            }
        }
        let condition = if let Some((_, when)) = find("when") {
            self.condition(when, &address.key("when"))
        } else {
            self.missing_key(node.span, address, "this case has no `when`", "when: contact.score >= 80");
            None
        };
        let done = if let Some((_, steps)) = find("do") {
            self.block(steps, &address.key("do"), Frame::default())
        } else {
            self.missing_key(node.span, address, "this case has no `do`", "do:");
            Done::default()
        };
        let case = match (condition, &done.block) {
            (Some(condition), Some(block)) => Some(Case { condition, block: block.clone() }),
            _ => None,
        };
        (case, done)
    }

    fn optional_block(&mut self, parts: &Parts<'_>, name: &str, address: &Address) -> Done {
        match parts.get(name) {
            Some((key, node)) => self.block(node, &address.key(&key.text), Frame::default()),
            None => Done { block: Some(Block::default()), ..Done::default() },
        }
    }

    /// Brings the branches together: afterwards a name is known that every branch gives which comes this far.
    /// Whether none does.
    fn join(&mut self, branches: Vec<Done>) -> bool {
        let mut open = branches.into_iter().filter(|branch| !branch.ends).map(|branch| branch.names);
        let Some(mut common) = open.next() else { return true };
        for names in open {
            let in_both = common.into_iter().filter_map(|binding| {
                let other = names.get(&binding.name)?;
                Some(Binding { value: types::either(&binding.value, &other.value), ..binding })
            });
            common = in_both.collect();
        }
        let index = self.frames.last().map_or(0, |frame| frame.current);
        self.adopt(common, index);
        false
    }

    /// Makes names known in the innermost frame as given by its step `index`.
    pub(super) fn adopt(&mut self, names: Names, index: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.names.extend(names.into_iter().map(|name| Binding { given_by: Some(index), ..name }));
        }
    }

    pub(super) fn parallel(&mut self, node: &Node, address: &Address) -> Effect {
        let at = address.key("parallel");
        let example = "`parallel:`, and under it each branch's name with its steps";
        let members = self.members_of(node, &at, "`parallel`", example).unwrap_or_default();
        if members.is_empty() && node.members().is_some() {
            self.missing_key(node.span, &at, "`parallel` has no branches", "first: [steps]");
        }
        let mut blocks = (!members.is_empty()).then(Vec::new);
        let (mut writes, mut ends) = (false, false);
        let mut all = Names::default();
        for (key, steps) in members {
            let below = at.key(&key.text);
            self.is_good_name(&key.text, key.span, &below);
            let done = self.block(steps, &below, Frame::default());
            writes |= done.writes;
            ends |= done.ends;
            for name in done.names {
                if all.get(&name.name).is_some() {
                    let message = format!("two branches give the name `{}`", name.name);
                    let place = name.place.unwrap_or(key.span);
                    self.report(
                        Diagnostic::error(codes::NAME_TWICE, place, below.clone(), message).help(
                            "Both are known after the branches have joined: choose another name for one.",
                        ),
                    );
                } else {
                    all.push(name);
                }
            }
            match (done.block, &mut blocks) {
                (Some(block), Some(blocks)) => blocks.push((key.text.clone(), block)),
                _ => blocks = None,
            }
        }
        let index = self.frames.last().map_or(0, |frame| frame.current);
        self.adopt(all, index);
        Effect { action: blocks.map(Action::Parallel), writes, ends, result: None }
    }

    pub(super) fn set(&mut self, node: &Node, address: &Address, index: usize) -> Effect {
        let at = address.key("set");
        let example = "`set: { greeting: Hello }`";
        let members = self.members_of(node, &at, "`set`", example).unwrap_or_default();
        if members.is_empty() && node.members().is_some() {
            self.missing_key(node.span, &at, "`set` names nothing", "greeting: Hello");
        }
        let mut values = (!members.is_empty()).then(Vec::new);
        let mut named = Vec::new();
        for (key, value) in members {
            let below = at.key(&key.text);
            let kind = self.type_of(value);
            match (self.value(value, &Field::default(), &below), &mut values) {
                (Some(value), Some(values)) => values.push((key.text.clone(), value)),
                _ => values = None,
            }
            named.push((key, below, kind));
        }
        // `name: greeting` beside `value: Hello` is another tool's way to name one value.
        let pair = node.get("name").zip(node.get("value")).filter(|_| members.len() == 2);
        if let Some((name, _)) = pair.and_then(|(name, value)| Some((name.text()?, value)))
            && super::names::is_name(name)
        {
            let span = members[0].0.span;
            let message = format!("this gives the names `name` and `value`: did you mean `{name}`?");
            self.report(
                Diagnostic::warning(codes::OTHER_TOOLS_WORD, span, at.clone(), message)
                    .help(format!("A name stands before its value: `set: {{ {name}: … }}`.")),
            );
            self.bind(name, span, &at, types::any(), Some(index));
        }
        for (key, below, kind) in named {
            self.bind(&key.text, key.span, &below, kind, Some(index));
        }
        Effect { action: values.map(Action::Set), ..Effect::default() }
    }

    /// What is known about a written value.
    fn type_of(&mut self, node: &Node) -> Type {
        match node.text() {
            Some(text) if Pick::is_pick(text) => self.type_of_pick(text).unwrap_or_else(types::any),
            Some(text) if Text::is_template(text) => {
                let whole = text.trim().starts_with("{{") && text.trim().ends_with("}}");
                if whole { types::any() } else { types::of(FieldKind::String).into() }
            }
            Some(_) => types::of(types::kind_of(&node.to_json())).into(),
            None => types::any(),
        }
    }

    pub(super) fn end(&mut self, verb: Verb, node: &Node, address: &Address) -> Effect {
        let word = if verb == Verb::Stop { "stop" } else { "fail" };
        let what = format!("`{word}` takes the reason: it");
        let text = self.text_of(node, address, &what).and_then(|_| self.text(node, address));
        let action = text.map(|text| match verb {
            Verb::Stop => Action::Stop(text),
            _ => Action::Fail(text),
        });
        Effect { action, writes: true, ends: true, result: None }
    }
}
