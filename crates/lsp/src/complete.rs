//! What may be written next: keys, values, names and fields of the run's data.
//!
//! `cursor` says where the place is, the schemas what may stand there, the checker which names are known.

use std::fmt::Write as _;
use std::sync::Arc;

use bellhop_connector::Field;
use bellhop_source::Span;
use bellhop_template::vocabulary::{self, Word};
use serde_json::Value;

use crate::cursor::{Cursor, Part, Slot};
use crate::document::{Kind, Library};
use crate::known;
use crate::mention::{self, Family, Mention, Tongue};
use crate::pages;
use crate::protocol::ItemKind;
use crate::schema::{Form, Schema};
use crate::shared;

/// One thing that may be written.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    /// What is shown, and what is compared with what was typed.
    pub(crate) label: String,
    /// What it is.
    pub(crate) kind: ItemKind,
    /// A few words beside it.
    pub(crate) detail: String,
    /// Its page, in Markdown.
    pub(crate) page: String,
    /// What is written: a snippet with places to fill in.
    pub(crate) snippet: String,
    /// What it stands in place of.
    pub(crate) replace: Span,
}

/// What may be written at a place.
pub(crate) fn complete(text: &str, offset: usize, kind: &Kind, library: &Library) -> Vec<Proposal> {
    let cursor = Cursor::find(text, offset);
    let desk = Desk { text, cursor: &cursor, schema: library.schema(kind), library, kind };
    if kind.is_recipe() {
        if let Some(mention) = mention::at(&cursor, text) {
            return desk.data(&mention);
        }
        if let Some((family, start)) = mention::word_at(&cursor, text) {
            return words(family, Span::new(start, cursor.offset));
        }
    }
    if in_comment(text, &cursor) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if cursor.slot == Slot::Open {
        found.extend(desk.keys(&cursor.path, "", cursor.column));
        found.extend(desk.inputs());
        if !cursor.in_flow {
            let items: Vec<Part> = cursor.path.iter().cloned().chain([Part::Item]).collect();
            found.extend(desk.keys(&items, "- ", cursor.column + 2));
        }
    }
    if cursor.key_end.is_none() {
        found.extend(desk.values());
    }
    found
}

fn in_comment(text: &str, cursor: &Cursor) -> bool {
    let line = text.get(..cursor.offset).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    line.trim_start().starts_with('#') || line.contains(" #")
}

struct Desk<'a> {
    text: &'a str,
    cursor: &'a Cursor,
    schema: &'a Schema,
    library: &'a Library,
    kind: &'a Kind,
}

