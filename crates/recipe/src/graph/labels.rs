//! Steps and triggers in a few plain words. The plan keeps expressions compiled; their words are read from the recipe's text.

use bellhop_source::{Address, Node, NodeValue, Source};

use crate::{Action, CallAction, Items, Plan, Step, Trigger, TriggerKind};

/// The longest value that is shown, in characters.
const SHOWN: usize = 48;
/// How many fields of a call are shown.
const FIELDS: usize = 2;

/// The words of a recipe, by address.
pub(super) struct Words {
    root: Option<Node>,
}

impl Words {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            root: bellhop_source::parse(&Source::new(plan.id.as_str(), std::sync::Arc::clone(&plan.text))).0,
        }
    }

    fn node(&self, address: &Address) -> Option<&Node> {
        let mut node = self.root.as_ref()?;
        for part in address.as_str().split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            node = match node.items() {
                Some(items) => items.get(part.parse::<usize>().ok()?)?,
                None => node.get(&part)?,
            };
        }
        Some(node)
    }

    /// What is written at an address, on one line.
    pub(super) fn at(&self, address: &Address) -> String {
        self.node(address).map(written).unwrap_or_default()
    }

    /// What starts the recipe, one line for each trigger.
    pub(super) fn triggers(&self, plan: &Plan) -> Vec<String> {
        plan.triggers.iter().map(|trigger| self.trigger(trigger)).collect()
    }

    fn trigger(&self, trigger: &Trigger) -> String {
        let (what, key) = match &trigger.kind {
            TriggerKind::Event { connector, event, .. } => {
                (format!("{} ({connector})", spaced(event)), format!("{connector}.{event}"))
            }
            TriggerKind::Schedule { schedule, .. } => {
                let zone =
                    schedule.zone().iana_name().map(|zone| format!(", {zone} time")).unwrap_or_default();
                (format!("{}{zone}", upper(&schedule.describe())), "schedule".to_owned())
            }
            TriggerKind::Webhook { path, .. } => {
                (format!("Something is sent to /hooks/in/{path}"), "webhook".to_owned())
            }
            TriggerKind::Manual => ("Started by hand".to_owned(), "manual".to_owned()),
        };
        if trigger.only_if.is_none() {
            return what;
        }
        format!("{what}, only if {}", self.at(&trigger.address.key(&key).key("only_if")))
    }

    /// A step's words: what it does, and with what, a line each.
    pub(super) fn step(&self, step: &Step) -> (String, Vec<String>) {
        let at = |key: &str| self.at(&step.address.key(key));
        match &step.action {
            Action::Call(call) => (operation(call), self.fields(&step.address, call)),
            Action::If { .. } => (format!("{}?", at("if")), Vec::new()),
            Action::Choose { .. } => ("Choose the first that fits".to_owned(), Vec::new()),
            Action::ForEach(each) => {
                let pace = Some(format!("{} at a time", each.at_once)).filter(|_| each.at_once > 1);
                let (title, mut detail) = match &each.over {
                    Items::List(_) => (format!("For each {} of {}", each.item, at("for_each")), Vec::new()),
                    Items::Found(call) => {
                        let fields = self.fields(&step.address.key("for_each"), call);
                        (format!("For each {} found by {}", each.item, operation(call)), fields)
                    }
                };
                detail.extend(pace);
                (title, detail)
            }
            Action::Parallel(_) => ("At the same time".to_owned(), Vec::new()),
            Action::Wait(_) => {
                let until = self.node(&step.address.key("wait")).and_then(|node| node.get("until")).is_some();
                if !until {
                    return (format!("Wait {}", at("wait")), Vec::new());
                }
                let part = |key: &str| self.at(&step.address.key("wait").key(key));
                let mut words = format!("Wait until {}", part("until"));
                for (key, side) in [("minus", "before"), ("plus", "after")] {
                    if !part(key).is_empty() {
                        words = format!("Wait until {} {side} {}", part(key), part("until"));
                    }
                }
                (words, Vec::new())
            }
            Action::Set(values) => {
                let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
                (format!("Set {}", names.join(", ")), Vec::new())
            }
            Action::WaitFor(wait) => {
                let title = format!("Wait for {} ({})", wait.event.replace('_', " "), wait.connector);
                (
                    title,
                    self.details(&step.address.key("wait_for"), &[("where", "where"), ("up_to", "up to")]),
                )
            }
            Action::Map { mapping, .. } => (format!("Map {} to {}", mapping.from, mapping.to), Vec::new()),
            Action::Run { recipe, .. } => {
                let inputs =
                    self.node(&step.address.key("inputs")).and_then(Node::members).unwrap_or_default();
                let shown =
                    inputs.iter().take(FIELDS).map(|(key, node)| format!("{}: {}", key.text, written(node)));
                (format!("Run {recipe}"), shown.collect())
            }
            Action::Approve(_) => {
                let place = step.address.key("approve");
                let short = self.node(&place).is_some_and(|node| node.members().is_none());
                let ask = if short { self.at(&place) } else { self.at(&place.key("ask")) };
                (format!("Ask: {ask}"), self.details(&place, &[("of", "of"), ("up_to", "up to")]))
            }
            Action::Stop(_) => ("Stop".to_owned(), vec![at("stop")]),
            Action::Fail(_) => ("Fail".to_owned(), vec![at("fail")]),
        }
    }

    /// The condition of a step's guard.
    pub(super) fn guard(&self, step: &Step) -> Option<String> {
        step.guard.as_ref().map(|_| self.at(&step.address.key("if")))
    }

    /// What stands under these keys, each after its words.
    fn details(&self, address: &Address, keys: &[(&str, &str)]) -> Vec<String> {
        let written = keys.iter().map(|(key, words)| (words, self.at(&address.key(key))));
        written.filter(|(_, text)| !text.is_empty()).map(|(words, text)| format!("{words} {text}")).collect()
    }

    /// What a call is given, as far as it tells something. The address is that of the group around the operation's name.
    fn fields(&self, around: &Address, call: &CallAction) -> Vec<String> {
        let at = around.key(&format!("{}.{}", call.connector, call.operation));
        let members = self.node(&at).and_then(Node::members).unwrap_or_default();
        let telling = members.iter().filter(|(key, _)| !key.text.ends_with("Id"));
        telling.take(FIELDS).map(|(key, node)| format!("{}: {}", key.text, written(node))).collect()
    }
}

/// `add_tags` of `contacts` as "Add tags".
fn operation(call: &CallAction) -> String {
    if call.connector == call.connection {
        spaced(&call.operation)
    } else {
        format!("{} ({})", spaced(&call.operation), call.connection)
    }
}

fn spaced(name: &str) -> String {
    upper(&name.replace('_', " "))
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A value on one line, cut where it is long.
fn written(node: &Node) -> String {
    let text = match &node.value {
        NodeValue::Scalar { text, .. } => {
            let text = text.strip_prefix("$.").unwrap_or(text);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        NodeValue::List(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        NodeValue::Mapping(members) => members
            .iter()
            .map(|(key, node)| format!("{}: {}", key.text, written(node)))
            .collect::<Vec<_>>()
            .join(", "),
    };
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", text[..cut].trim_end()),
        None => text,
    }
}
