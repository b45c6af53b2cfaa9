//! Who a run was about, made up: names, addresses, numbers, free texts and the ids of contacts. The same original gets the
//! same replacement everywhere, also inside other texts, so that conditions and texts come out as they did.

use std::collections::{HashMap, HashSet};

use bellhop_connector::Catalogue;
use bellhop_journal::{Awaited, Claimed, Entry};
use serde_json::Value;

const FIRST_NAMES: [&str; 8] = ["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana"];
const LAST_NAMES: [&str; 8] = ["Quill", "Moss", "Reed", "Vale", "Thorn", "Birch", "Lake", "Stone"];

/// What stands for what.
#[derive(Default)]
pub(super) struct Masks {
    /// Original and replacement; the longest originals first.
    pairs: Vec<(String, String)>,
    counts: HashMap<&'static str, usize>,
    /// Texts that the recipes themselves ask for: they tell nothing of anybody, and conditions hang on them.
    asked: Vec<String>,
}

/// Free texts: what people wrote, where the app told it. What the recipe itself wrote is no secret but for the names in it.
const FREE: &str = "free text";

/// What a field says about a person, by its name in small letters and without underscores; the order of asking.
fn kind(field: &str) -> Option<&'static str> {
    let bare: String = field.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect();
    Some(match bare.as_str() {
        "firstname" | "firstnamelowercase" | "firstnameraw" => "first name",
        "lastname" | "lastnamelowercase" | "lastnameraw" => "last name",
        "email" | "emaillowercase" | "additionalemails" => "email",
        "phone" | "additionalphones" => "phone",
        "contactid" => "contact",
        "name" | "contactname" | "fullname" | "fullnamelowercase" | "companyname" => "name",
        "address1" | "address" | "city" | "postalcode" | "website" | "dateofbirth" | "ip" => "text",
        "body" | "notes" | "description" | "message" | "text" => FREE,
        _ => return None,
    })
}

/// Free texts that the app told, without those that the runs themselves had written before.
#[derive(Default)]
struct Told<'h> {
    texts: Vec<&'h str>,
    own: HashSet<&'h str>,
}

impl<'h> Told<'h> {
    fn hear(&mut self, value: &'h Value) {
        each_free(value, &mut |text| {
            if !self.own.contains(text) && !self.texts.contains(&text) {
                self.texts.push(text);
            }
        });
    }

    fn wrote(&mut self, input: &'h Value) {
        each_free(input, &mut |text| {
            if !self.texts.contains(&text) {
                self.own.insert(text);
            }
        });
    }
}

fn each_free<'h>(value: &'h Value, take: &mut dyn FnMut(&'h str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_free(item, take)),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if kind(name) == Some(FREE) => take(text),
                    _ => each_free(value, take),
                }
            }
        }
        _ => {}
    }
}

/// The texts in single quotes on a recipe's lines: what its conditions compare with.
fn quotes(recipe: &str) -> Vec<String> {
    let in_line = |line: &str| -> Vec<String> {
        let quoted = line.split('\'').skip(1).step_by(2).filter(|text| !text.trim().is_empty());
        quoted.map(str::to_owned).collect()
    };
    let mut all: Vec<String> = recipe.lines().flat_map(in_line).collect();
    all.sort();
    all.dedup();
    all
}

