//! Writes a tale's recipes: blocks of steps inside blocks of steps. What waits for others is in `asking`.

use std::mem;

use bellhop_connector::FailureClass;

use super::MOST_DEATHS;
use super::dice::Dice;
use super::tale::{LISTS, Tale};
use crate::support::crm::Fault;

/// As many failures as are never used up.
pub(super) const ALWAYS: usize = 64;

/// Who writes a recipe.
pub(super) struct Teller {
    pub(super) dice: Dice,
    pub(super) tale: Tale,
    /// The steps so far.
    pub(super) text: String,
    /// The mappings so far.
    pub(super) mappings: String,
    pub(super) number: usize,
    /// The loops around: the names of their items, with the first item of each.
    pub(super) items: Vec<(String, &'static str)>,
    /// The first items of the loops around the calls that lead to this recipe.
    pub(super) above: Vec<&'static str>,
    /// How many calls of recipes lead to this one.
    pub(super) depth: usize,
}

impl Teller {
    /// Tells the whole tale.
    pub(super) fn tell(tale: Tale, dice: Dice) -> Tale {
        let mut teller = Self {
            dice,
            tale,
            text: String::new(),
            mappings: String::new(),
            number: 0,
            items: Vec::new(),
            above: Vec::new(),
            depth: 0,
        };
        let steps = 1 + teller.dice.below(4);
        teller.steps(1, steps, 2);
        if teller.dice.one_in(6) {
            let (verb, holds) = (teller.dice.pick(&["stop", "fail"]), teller.flag());
            teller.line(1, &format!("- {verb}: That was it"));
            teller.line(2, &format!("if: {holds}"));
        }
        let failure = teller.on_failure();
        let Self { mut tale, text, mappings, .. } = teller;
        let options = if tale.once_per_key { "{ once_per: trigger.key }" } else { "{}" };
        let text = format!(
            "name: Test\ntrigger:\n  crm.contact_created: {options}\n{mappings}steps:\n{text}{failure}"
        );
        tale.recipes.insert(0, ("r".to_owned(), text));
        tale
    }

    pub(super) fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Where the mark of the event stands that all began with.
    pub(super) fn mark(&self) -> &'static str {
        if self.depth == 0 { "trigger.mark" } else { "inputs.mark" }
    }

