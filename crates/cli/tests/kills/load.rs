//! The work that is under way while the engine is killed: recipes with every kind of step, the events that start them,
//! and what each event must have led to in the end. Whatever an event's run writes carries a mark of its own,
//! `(E00042 first)`: the event's number and the step's name.

use bellhop_sandbox::{Data, Running};
use serde_json::{Value, json};

/// How many contacts the events are about.
pub(crate) const CONTACTS: u64 = 24;

const JOURNEY: &str = r#"name: Journey
trigger:
  contacts.contact_created: {}
steps:
  - contacts.get_contact: { contactId: $.trigger.id }
    timeout: 2 seconds
  - contacts.add_tags: { contactId: $.trigger.id, tags: [seen] }
    timeout: 2 seconds
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} first)" }
    timeout: 2 seconds
  - if: trigger.city == 'York'
    then:
      - contacts.create_task:
          contactId: $.trigger.id
          title: "({{ trigger.lastName }} then)"
          dueDate: in 2 days
          completed: false
        timeout: 2 seconds
    else:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} else)" }
        timeout: 2 seconds
  - for_each: $.trigger.tags
    as: tag
    at_once: 2
    do:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} loop {{ tag }})" }
        timeout: 2 seconds
  - parallel:
      left:
        - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} left)" }
          timeout: 2 seconds
      right:
        - contacts.create_task:
            contactId: $.trigger.id
            title: "({{ trigger.lastName }} right)"
            dueDate: in 3 days
            completed: false
          timeout: 2 seconds
  - wait: 3 seconds
  - contacts.get_contact: { contactId: contactWhoIsGone0001 }
    timeout: 2 seconds
    on_error:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} handled)" }
        timeout: 2 seconds
  - contacts.update_contact: { contactId: $.trigger.id, city: "({{ trigger.lastName }} city)" }
    timeout: 2 seconds
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} last)" }
    timeout: 2 seconds
"#;

const IN_TURN: &str = r#"name: In turn
trigger:
  contacts.contact_updated: {}
steps:
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} one)" }
    timeout: 2 seconds
  - contacts.update_contact: { contactId: $.trigger.id, source: "({{ trigger.lastName }} source)" }
    timeout: 2 seconds
  - contacts.create_task:
      contactId: $.trigger.id
      title: "({{ trigger.lastName }} two)"
      dueDate: tomorrow
      completed: false
    timeout: 2 seconds
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} three)" }
    timeout: 2 seconds
"#;

const NEWCOMER: &str = r#"name: Newcomer
trigger:
  contacts.contact_tags_changed: {}
steps:
  - contacts.create_contact:
      firstName: "({{ trigger.lastName }} newcomer)"
      email: "{{ trigger.lastName | lower }}@example.com"
    timeout: 2 seconds
  - contacts.send_message:
      contactId: $.trigger.id
      type: SMS
      message: "({{ trigger.lastName }} message)"
    timeout: 2 seconds
"#;

/// The recipes, by file name.
pub(crate) const RECIPES: [(&str, &str); 3] =
    [("journey", JOURNEY), ("in-turn", IN_TURN), ("newcomer", NEWCOMER)];

/// One event, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Errand(pub(crate) u64);

impl Errand {
    /// The recipe that it starts.
    pub(crate) fn recipe(self) -> &'static str {
        // The same for all events of a contact would leave the others' order untried.
        match (self.0 / CONTACTS + self.0) % 3 {
            0 => "journey",
            1 => "in-turn",
            _ => "newcomer",
        }
    }

    /// The contact that it is about.
    pub(crate) fn contact(self) -> String {
        contact(self.0 % CONTACTS)
    }

    /// The sender's id of it.
    pub(crate) fn delivery(self) -> String {
        format!("delivery-{:05}", self.0)
    }

    fn mark(self) -> String {
        format!("E{:05}", self.0)
    }

    fn tags(self) -> &'static [&'static str] {
        [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]][(self.0 % 4) as usize]
    }

    /// The webhook's body.
    pub(crate) fn body(self, sandbox: &Running, now: &str) -> String {
        let kind = match self.recipe() {
            "journey" => "ContactCreate",
            "in-turn" => "ContactUpdate",
            _ => "ContactTagUpdate",
        };
        json!({
            "type": kind, "locationId": sandbox.location_id(), "id": self.contact(), "firstName": "Ana",
            "lastName": self.mark(), "city": if self.0.is_multiple_of(2) { "York" } else { "Leeds" },
            "tags": self.tags(), "timestamp": now, "webhookId": self.delivery(),
        })
        .to_string()
    }

    /// The marks that must have been written once each when its run has succeeded.
    pub(crate) fn once(self) -> Vec<String> {
        let mut names: Vec<String> = match self.recipe() {
            "journey" => {
                let branch = if self.0.is_multiple_of(2) { "then" } else { "else" };
                let rest = ["first", branch, "left", "right", "handled", "last"].map(str::to_owned);
                rest.into_iter().chain(self.tags().iter().map(|tag| format!("loop {tag}"))).collect()
            }
            "in-turn" => ["one", "two", "three"].map(str::to_owned).into(),
            _ => ["newcomer", "message"].map(str::to_owned).into(),
        };
        for name in &mut names {
            *name = format!("({} {name})", self.mark());
        }
        names
    }
}

/// The mark in a text, where it has one.
pub(crate) fn mark_in(text: &str) -> Option<&str> {
    let from = text.find("(E")?;
    let length = text[from..].find(')')?;
    Some(&text[from..=from + length])
}

/// The number of the event that a mark names.
pub(crate) fn number_of(mark: &str) -> Option<u64> {
    mark.get(2..7)?.parse().ok()
}

fn contact(number: u64) -> String {
    format!("contactKilled{number:07}")
}

/// The contacts that the events are about.
pub(crate) fn crm() -> Data {
    let contacts: Vec<Value> = (0..CONTACTS)
        .map(|number| {
            json!({
                "id": contact(number), "firstName": "Ana", "lastName": format!("Quill {number}"),
                "email": format!("ana{number}@example.com"), "phone": format!("+1555010{:04}", 1_000 + number),
            })
        })
        .collect();
    Data::from_json(&json!({"contacts": contacts})).expect("the records have the sandbox's form")
}