impl Masks {
    /// What must be made up of a run and of those that it called.
    pub(super) fn of(all: &[&Claimed], recipes: &[&str], catalogue: &Catalogue) -> Self {
        let asked = recipes.iter().flat_map(|text| quotes(text)).collect();
        let mut masks = Self { asked, ..Self::default() };
        let mut told = Told::default();
        let mut seen: Vec<&Value> = Vec::new();
        // What people decided: a name, and what they wrote beside it.
        let mut decided: Vec<&Value> = Vec::new();
        for found in all {
            let mut reads: HashSet<&str> = HashSet::new();
            let mut asked: HashSet<&str> = HashSet::new();
            told.hear(&found.event.data);
            seen.push(&found.event.data);
            for stamped in &found.history {
                match &stamped.entry {
                    Entry::StepStarted { step, call, .. } => {
                        let operation = catalogue.operation(&call.connector, &call.operation);
                        if operation.is_some_and(|operation| !operation.effect.writes()) {
                            reads.insert(step);
                        }
                        if !reads.contains(step.as_str()) {
                            told.wrote(&call.input);
                        }
                        seen.push(&call.input);
                    }
                    Entry::Awaited { step, what, .. } => match what {
                        // An event is what an app told.
                        Awaited::Event(_) => {
                            reads.insert(step);
                        }
                        Awaited::Approval { .. } => {
                            asked.insert(step);
                        }
                        Awaited::Run { .. } => {}
                    },
                    Entry::StepEnded { step, output } => {
                        if asked.contains(step.as_str()) {
                            decided.push(output);
                        } else if reads.contains(step.as_str()) {
                            told.hear(output);
                        }
                        seen.push(output);
                    }
                    Entry::LoopOpened { items, .. } => seen.extend(items),
                    // What a loop found is what an app told.
                    Entry::PageRead { items, .. } => {
                        for item in items {
                            told.hear(item);
                        }
                        seen.extend(items);
                    }
                    _ => {}
                }
            }
            if let Some(id) = found.event.record.as_deref().and_then(|record| record.strip_prefix("contact "))
            {
                masks.add("contact", id);
            }
        }
        // Whole names come after their parts, so that they are put together from what stands for those.
        for wanted in ["contact", "first name", "last name", "email", "phone", "name", "text"] {
            for value in &seen {
                masks.collect(value, wanted);
            }
        }
        for text in &told.texts {
            masks.add(FREE, text);
        }
        for value in decided {
            for (field, kind) in [("by", "name"), ("comment", FREE)] {
                if let Some(text) = value[field].as_str() {
                    masks.add(kind, text);
                }
            }
        }
        masks
    }

    fn collect(&mut self, value: &Value, wanted: &'static str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, wanted)),
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if kind(name) == Some(wanted) => self.add(wanted, text),
                        Value::Array(items) if kind(name) == Some(wanted) => {
                            items.iter().filter_map(Value::as_str).for_each(|text| self.add(wanted, text));
                        }
                        _ => self.collect(value, wanted),
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, kind: &'static str, original: &str) {
        let original = original.trim();
        if original.is_empty() || self.pairs.iter().any(|(known, _)| known == original) {
            return;
        }
        if kind == "name" {
            let parts = self.replaced(original);
            if parts != original {
                return self.keep(original, parts);
            }
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let number = *count;
        let one_of = |names: [&str; 8]| match number {
            1..=8 => names[number - 1].to_owned(),
            _ => format!("{}{number}", names[number % 8]),
        };
        let made_up = match kind {
            "contact" => format!("c{number}"),
            "first name" => one_of(FIRST_NAMES),
            "last name" => one_of(LAST_NAMES),
            "email" => format!("person{number}@example.com"),
            "phone" => format!("+1555010{number:04}"),
            "name" => format!("Name {number}"),
            FREE => {
                let small = original.to_lowercase();
                let kept = self.asked.iter().filter(|asked| small.contains(&asked.to_lowercase()));
                let mut text = format!("Something that somebody wrote ({number})");
                for asked in kept {
                    text.push_str(", ");
                    text.push_str(asked);
                }
                text
            }
            _ => format!("made up {number}"),
        };
        self.keep(original, made_up);
    }

    fn keep(&mut self, original: &str, made_up: String) {
        self.pairs.push((original.to_owned(), made_up));
        self.pairs.sort_by_key(|(original, _)| std::cmp::Reverse(original.len()));
    }

    /// A value with everything replaced in it.
    pub(super) fn masked(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.replaced(text)),
            Value::Array(items) => items.iter().map(|item| self.masked(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                Value::Object(members.map(|(name, value)| (name.clone(), self.masked(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// A text in which every original that stands as a word of its own is replaced, in one go from the beginning, so that
    /// nothing made up is replaced again.
    fn replaced(&self, text: &str) -> String {
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        let mut after_word = false;
        while let Some(first) = rest.chars().next() {
            let found = self.pairs.iter().find(|(original, _)| {
                let is_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
                !after_word && rest.strip_prefix(original.as_str()).is_some_and(is_end)
            });
            if let Some((original, made_up)) = found {
                whole.push_str(made_up);
                rest = &rest[original.len()..];
                after_word = true;
            } else {
                whole.push(first);
                rest = &rest[first.len_utf8()..];
                after_word = first.is_alphanumeric();
            }
        }
        whole
    }
}
