//! Blocks of steps, and what all steps have in common (rule R5).

use bellhop_source::{Address, Diagnostic, Node};

use super::frames::{Frame, Names};
use super::names::Type;
use super::verbs::{Parts, Verb};
use super::{Checker, order};
use crate::{Action, Block, Step, codes};

/// What a block came to.
#[derive(Default)]
pub(super) struct Done {
    /// None where a step of it is wrong.
    pub(super) block: Option<Block>,
    /// The names that its steps give.
    pub(super) names: Names,
    /// Whether anything in it writes, waits or ends the run.
    pub(super) writes: bool,
    /// Whether the run surely ends in it.
    pub(super) ends: bool,
}

/// What a step's verb came to.
#[derive(Default)]
pub(super) struct Effect {
    pub(super) action: Option<Action>,
    pub(super) writes: bool,
    pub(super) ends: bool,
    /// What `as:` names.
    pub(super) result: Option<Type>,
}

const EXAMPLE: &str = "each step on a line of its own, after `- `";

impl Checker<'_> {
    /// Reads a block. `frame` holds the names that only this block sees.
    pub(super) fn block(&mut self, node: &Node, address: &Address, frame: Frame) -> Done {
        self.frames.push(frame);
        let mut writes = Vec::new();
        let done = self.steps(node, address, &mut writes);
        let after = self.afters(&writes);
        let frame = self.frames.pop().unwrap_or_default();
        let block =
            done.0.map(|steps| order::block(steps, &frame.uses.into_iter().collect::<Vec<_>>(), &after));
        let names = frame.names.into_iter().filter(|binding| binding.given_by.is_some()).collect();
        Done { block, names, writes: done.1, ends: done.2 }
    }

    /// The steps of a block. `written` gets of each whether it writes, also where one is wrong.
    fn steps(
        &mut self,
        node: &Node,
        address: &Address,
        written: &mut Vec<bool>,
    ) -> (Option<Vec<(Step, bool)>>, bool, bool) {
        let items = match node.items() {
            Some(items) if !items.is_empty() => items,
            _ => {
                if self.long_dash(node, address) {
                    return (None, false, false);
                }
                self.not_a_list(node, address);
                let one = node.members().is_some().then(|| std::slice::from_ref(node));
                let Some(one) = one else { return (None, false, false) };
                one
            }
        };
        let mut steps = Some(Vec::with_capacity(items.len()));
        let (mut writes, mut ends) = (false, false);
        for (index, item) in items.iter().enumerate() {
            if self.stops() {
                return (None, writes, ends);
            }
            if let Some(frame) = self.frames.last_mut() {
                frame.current = index;
            }
            let place = address.index(index);
            self.look_around(item.span);
            if ends && steps.is_some() && index > 0 {
                self.report(Diagnostic::warning(
                    codes::NEVER_REACHED,
                    item.span,
                    place.clone(),
                    "this step is never reached: the run has ended before",
                ));
            }
            let (step, step_writes, step_ends) = self.step(item, &place, index);
            writes |= step_writes;
            ends |= step_ends;
            written.push(step_writes);
            match (step, &mut steps) {
                (Some(step), Some(steps)) => steps.push((step, step_writes)),
                _ => steps = None,
            }
        }
        (steps, writes, ends)
    }

    /// A list whose dashes are those of a word processor. Whether that is said.
    fn long_dash(&mut self, node: &Node, address: &Address) -> bool {
        let raw = self.source.slice(node.span);
        let Some(dash) =
            raw.chars().next().filter(|letter| ['\u{2013}', '\u{2014}', '\u{2012}'].contains(letter))
        else {
            return false;
        };
        let span = bellhop_source::Span::new(node.span.start, node.span.start + dash.len_utf8());
        let message = "this dash is a long one of a word processor";
        self.report(
            Diagnostic::error(codes::WRONG_SHAPE, span, address.clone(), message)
                .help("A list item starts with a plain `-`.")
                .suggest(span, "-"),
        );
        true
    }

    fn not_a_list(&mut self, node: &Node, address: &Address) {
        let diagnostic =
            |message: String| Diagnostic::error(codes::WRONG_SHAPE, node.span, address.clone(), message);
        let found = match node.items() {
            Some(_) => "an empty list",
            None => node.kind(),
        };
        let problem = diagnostic(format!("here belongs a list of steps, and here stands {found}"));
        self.report(if node.members().is_some() {
            let problem = problem
                .help("Put `- ` before each step, also before a single one, and indent what belongs to it.");
            let raw = self.source.slice(node.span);
            let dashed = format!("- {}", raw.trim_end().replace('\n', "\n  "));
            if raw.starts_with('{') { problem } else { problem.suggest(node.span, dashed) }
        } else {
            problem.help(format!("Write {EXAMPLE}, or leave the key out."))
        });
    }

    fn step(&mut self, node: &Node, address: &Address, index: usize) -> (Option<Step>, bool, bool) {
        if node.members().is_none() {
            self.not_a_step(node, address);
            return (None, false, false);
        }
        let before = self.errors;
        let parts = self.parts(node, address);
        let Some((verb, key, value, name)) = &parts.verb else {
            self.stray(&parts, address, index);
            return (None, false, false);
        };
        self.misplaced(&parts, *verb, name, address);
        // The guard is read first: it sees what was there before the step.
        let guard = match parts.get("if") {
            Some((key, condition)) if *verb != Verb::If => {
                Some(self.condition(condition, &address.key(&key.text)))
            }
            _ => None,
        };
        let effect = match verb {
            Verb::Call => self.call(key, value, name, &parts, address),
            Verb::If => self.branch(value, &parts, address),
            Verb::Choose => self.choose(value, &parts, address),
            Verb::ForEach => self.for_each(value, &parts, address),
            Verb::Parallel => self.parallel(value, address),
            Verb::Set => self.set(value, address, index),
            Verb::Stop | Verb::Fail => self.end(*verb, value, &address.key(name)),
            Verb::Wait => self.wait(value, &address.key("wait")),
            Verb::WaitFor => self.wait_for(value, &address.key("wait_for")),
            Verb::Run => self.call_recipe(value, &parts, address),
            Verb::Map => self.map_step(value, &address.key("map")),
            Verb::Approve => self.approve(key, value, &parts, &address.key("approve")),
        };
        let (on_error, handler_writes) = self.on_error(&parts, address);
        let retry = self.retry(&parts, address);
        let timeout = self.timeout(&parts, address);
        self.after(&parts, address);
        let about = self.about(&parts, address);
        let named = match parts.get("as") {
            Some((key, value)) if verb.gives() => {
                self.result_name(value, &address.key(&key.text), effect.result, index)
            }
            _ => None,
        };
        let writes = effect.writes || handler_writes;
        let ends = effect.ends && guard.is_none();
        let step = (self.errors == before).then_some(()).and(effect.action).map(|action| Step {
            address: address.clone(),
            name: named,
            about,
            guard: guard.flatten(),
            action,
            retry,
            timeout,
            on_error,
        });
        (step, writes, ends)
    }

    /// Reads what can be read of a step without a verb, so that its names are known to the steps after it.
    fn stray(&mut self, parts: &Parts<'_>, address: &Address, index: usize) {
        if let Some((key, value)) = parts.get("as") {
            self.result_name(value, &address.key(&key.text), None, index);
        }
        for branch in ["then", "else", "do", "otherwise"] {
            if let Some((key, value)) = parts.get(branch) {
                let done = self.block(value, &address.key(&key.text), Frame::default());
                self.adopt(done.names, index);
            }
        }
    }

    fn not_a_step(&mut self, node: &Node, address: &Address) {
        let mut diagnostic = Diagnostic::error(
            codes::WRONG_SHAPE,
            node.span,
            address.clone(),
            format!("a step is a group of fields, and here stands {}", node.kind()),
        )
        .help("A step begins with what it does and a colon, such as `contacts.add_tags:` or `wait: 2 days`.");
        if let Some(text) = node.text() {
            let verb = match text.split_once(' ') {
                None if text == "stop" => Some("stop: Nothing more to do".to_owned()),
                None if text.contains('.') => Some(format!("{text}: {{}}")),
                None => self.bare_operation(text).map(|full| format!("{full}: {{}}")),
                Some((verb @ ("wait" | "stop" | "fail" | "if"), rest)) => Some(format!("{verb}: {rest}")),
                Some(_) => None,
            };
            if let Some(verb) = verb {
                diagnostic = diagnostic.suggest(node.span, verb);
            }
        }
        self.report(diagnostic);
    }
}
