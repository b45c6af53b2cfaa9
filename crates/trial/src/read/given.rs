//! What a test begins with: records, inputs, faults, answers, the time.

use bellhop_clock::Moment;
use bellhop_connector::Field;
use bellhop_source::{Address, Diagnostic, Node, Span, closest};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::reader::{Reader, typed};
use crate::codes::{UNKNOWN_FIELD, WRONG_INPUT, WRONG_RECORDS, WRONG_SETTING};
use crate::{Fault, FaultKind, Given};

/// The keys that are no records.
const GIVEN_KEYS: [&str; 5] = ["now", "inputs", "faults", "answers", "recipes"];
/// The lists of records, as tests name them.
pub(crate) const RECORD_KEYS: [&str; 14] = [
    "contacts",
    "tasks",
    "notes",
    "appointments",
    "opportunities",
    "custom_fields",
    "users",
    "tags",
    "workflows",
    "campaigns",
    "calendars",
    "businesses",
    "pipelines",
    "messages",
];
/// The keys of a fault.
const FAULT_KEYS: [&str; 3] = ["on", "answer", "times"];
/// What a fault may answer.
const FAULT_HELP: &str = "Write a status such as `429` or `503` (nothing is done), `done then 503` (it is done all the same), \
                                     `broken off` (it is done and the connection breaks), or `nothing` (it is done and no answer comes).";
/// The operations whose answers have the records' fields.
const SHAPES: [(&str, &str); 3] = [("contacts", "get_contact"), ("tasks", "get_task"), ("notes", "get_note")];

/// When a test begins that does not say it: a Monday morning.
pub(crate) fn default_now() -> Timestamp {
    const MONDAY: Timestamp = Timestamp::constant(1_767_603_600, 0);
    MONDAY
}