impl Desk<'_> {
    fn keys(&self, path: &[Part], dash: &str, column: usize) -> Vec<Proposal> {
        let cursor = self.cursor;
        let trigger = self.trigger(path);
        let keys = self.schema.keys(path).into_iter();
        let beside: &[String] = if dash.is_empty() { &cursor.beside } else { &[] };
        let fits = |key: &str| !beside.iter().any(|one| one == key) && self.schema.fits(path, key, beside);
        keys.filter(|(key, _)| cursor.key_end.is_some() || fits(key))
            .map(|(key, child)| {
                let end = cursor.key_end.unwrap_or(cursor.offset);
                let written = if cursor.key_end.is_some() {
                    escaped(key)
                } else if cursor.in_flow {
                    self.key_in_flow(key, child)
                } else {
                    self.key_in_block(key, child, column, trigger.as_deref())
                };
                let (title, description) = self.schema.words(child);
                Proposal {
                    label: key.to_owned(),
                    kind: self.kind_of_key(key),
                    detail: title.to_owned(),
                    page: self.page(key).unwrap_or_else(|| pages::key(key, title, description)),
                    snippet: format!("{dash}{written}"),
                    replace: Span::new(cursor.start, end.max(cursor.start)),
                }
            })
            .collect()
    }

    /// The inputs of the recipe that the step calls, without those that are there.
    fn inputs(&self) -> Vec<Proposal> {
        let cursor = self.cursor;
        if !self.kind.is_recipe() {
            return Vec::new();
        }
        let inputs = shared::inputs(cursor, self.text, self.library.world(self.kind)).unwrap_or_default();
        let open =
            inputs.iter().filter(|input| cursor.key_end.is_some() || !cursor.beside.contains(&input.name));
        open.map(|input| Proposal {
            label: input.name.clone(),
            kind: ItemKind::Key,
            detail: shared::kind(input),
            page: shared::input(input),
            snippet: if cursor.key_end.is_some() {
                escaped(&input.name)
            } else {
                format!("{}: $0", escaped(&input.name))
            },
            replace: Span::new(cursor.start, cursor.key_end.unwrap_or(cursor.offset).max(cursor.start)),
        })
        .collect()
    }

    fn page(&self, name: &str) -> Option<String> {
        (self.kind.is_recipe()).then(|| pages::named(name, self.library.world(self.kind))).flatten()
    }

    fn kind_of_key(&self, key: &str) -> ItemKind {
        let Some((connector, name)) = key.split_once('.') else {
            return if self.cursor.path.len() < 3 { ItemKind::Keyword } else { ItemKind::Key };
        };
        let event = self.library.world(self.kind).catalogue.event(connector, name).is_some();
        if event { ItemKind::Event } else { ItemKind::Operation }
    }

    fn key_in_flow(&self, key: &str, child: &Value) -> String {
        match self.schema.form(child) {
            Form::Plain => format!("{}: $0", escaped(key)),
            Form::Line | Form::List => format!("{}: [$1]", escaped(key)),
            Form::Group => format!("{}: {{ $1 \\}}", escaped(key)),
            Form::Empty => format!("{}: {{\\}}", escaped(key)),
        }
    }

    /// What is known about `trigger` where a step may be written.
    fn trigger(&self, path: &[Part]) -> Option<Arc<Field>> {
        let step = self.kind.is_recipe() && path.len() > 1 && path.last() == Some(&Part::Item);
        let names =
            step.then(|| known::names(self.text, self.cursor.offset, self.library.world(self.kind)))?;
        names.into_iter().find(|name| name.name == "trigger").map(|name| name.value)
    }

    fn key_in_block(&self, key: &str, child: &Value, column: usize, trigger: Option<&Field>) -> String {
        let pad = " ".repeat(column + 2);
        let mut written = format!("{}:", escaped(key));
        match self.schema.form(child) {
            Form::Plain => written.push_str(" $0"),
            Form::Line => written.push_str(" [$1]"),
            Form::Empty => written.push_str(" {\\}"),
            Form::List => {
                let _ = write!(written, "\n{pad}- $0");
            }
            Form::Group => {
                let required = self.schema.required(child);
                for (at, (name, field)) in required.iter().enumerate() {
                    let place = at + 1;
                    let value = match self.schema.form(field) {
                        Form::Line | Form::List => format!("[${place}]"),
                        Form::Group | Form::Empty => format!("{{ ${place} \\}}"),
                        Form::Plain => match trigger.and_then(|trigger| likely_id(name, trigger)) {
                            Some(id) => format!("${{{place}:{}}}", escaped(&format!("$.trigger.{id}"))),
                            None => format!("${place}"),
                        },
                    };
                    let _ = write!(written, "\n{pad}{}: {value}", escaped(name));
                }
                if required.is_empty() {
                    let _ = write!(written, "\n{pad}$0");
                }
            }
        }
        written
    }

    fn values(&self) -> Vec<Proposal> {
        let cursor = self.cursor;
        let mut found: Vec<Proposal> =
            self.schema.values(&cursor.path).iter().map(|value| self.value(&pages::plain(value))).collect();
        let world = self.library.world(self.kind);
        if let Kind::Recipe { id } | Kind::Template { id } = self.kind
            && cursor.slot == Slot::Value
        {
            if let Some(shared) = shared::proposals(cursor, self.text, id, world) {
                let offered = |(name, detail, page): (String, String, String)| Proposal {
                    detail,
                    page,
                    ..self.value(&name)
                };
                found.extend(shared.into_iter().map(offered));
            } else if cursor.key() == Some("connection") {
                found.extend(world.connections.iter().map(|(name, connector)| Proposal {
                    detail: format!("a connection of {connector}"),
                    ..self.value(name)
                }));
            } else if self.takes_data() {
                for name in known::names(self.text, cursor.offset, world) {
                    let label = format!("$.{}", name.name);
                    found.push(Proposal {
                        kind: ItemKind::Name,
                        detail: name.value.in_words(),
                        page: pages::data(&name.name, &name.value),
                        ..self.value(&label)
                    });
                }
            }
        }
        found
    }

    /// Whether what is written here goes to an app, or is gone over, or gets a name.
    fn takes_data(&self) -> bool {
        let path = &self.cursor.path;
        let in_steps = matches!(path.first(), Some(Part::Key(top)) if top == "steps" || top == "on_failure");
        let field = path.iter().rev().skip(1).any(|part| match part {
            Part::Key(key) => key.contains('.') || key == "set" || key == "inputs",
            Part::Item => false,
        });
        in_steps && (field || matches!(self.cursor.key(), Some("for_each" | "until" | "from")))
    }

    fn value(&self, written: &str) -> Proposal {
        let cursor = self.cursor;
        let glued = self.text.get(..cursor.start).is_some_and(|before| before.ends_with(':'));
        let space = if glued && cursor.slot == Slot::Value { " " } else { "" };
        let page = self.page(written);
        let kind = if page.is_some() { ItemKind::Event } else { ItemKind::Value };
        Proposal {
            label: written.to_owned(),
            kind,
            detail: String::new(),
            page: page.unwrap_or_default(),
            snippet: format!("{space}{}", escaped(&scalar(written))),
            replace: Span::new(cursor.start, cursor.offset),
        }
    }

    fn data(&self, mention: &Mention) -> Vec<Proposal> {
        let names = known::names(self.text, self.cursor.offset, self.library.world(self.kind));
        let replace = Span::new(mention.start, self.cursor.offset);
        let proposal = |name: &str, kind: ItemKind, field: &Field| Proposal {
            label: name.to_owned(),
            kind,
            detail: if field.title.is_empty() { field.in_words() } else { field.title.clone() },
            page: pages::data(name, field),
            snippet: escaped(name),
            replace,
        };
        if mention.above.is_empty() {
            return names.iter().map(|one| proposal(&one.name, ItemKind::Name, &one.value)).collect();
        }
        let Some(inside) = known::follow(&names, &mention.above) else { return Vec::new() };
        let fields = inside.fields.iter();
        fields
            .map(|(name, field)| {
                let plain = proposal(name, ItemKind::Field, field);
                if is_word(name) {
                    return plain;
                }
                // A field whose name is no plain word stands in brackets, in place of the dot.
                let quote = if mention.tongue == Tongue::Pick { '\'' } else { '"' };
                Proposal {
                    snippet: escaped(&format!("[{quote}{name}{quote}]")),
                    replace: Span::new(mention.start.saturating_sub(1), self.cursor.offset),
                    ..plain
                }
            })
            .collect()
    }
}

