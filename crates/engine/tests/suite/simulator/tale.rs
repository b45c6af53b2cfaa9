//! A made-up tale: a recipe of any shape, the events that start it, and what goes wrong at the app on the way. It ends in
//! one way only, whenever and however often the process dies; so nothing is in it whose end hangs on how long something
//! took, such as a `stop` beside calls under way.

use bellhop_connector::FailureClass;

use super::dice::Dice;
use crate::support::crm::{Crm, Fault};
use crate::support::recipe;

/// The lists that loops go over, by number, as events bring them.
pub(crate) const LISTS: [&[&str]; 4] = [&[], &["a"], &["a", "b"], &["a", "b", "c"]];
/// As many failures as are never used up.
const ALWAYS: usize = 64;

/// What happens in a simulated world, but for the deaths.
#[derive(Clone, Debug)]
pub(crate) struct Tale {
    /// The recipe's text.
    pub(crate) recipe: String,
    /// The events, in the order of their sending: each one's contact.
    pub(crate) contacts: Vec<&'static str>,
    /// By the call's text: what goes wrong with it, one time after the other.
    faults: Vec<(String, Vec<Fault>)>,
    /// By the call's text: how often it cannot be looked up.
    blind: Vec<(String, usize)>,
    /// Whether runs of one contact may overlap: one of them lies down to wait, or a person helps it later.
    pub(crate) overlaps: bool,
}

impl Tale {
    /// The tale of that number.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let contacts = (0..=dice.below(3)).map(|_| dice.pick(&["c0", "c0", "c1"])).collect();
        let empty =
            Self { recipe: String::new(), contacts, faults: Vec::new(), blind: Vec::new(), overlaps: false };
        let mut teller = Teller { dice, tale: empty, text: String::new(), number: 0, items: Vec::new() };
        let steps = 1 + teller.dice.below(4);
        teller.steps(1, steps, 2);
        if teller.dice.one_in(6) {
            let (verb, holds) = (teller.dice.pick(&["stop", "fail"]), teller.flag());
            teller.line(1, &format!("- {verb}: That was it"));
            teller.line(2, &format!("if: {holds}"));
        }
        Self { recipe: recipe(&teller.text), ..teller.tale }
    }

    /// Has the app fail as the tale says.
    pub(crate) fn spoil(&self, crm: &Crm) {
        for (text, faults) in &self.faults {
            crm.fail(text, faults.iter().cloned());
        }
        for (text, times) in &self.blind {
            crm.blind(text, vec![FailureClass::Transient; *times]);
        }
    }
}

struct Teller {
    dice: Dice,
    tale: Tale,
    text: String,
    number: usize,
    /// The names of the loops' items around.
    items: Vec<String>,
}