impl Reader<'_> {
    /// Reads `given`; `name` is where the test's name stands.
    pub(super) fn given(&mut self, node: Option<&Node>, name: Span, at: &Address) -> Given {
        let mut given = Given {
            now: default_now(),
            records: Value::Object(Map::new()),
            inputs: Map::new(),
            faults: Vec::new(),
            answers: Vec::new(),
            recipes: Vec::new(),
        };
        if let Some(node) = node.filter(|node| !node.is_null() && node.members().is_none()) {
            self.shape(node, at, "`given` is a group: records, inputs, faults, the time");
            return given;
        }
        let members = node.and_then(Node::members).unwrap_or_default();
        if let Some(node) = node {
            let known: Vec<&str> = RECORD_KEYS.iter().chain(&GIVEN_KEYS).copied().collect();
            self.known_keys(node, at, &known, "given");
        }
        if let Some(now) = node.and_then(|node| node.get("now")) {
            given.now = self.moment(now, &at.key("now"));
        }
        let mut records = Map::new();
        for (key, value) in members {
            let at = at.key(&key.text);
            match key.text.as_str() {
                "faults" => given.faults = self.faults(value, &at),
                "answers" => given.answers = self.answers(value, &at),
                "recipes" => given.recipes = self.played(value, &at),
                kind if RECORD_KEYS.contains(&kind) => {
                    let kept = if kind == "custom_fields" { "customFields" } else { kind };
                    records.insert(kept.to_owned(), self.records(kind, value, &at));
                }
                _ => {}
            }
        }
        given.records = Value::Object(records);
        if let Err(problem) = (self.around.records)(&given.records, given.now) {
            let span = node.map_or(name, |node| node.span);
            let message =
                format!("the sandbox cannot begin with these records: {}", problem.trim_end_matches('.'));
            self.complain(WRONG_RECORDS, span, at, &message);
        }
        given.inputs = self.inputs(node.and_then(|node| node.get("inputs")), name, &at.key("inputs"));
        given
    }

    /// A moment, seen from the usual beginning of a test.
    pub(super) fn moment(&mut self, node: &Node, at: &Address) -> Timestamp {
        match Moment::parse(node.text().unwrap_or_default()) {
            Ok(moment) => moment.resolve(self.now, self.around.zone),
            Err(error) => {
                let complaint = Diagnostic::error(WRONG_SETTING, node.span, at.clone(), &*error.message);
                let complaint = match (error.suggestion, error.help) {
                    (Some(meant), _) => {
                        complaint.help(format!("Did you mean `{meant}`?")).suggest(node.span, meant)
                    }
                    (None, Some(help)) => complaint.help(help),
                    (None, None) => complaint,
                };
                self.tell(complaint);
                self.now
            }
        }
    }

    fn records(&mut self, kind: &str, node: &Node, at: &Address) -> Value {
        let Some(items) = node.items() else {
            self.shape(node, at, &format!("`{kind}` must be a list of records"));
            return Value::Array(Vec::new());
        };
        let shape = SHAPES.iter().find(|(of, _)| *of == kind).and_then(|(_, operation)| {
            self.around.catalogue.operation("contacts", operation).map(|operation| operation.output.clone())
        });
        let records = items.iter().enumerate().map(|(number, item)| {
            if let Some(shape) = &shape {
                self.doubtful_fields(kind, item, shape, &at.index(number));
            }
            let mut record = typed(item, shape.as_ref());
            if let Some(members) = record.as_object_mut()
                && let Some(fields) = members.shift_remove("custom_fields")
            {
                members.insert("customFields".to_owned(), fields);
            }
            record
        });
        records.collect()
    }

    /// A record may have more fields than the app's documentation knows; a slip of the pen is more likely.
    fn doubtful_fields(&mut self, kind: &str, node: &Node, shape: &Field, at: &Address) {
        let unknown = node
            .members()
            .unwrap_or_default()
            .iter()
            .filter(|(key, _)| !shape.fields.contains_key(&key.text));
        for (key, _) in unknown {
            if self.is_full() {
                return;
            }
            if let Some(near) = closest(&key.text, shape.fields.keys().map(String::as_str)) {
                let message = format!("records of `{kind}` are not known to have a field `{}`", key.text);
                let complaint = Diagnostic::warning(UNKNOWN_FIELD, key.span, at.key(&key.text), message);
                let complaint = complaint.help(format!("Did you mean `{near}`?")).suggest(key.span, near);
                self.tell(complaint);
            }
        }
    }

    fn inputs(&mut self, node: Option<&Node>, name: Span, at: &Address) -> Map<String, Value> {
        let Some(plan) = self.plan.clone() else { return Map::new() };
        let mut given = Map::new();
        for (key, value) in node.and_then(Node::members).unwrap_or_default() {
            if plan.inputs.iter().any(|input| input.name == key.text) {
                // Texts are read by the input's own type.
                let value = value.text().map_or_else(|| value.to_json(), Value::from);
                given.insert(key.text.clone(), value);
                continue;
            }
            if self.stops() {
                break;
            }
            let near = closest(&key.text, plan.inputs.iter().map(|input| input.name.as_str()));
            let names: Vec<_> = plan.inputs.iter().map(|input| input.name.as_str()).collect();
            let list = if names.is_empty() {
                "It has no inputs at all.".to_owned()
            } else {
                format!("Its inputs are: {}.", names.join(", "))
            };
            let message = format!("the recipe `{}` has no input `{}`", plan.id, key.text);
            self.unknown(WRONG_INPUT, key.span, &at.key(&key.text), message, near, &list);
        }
        if let Some(node) = node.filter(|node| node.members().is_none()) {
            self.shape(node, at, "`inputs` is a group of the recipe's inputs");
        }
        match bellhop_recipe::inputs(&plan, &given) {
            Ok(Value::Object(whole)) => whole,
            Ok(_) => Map::new(),
            Err(problems) => {
                let span = node.map_or(name, |node| node.span);
                for problem in problems {
                    self.complain(WRONG_INPUT, span, at, problem.trim_end_matches('.'));
                }
                Map::new()
            }
        }
    }

    fn faults(&mut self, node: &Node, at: &Address) -> Vec<Fault> {
        let Some(items) = node.items() else {
            self.shape(node, at, "`faults` must be a list, each with `on` and `answer`");
            return Vec::new();
        };
        items.iter().enumerate().filter_map(|(number, item)| self.fault(item, &at.index(number))).collect()
    }

    fn fault(&mut self, node: &Node, at: &Address) -> Option<Fault> {
        if node.members().is_none() {
            self.shape(node, at, "a fault is a group with `on` and `answer`");
            return None;
        }
        self.known_keys(node, at, &FAULT_KEYS, "a fault");
        let operation = if let Some(on) = node.get("on") {
            self.operation(on.text().unwrap_or_default(), on.span, &at.key("on"))
        } else {
            self.missing(node.span, at, "on", "a fault");
            None
        };
        let kind = if let Some(answer) = node.get("answer") {
            let kind = FaultKind::parse(answer.text().unwrap_or_default());
            if kind.is_none() {
                let message = "this is no answer of a fault";
                self.complain_with_help(WRONG_SETTING, answer.span, &at.key("answer"), message, FAULT_HELP);
            }
            kind
        } else {
            self.missing(node.span, at, "answer", "a fault");
            None
        };
        let times = node.get("times").and_then(|times| {
            let count = times.text().and_then(|text| text.parse().ok()).filter(|count| *count > 0);
            if count.is_none() {
                let message = "`times` must be a whole number from 1";
                self.complain(WRONG_SETTING, times.span, &at.key("times"), message);
            }
            count
        });
        let (connector, operation) = operation?;
        Some(Fault { connector, operation, kind: kind?, times })
    }

    fn answers(&mut self, node: &Node, at: &Address) -> Vec<(String, Value)> {
        let Some(members) = node.members() else {
            self.shape(node, at, "`answers` is a group: an operation and what it gives back");
            return Vec::new();
        };
        let answers = members.iter().filter_map(|(key, value)| {
            let (connector, operation) = self.operation(&key.text, key.span, &at.key(&key.text))?;
            if matches!(connector.as_str(), "contacts" | "slack") {
                let message = format!("the sandbox itself answers for {connector}");
                let help = "Give the records that it is to answer from, or a fault.";
                self.complain_with_help(WRONG_SETTING, key.span, &at.key(&key.text), &message, help);
            }
            Some((format!("{connector}.{operation}"), value.to_json()))
        });
        answers.collect()
    }
}