/// The field of the event that an id is most likely taken from: the one of that name, or the record's own.
fn likely_id<'n>(name: &'n str, trigger: &Field) -> Option<&'n str> {
    let names = [name, "id"].into_iter().filter(|_| name.ends_with("Id"));
    names.into_iter().find(|known| trigger.fields.contains_key(*known))
}

/// The filters or the tests.
fn words(family: Family, replace: Span) -> Vec<Proposal> {
    let (words, before): (Vec<Word>, &str) = match family {
        Family::Filter => (vocabulary::filters().collect(), "| "),
        Family::Test => (vocabulary::tests().collect(), "is "),
    };
    let proposal = |word: Word| {
        let call = word.example.split_once(before).map_or(word.name, |(_, call)| call);
        Proposal {
            label: word.name.to_owned(),
            kind: ItemKind::Operation,
            detail: word.example.to_owned(),
            page: String::new(),
            snippet: escaped(if word.takes_more { call } else { word.name }),
            replace,
        }
    };
    words.into_iter().map(proposal).collect()
}

fn is_word(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// A value as a plain scalar, or in quotes where YAML would read it otherwise.
fn scalar(text: &str) -> String {
    let special = |first: char| "{}[]&*!|>%@`\"'#,?:- ".contains(first);
    let odd =
        text.starts_with(special) || text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    if odd { Value::from(text).to_string() } else { text.to_owned() }
}

/// A text in a snippet, where `$`, `}` and `\` mean something.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// A snippet as plain text, for editors that know no snippets: places to fill in are left empty, or hold what is proposed.
pub(crate) fn without_places(snippet: &str) -> String {
    let mut plain = String::with_capacity(snippet.len());
    let mut letters = snippet.chars().peekable();
    let mut in_place = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            '$' => {
                in_place |= letters.next_if_eq(&'{').is_some();
                while letters.next_if(char::is_ascii_digit).is_some() {}
                if in_place {
                    letters.next_if_eq(&':');
                }
            }
            '}' if in_place => in_place = false,
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{escaped, scalar, without_places};

    #[test]
    fn a_snippet_without_its_places_is_plain_text() {
        assert_eq!(
            without_places("a: [$1]\n  b: ${2:\\$.trigger.id}\n  c: {\\}$0"),
            "a: []\n  b: $.trigger.id\n  c: {}"
        );
        for text in ["$.a", "{ a }", "\\", "${1:x}"] {
            assert_eq!(without_places(&escaped(text)), text);
        }
    }

    #[test]
    fn values_that_yaml_would_read_otherwise_get_quotes() {
        for (text, written) in
            [("hot lead", "hot lead"), ("a: b", "\"a: b\""), ("+1", "+1"), ("- a", "\"- a\""), ("$.a", "$.a")]
        {
            assert_eq!(scalar(text), written);
        }
    }
}