impl Teller {
    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn flag(&mut self) -> &'static str {
        self.dice.pick(&["trigger.yes", "trigger.no"])
    }

    /// So many steps; what they have inside goes down `nested` levels at the most.
    fn steps(&mut self, depth: usize, count: usize, nested: usize) {
        for _ in 0..count {
            let inside = if nested == 0 { 0 } else { 4 };
            match self.dice.below(11 + inside) {
                0..=6 => self.call(depth),
                7 => {
                    self.tale.overlaps = true;
                    let wait = self.dice.pick(&["1 second", "20 seconds", "3 minutes"]);
                    self.line(depth, &format!("- wait: {wait}"));
                }
                8 => {
                    self.number += 1;
                    let (name, value) = (format!("value{}", self.number), "{{ trigger.id }}");
                    self.line(depth, "- set:");
                    self.line(depth + 3, &format!("{name}: \"{value}\""));
                    let text = self.fresh();
                    self.line(depth, &format!("- crm.create_note: {{ text: \"{text} {{{{ {name} }}}}\" }}"));
                }
                9 => {
                    self.call(depth);
                    let holds = self.flag();
                    self.line(depth + 1, &format!("if: {holds}"));
                }
                10 => {
                    let text = "{{ trigger.nothing }}";
                    self.line(depth, &format!("- crm.tag: {{ text: \"{text}\" }}"));
                    self.handler(depth + 1);
                }
                11 => {
                    let holds = self.flag();
                    self.line(depth, &format!("- if: {holds}"));
                    self.line(depth + 1, "then:");
                    self.some(depth + 2, nested);
                    self.line(depth + 1, "else:");
                    self.some(depth + 2, nested);
                }
                12 | 13 => self.turns(depth, nested),
                _ => {
                    self.line(depth, "- parallel:");
                    for number in 0..=self.dice.below(3) {
                        self.line(depth + 3, &format!("b{number}:"));
                        self.some(depth + 4, nested);
                    }
                }
            }
        }
    }

    fn some(&mut self, depth: usize, nested: usize) {
        let count = 1 + self.dice.below(2);
        self.steps(depth, count, nested - 1);
    }

    fn turns(&mut self, depth: usize, nested: usize) {
        self.number += 1;
        let item = format!("item{}", self.number);
        let (list, at_once) = (self.dice.below(LISTS.len()), 1 + self.dice.below(3));
        self.line(depth, &format!("- for_each: $.trigger.lists[{list}]"));
        self.line(depth + 1, &format!("as: {item}"));
        self.line(depth + 1, &format!("at_once: {at_once}"));
        self.line(depth + 1, "do:");
        self.items.push(item);
        self.some(depth + 2, nested);
        self.items.pop();
    }

    /// `on_error` of any kind.
    fn handler(&mut self, depth: usize) {
        if self.dice.one_in(2) {
            self.line(depth, "on_error: continue");
            return;
        }
        self.line(depth, "on_error:");
        let text = self.fresh();
        self.line(depth + 1, &format!("- crm.create_note: {{ text: \"{text} {{{{ error.class }}}}\" }}"));
    }

    /// A text that no other call has, as the recipe says it.
    fn fresh(&mut self) -> String {
        self.number += 1;
        let items = self.items.iter().map(|item| format!(" {{{{ {item} }}}}"));
        items.fold(format!("n{} {{{{ trigger.mark }}}}", self.number), |text, item| text + &item)
    }

    /// The same as one run, in the first turn of every loop around, sends it.
    fn sent(&self, event: usize) -> String {
        self.items.iter().fold(format!("n{} e{event}", self.number), |text, _| text + " a")
    }

    /// A call of any kind, with anything going wrong.
    fn call(&mut self, depth: usize) {
        let operation = self.dice.pick(&[
            "get_contact",
            "tag",
            "charge",
            "create_note",
            "create_note",
            "create_note",
            "send",
        ]);
        let text = self.fresh();
        let field = if operation == "get_contact" { "id" } else { "text" };
        self.line(depth, &format!("- crm.{operation}: {{ {field}: \"{text}\" }}"));
        if operation == "send" {
            self.tale.overlaps = true;
        }
        let event = self.dice.below(self.tale.contacts.len());
        let transient = || Fault::Class(FailureClass::Transient);
        let faults = match self.dice.below(14) {
            0 => vec![transient(); 1 + self.dice.below(3)],
            1 => vec![Fault::Class(FailureClass::RateLimited { after_ms: Some(3_000) }), transient()],
            2 => vec![Fault::LostAnswer],
            3 => vec![Fault::Class(FailureClass::Unclear)],
            4 if operation != "send" => vec![Fault::Hangs],
            5 => {
                if self.dice.one_in(2) {
                    self.handler(depth + 1);
                }
                vec![Fault::Class(FailureClass::NotFound); ALWAYS]
            }
            6 => {
                self.line(depth + 1, "retry: { times: 2 }");
                if self.dice.one_in(2) {
                    self.handler(depth + 1);
                }
                vec![transient(); ALWAYS]
            }
            _ => Vec::new(),
        };
        let sent = self.sent(event);
        if operation == "create_note" && self.dice.one_in(3) {
            let times = 1 + self.dice.below(2);
            self.tale.blind.push((sent.clone(), times));
        }
        if !faults.is_empty() {
            self.tale.faults.push((sent, faults));
        }
    }
}
