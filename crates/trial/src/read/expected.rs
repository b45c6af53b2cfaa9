//! What is to come of a test.

use bellhop_source::{Address, Node, closest};

use super::given::RECORD_KEYS;
use super::reader::Reader;
use crate::codes::{UNKNOWN_RECORD, WRONG_SETTING};
use crate::{Ends, Expect, RecordExpected, WriteExpected};

/// The keys of `expect`.
const EXPECT_KEYS: [&str; 7] = ["run", "runs", "reason", "writes", "no_other_writes", "never", "record"];
/// The lists whose records a test may look at.
const LOOKED_AT: [&str; 5] = ["contacts", "tasks", "notes", "appointments", "opportunities"];

impl Reader<'_> {
    pub(super) fn expect(&mut self, node: &Node, at: &Address) -> Expect {
        let mut expect = Expect::default();
        let Some(members) = node.members() else {
            self.shape(node, at, "`expect` is a group: run, writes, never, record");
            return expect;
        };
        self.known_keys(node, at, &EXPECT_KEYS, "expect");
        for (key, value) in members {
            let at = at.key(&key.text);
            match key.text.as_str() {
                "run" => expect.run = self.ends(value, &at).map(|ends| (ends, value.span)),
                "runs" => match value.text().and_then(|text| text.trim().parse().ok()) {
                    Some(count) => expect.runs = Some((count, value.span)),
                    None => {
                        self.complain(WRONG_SETTING, value.span, &at, "`runs` is how many runs there are");
                    }
                },
                "reason" => match value.text() {
                    Some(text) => expect.reason = Some((text.trim().to_owned(), value.span)),
                    None => self.shape(value, &at, "`reason` is a part of a sentence"),
                },
                "writes" => expect.writes = self.writes(value, &at, "writes"),
                "never" => expect.never = self.writes(value, &at, "never"),
                "no_other_writes" => match value.text().map(str::to_ascii_lowercase).as_deref() {
                    Some("yes" | "true") => expect.no_other_writes = Some(key.span),
                    Some("no" | "false") => {}
                    _ => self.complain(WRONG_SETTING, value.span, &at, "`no_other_writes` is yes or no"),
                },
                "record" => expect.records = self.records_expected(value, &at),
                _ => {}
            }
        }
        // An empty list says that there is none.
        if let Some((key, _)) =
            node.member("writes").filter(|(_, value)| value.items().is_some_and(<[Node]>::is_empty))
        {
            expect.no_other_writes = Some(key.span);
        }
        expect
    }

    fn ends(&mut self, node: &Node, at: &Address) -> Option<Ends> {
        let text = node.text().unwrap_or_default();
        let word = text.trim().to_ascii_lowercase().replace(' ', "_");
        let found = Ends::ALL.iter().find(|(name, _)| *name == word).map(|(_, ends)| *ends);
        if found.is_none() {
            let names = Ends::ALL.map(|(name, _)| name);
            let near = closest(&word, names);
            let message = format!("a run does not end as `{text}`");
            let list = format!("It ends as one of: {}.", names.join(", "));
            self.unknown(WRONG_SETTING, node.span, at, message, near, &list);
        }
        found
    }

    /// A list of calls, each an operation with some of its fields, or its name alone.
    fn writes(&mut self, node: &Node, at: &Address, key: &str) -> Vec<WriteExpected> {
        let Some(items) = node.items() else {
            self.shape(node, at, &format!("`{key}` must be a list of operations"));
            return Vec::new();
        };
        items.iter().enumerate().filter_map(|(number, item)| self.write(item, &at.index(number))).collect()
    }

    fn write(&mut self, node: &Node, at: &Address) -> Option<WriteExpected> {
        if let Some(name) = node.text() {
            let (connector, operation) = self.operation(name, node.span, at)?;
            return Some(WriteExpected { connector, operation, fields: None, span: node.span });
        }
        let (key, fields) = self.only(node, at, "this is one operation with some of its fields")?;
        let at = at.key(&key.text);
        let (connector, operation) = self.operation(&key.text, key.span, &at)?;
        if fields.is_null() {
            return Some(WriteExpected { connector, operation, fields: None, span: key.span });
        }
        self.fields_of(&connector, &operation, fields, &at)?;
        Some(WriteExpected { connector, operation, fields: Some(fields.clone()), span: key.span })
    }

    fn records_expected(&mut self, node: &Node, at: &Address) -> Vec<RecordExpected> {
        let Some(members) = node.members() else {
            self.shape(node, at, "`record` is a group: a record such as `contacts.c1`, and what it has");
            return Vec::new();
        };
        let mut records = Vec::new();
        for (key, value) in members {
            let at = at.key(&key.text);
            let Some((kind, id)) = key.text.split_once('.').filter(|(kind, _)| LOOKED_AT.contains(kind))
            else {
                let (kind, id) = key.text.split_once('.').unwrap_or(("", &key.text));
                let near = closest(kind, LOOKED_AT).map(|kind| format!("{kind}.{id}"));
                let message = format!("`{}` names no record", key.text);
                let known = RECORD_KEYS.iter().filter(|kind| LOOKED_AT.contains(kind));
                let list = known.map(|kind| format!("`{kind}.…`")).collect::<Vec<_>>().join(", ");
                let help = format!("A record is named by its list and its id: {list}.");
                self.unknown(UNKNOWN_RECORD, key.span, &at, message, near.as_deref(), &help);
                continue;
            };
            if !value.is_null() && value.members().is_none() {
                self.shape(value, &at, "what a record has is a group of fields");
                continue;
            }
            let fields = (!value.is_null()).then(|| value.clone());
            records.push(RecordExpected { kind: kind.to_owned(), id: id.to_owned(), fields, span: key.span });
        }
        records
    }
}