    fn flag(&mut self) -> &'static str {
        if self.depth == 0 {
            self.dice.pick(&["trigger.yes", "trigger.no"])
        } else {
            self.dice.pick(&["inputs.mark is not empty", "inputs.mark is empty"])
        }
    }

    /// So many steps; what they have inside goes down `nested` levels at the most.
    pub(super) fn steps(&mut self, depth: usize, count: usize, nested: usize) {
        for _ in 0..count {
            let inside = if nested == 0 { 0 } else { 5 };
            match self.dice.below(15 + inside) {
                0..=6 => self.call(depth),
                7 => {
                    self.tale.overlaps = true;
                    let wait = self.dice.pick(&["1 second", "20 seconds", "3 minutes"]);
                    self.line(depth, &format!("- wait: {wait}"));
                }
                8 => {
                    self.number += 1;
                    let (name, value) =
                        (format!("value{}", self.number), format!("{{{{ {} }}}}", self.mark()));
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
                10 if self.depth == 0 => {
                    let text = "{{ trigger.nothing }}";
                    self.line(depth, &format!("- crm.tag: {{ text: \"{text}\" }}"));
                    self.handler(depth + 1);
                }
                10 | 11 => self.map(depth),
                12 => self.wait_for(depth),
                13 => self.approve(depth),
                14 if self.depth < 2 && self.items.len() < 2 => self.other(depth),
                14 => self.call(depth),
                15 => {
                    let holds = self.flag();
                    self.line(depth, &format!("- if: {holds}"));
                    self.line(depth + 1, "then:");
                    self.some(depth + 2, nested);
                    self.line(depth + 1, "else:");
                    self.some(depth + 2, nested);
                }
                16 if self.depth == 0 => self.turns(depth, nested),
                16 | 17 => self.pages(depth, nested),
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

    pub(super) fn some(&mut self, depth: usize, nested: usize) {
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
        self.items.push((item, "a"));
        self.some(depth + 2, nested);
        self.items.pop();
    }

    /// A loop over what a search finds, page by page, with anything going wrong between them.
    fn pages(&mut self, depth: usize, nested: usize) {
        let text = self.fresh();
        let item = format!("item{}", self.number);
        let (count, size, at_once) = (self.dice.below(6), 1 + self.dice.below(3), 1 + self.dice.below(3));
        self.line(depth, "- for_each:");
        self.line(depth + 3, &format!("crm.search: {{ text: \"{text}\", count: {count}, size: {size} }}"));
        self.line(depth + 1, &format!("as: {item}"));
        self.line(depth + 1, &format!("at_once: {at_once}"));
        let event = self.dice.below(self.tale.contacts.len());
        let page = self.dice.pick(&["", "@1", "@2", "@2", "@3", "@4"]);
        let faults = match self.dice.below(9) {
            0 | 1 => vec![transient(); 1 + self.dice.below(2)],
            2 => vec![Fault::Class(FailureClass::RateLimited { after_ms: Some(3_000) }), transient()],
            3 => vec![Fault::LostAnswer],
            4 => {
                if self.dice.one_in(2) {
                    self.line(depth + 1, "on_error: continue");
                }
                vec![Fault::Class(FailureClass::NotFound); ALWAYS]
            }
            5 => {
                self.line(depth + 1, "retry: { times: 1 }");
                vec![transient(); ALWAYS]
            }
            _ => Vec::new(),
        };
        if !faults.is_empty() {
            self.tale.faults.push((format!("{}{page}", self.sent(event)), faults));
        }
        self.line(depth + 1, "do:");
        self.items.push((item, "i0"));
        self.some(depth + 2, nested);
        self.items.pop();
    }

    /// `on_error` of any kind.
    pub(super) fn handler(&mut self, depth: usize) {
        if self.dice.one_in(2) {
            self.line(depth, "on_error: continue");
            return;
        }
        self.line(depth, "on_error:");
        let text = self.fresh();
        self.line(depth + 1, &format!("- crm.create_note: {{ text: \"{text} {{{{ error.class }}}}\" }}"));
    }

    /// A text that no other call has, as the recipe says it.
    pub(super) fn fresh(&mut self) -> String {
        self.number += 1;
        format!("n{} {}", self.number, self.place())
    }

    /// What tells this run and turn from all others, as a text in a recipe.
    pub(super) fn place(&self) -> String {
        let items = self.items.iter().map(|(item, _)| format!(" {{{{ {item} }}}}"));
        items.fold(format!("{{{{ {} }}}}", self.mark()), |text, item| text + &item)
    }

    /// The last fresh text as one run, in the first turn of every loop around, sends it.
    pub(super) fn sent(&self, event: usize) -> String {
        let firsts = self.above.iter().chain(self.items.iter().map(|(_, first)| first));
        firsts.fold(format!("n{} e{event}", self.number), |text, first| format!("{text} {first}"))
    }

    /// Has another recipe written meanwhile; its steps.
    pub(super) fn aside(&mut self, write: impl FnOnce(&mut Self)) -> (String, String) {
        let firsts: Vec<_> = self.items.iter().map(|(_, first)| *first).collect();
        let (items, known) = (mem::take(&mut self.items), self.above.len());
        let (text, mappings) = (mem::take(&mut self.text), mem::take(&mut self.mappings));
        self.above.extend(firsts);
        self.depth += 1;
        write(self);
        self.depth -= 1;
        self.above.truncate(known);
        self.items = items;
        (mem::replace(&mut self.text, text), mem::replace(&mut self.mappings, mappings))
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
        self.goes_wrong(depth, operation, true);
    }

    /// Anything may go wrong with the call that was just written, at times in two turns of a loop; with `ends` also so that it fails in the end.
    pub(super) fn goes_wrong(&mut self, depth: usize, operation: &str, ends: bool) {
        if operation == "send" {
            self.tale.overlaps = true;
        }
        let event = self.dice.below(self.tale.contacts.len());
        let sent = self.sent(event);
        let once = matches!(operation, "create_note" | "send");
        let faults = match self.dice.below(17) {
            0 => vec![transient(); 1 + self.dice.below(3)],
            1 => vec![Fault::Class(FailureClass::RateLimited { after_ms: Some(3_000) }), transient()],
            2 => vec![Fault::LostAnswer],
            3 => vec![Fault::Class(FailureClass::Unclear)],
            4 if operation != "send" => {
                self.line(depth + 1, "timeout: 10 seconds");
                vec![Fault::Hangs]
            }
            5 if ends => {
                if self.dice.one_in(2) {
                    self.handler(depth + 1);
                }
                vec![Fault::Class(FailureClass::NotFound); ALWAYS]
            }
            6 if ends => {
                self.line(depth + 1, &format!("retry: {{ times: {MOST_DEATHS} }}"));
                if self.dice.one_in(2) {
                    self.handler(depth + 1);
                }
                vec![transient(); ALWAYS]
            }
            // It says no, and has done it.
            7 | 8 if once => vec![Fault::Refused(true)],
            // It says no, and a person who has looked has it done again.
            9 if operation == "send" => vec![Fault::Refused(false); 1 + self.dice.below(2)],
            8 | 9 if ends => {
                if self.dice.one_in(2) {
                    self.handler(depth + 1);
                }
                vec![Fault::Refused(!once && self.dice.one_in(2)); ALWAYS]
            }
            _ => Vec::new(),
        };
        if operation == "create_note" && self.dice.one_in(3) {
            let times = 1 + self.dice.below(2);
            self.tale.blind.push((sent.clone(), times));
        }
        if faults.is_empty() {
            return;
        }
        if let Some((_, first)) = self.items.last()
            && self.dice.one_in(2)
        {
            let second = if *first == "a" { "b" } else { "i1" };
            let text = sent.strip_suffix(first).map(|text| format!("{text}{second}"));
            self.tale.faults.extend(text.map(|text| (text, faults.clone())));
        }
        self.tale.faults.push((sent, faults));
    }
}

fn transient() -> Fault {
    Fault::Class(FailureClass::Transient)
}
