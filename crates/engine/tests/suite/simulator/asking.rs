//! Writes the steps that wait for others: for an event, for a person, for another recipe's run; and what is made of a record,
//! and done when a run has failed. Each tells in a note what came of it.

use super::teller::Teller;
use crate::support::crm::Fault;

impl Teller {
    /// Asks the contact something; at times beside a call that hangs, so that the run is in hand when the time is up.
    pub(super) fn wait_for(&mut self, depth: usize) {
        self.tale.overlaps = true;
        if !self.dice.one_in(3) {
            let hurried = self.dice.one_in(3);
            return self.asks(depth, hurried);
        }
        self.line(depth, "- parallel:");
        self.line(depth + 3, "hangs:");
        let text = self.fresh();
        self.line(depth + 4, &format!("- crm.tag: {{ text: \"{text}\" }}"));
        self.line(depth + 5, "timeout: 10 seconds");
        for event in 0..self.tale.contacts.len() {
            self.tale.faults.push((self.sent(event), vec![Fault::Hangs]));
        }
        self.line(depth + 3, "asks:");
        self.asks(depth + 4, true);
    }

    /// Asks the contact something and waits for the answer, which may come before the call has ended, or never.
    fn asks(&mut self, depth: usize, hurried: bool) {
        let text = self.fresh();
        self.tale.asks.insert(format!("n{}", self.number));
        if hurried {
            self.tale.hurried.insert(format!("n{}", self.number));
        }
        let operation = self.dice.pick(&["create_note", "send"]);
        self.line(depth, &format!("- crm.{operation}: {{ text: \"{text}\" }}"));
        let asked = self.number;
        self.goes_wrong(depth, operation, true);
        let items = self.items.iter().map(|(item, _)| format!(" ~ ' ' ~ {item}"));
        let key = items.fold(format!("('n{asked} ' ~ {}", self.mark()), |key, item| key + &item) + ")";
        let holds = match self.dice.below(4) {
            0 | 1 => format!("event.key == {key} and event.body is containing 'yes'"),
            // Of whom it says nothing that could be looked up, so that nobody outside can tell when its time is up.
            2 if !hurried => format!("event.words is containing ({key} ~ ' yes')"),
            _ => format!("event.body != 'perhaps' and {key} == event.key"),
        };
        let reply = format!("reply{asked}");
        self.line(depth, "- wait_for:");
        self.line(depth + 3, "event: crm.message_received");
        self.line(depth + 3, &format!("where: {holds}"));
        self.line(depth + 3, if hurried { "up_to: 8 seconds" } else { "up_to: 5 minutes" });
        self.line(depth + 1, &format!("as: {reply}"));
        self.tells(depth, &format!("{reply}.body if {reply} is defined else 'silent'"));
    }

    /// Asks a person.
    pub(super) fn approve(&mut self, depth: usize) {
        self.tale.overlaps = true;
        self.tale.approvals += 1;
        let ask = self.fresh();
        let answer = format!("answer{}", self.number);
        if self.dice.one_in(3) {
            self.line(depth, &format!("- approve: \"{ask}\""));
        } else {
            self.line(depth, &format!("- approve: {{ ask: \"may {ask}\", of: Mara, up_to: 5 minutes }}"));
        }
        self.line(depth + 1, &format!("as: {answer}"));
        self.tells(
            depth,
            &format!("{answer}.approved ~ ' ' ~ (({answer}.by or 'nobody')) ~ ' ' ~ {answer}.timed_out"),
        );
    }

    /// Calls another recipe, which does anything and ends in any way.
    pub(super) fn other(&mut self, depth: usize) {
        self.tale.overlaps = true;
        self.number += 1;
        let (id, result) = (format!("other{}", self.number), format!("result{}", self.number));
        let mut failure = String::new();
        let (steps, mappings) = self.aside(|teller| {
            let count = 1 + teller.dice.below(2);
            teller.steps(1, count, 1);
            match teller.dice.below(6) {
                0 | 1 => teller.line(1, "- fail: No luck"),
                2 => teller.line(1, "- stop: Enough"),
                _ => {}
            }
            failure = teller.on_failure();
        });
        let head = "inputs:\n  mark: { type: text }\ntrigger:\n  manual: {}\n";
        let text = format!("name: {id}\n{head}{mappings}steps:\n{steps}{failure}");
        self.tale.recipes.push((id.clone(), text));
        self.line(depth, &format!("- call: {id}"));
        let mark = self.place();
        self.line(depth + 1, &format!("inputs: {{ mark: \"{mark}\" }}"));
        self.line(depth + 1, &format!("as: {result}"));
        if self.dice.one_in(2) {
            self.handler(depth + 1);
        }
        self.tells(depth, &format!("{result}.status if {result} is defined else 'failed'"));
    }

    /// Makes the input of a call of a record.
    pub(super) fn map(&mut self, depth: usize) {
        let place = self.place();
        let wrong = self.dice.one_in(4);
        self.number += 1;
        let (number, field) = (self.number, if wrong { "$.none" } else { "$.mark" });
        if self.mappings.is_empty() {
            self.mappings.push_str("mappings:\n");
        }
        let sides = "    from: crm.mark\n    to: crm.create_note\n";
        let text = format!("\"n{number} {{{{ mark }}}}\"");
        let fields = format!("      text: {text}\n      id: {field}\n");
        self.mappings += &[&format!("  m{number}:\n{sides}    fields:\n"), fields.as_str()].concat();
        self.line(depth, "- set:");
        self.line(depth + 3, &format!("record{number}: {{ mark: \"{place}\" }}"));
        self.line(depth, &format!("- map: {{ mapping: m{number}, from: $.record{number} }}"));
        self.line(depth + 1, &format!("as: made{number}"));
        self.line(depth, &format!("- crm.create_note: $.made{number}"));
        self.goes_wrong(depth, "create_note", true);
    }

    /// What is done when the recipe has failed; it may be nothing.
    pub(super) fn on_failure(&mut self) -> String {
        if !self.dice.one_in(3) {
            return String::new();
        }
        let before = std::mem::replace(&mut self.text, "on_failure:\n".to_owned());
        self.tells(1, "error.class ~ ' ' ~ error.step");
        let count = self.dice.below(2);
        self.steps(1, count, 1);
        std::mem::replace(&mut self.text, before)
    }

    /// A note of what came of something.
    fn tells(&mut self, depth: usize, what: &str) {
        let text = self.fresh();
        self.line(depth, &format!("- crm.create_note: {{ text: \"{text} {{{{ {what} }}}}\" }}"));
    }
}
