//! Parser events to the tree: spans in bytes, one document, text keys that stand once, no references, no tags.
//!
//! It goes on after every complaint it can; it stops at a syntax error and at the limits. What YAML takes and nobody means is
//! seen in `traps`.

mod traps;

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle as Written};

use super::value;
use crate::{Address, Diagnostic, Key, Node, NodeValue, ScalarStyle, Span, codes};

/// Groups and lists inside one another.
const MAX_DEPTH: usize = 64;
/// Values in one document.
const MAX_NODES: usize = 100_000;
/// Complaints before reading ends: nobody reads more, and each costs a look at the whole text.
const MAX_DIAGNOSTICS: usize = 100;

/// What came of one reading.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) root: Option<Node>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) stopped: Option<Stop>,
}

/// Where and why the parser gave up.
pub(super) struct Stop {
    /// In bytes.
    pub(super) offset: usize,
    /// The parser's own words.
    pub(super) info: String,
    /// The place it had reached.
    pub(super) address: Address,
    /// The last field before it in the same group, whose value may not be what it seems.
    pub(super) last_field: Option<(Span, Address)>,
    /// The block and multi-line texts before it: lines inside them are no structure.
    pub(super) texts: Vec<Span>,
}

/// Reads the whole text.
pub(super) fn build(text: &str) -> Tree {
    let mut builder = Builder {
        text,
        bytes: if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect()
        },
        tree: Tree::default(),
        open: Vec::new(),
        nodes: 0,
        documents: 0,
        texts: Vec::new(),
        last_end: 0,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                let span = Span::new(builder.offset(span.start), builder.offset(span.end));
                if !builder.event(event, span) {
                    return Tree { root: None, ..builder.tree };
                }
            }
            Err(error) => {
                builder.tree.stopped = Some(Stop {
                    offset: builder.offset(*error.marker()),
                    info: error.info().to_owned(),
                    address: builder.address(),
                    last_field: builder.last_field(),
                    texts: builder.texts,
                });
                return Tree { root: None, ..builder.tree };
            }
        }
    }
    if builder.tree.root.is_none() && builder.tree.diagnostics.is_empty() {
        builder.tree.diagnostics.push(
            Diagnostic::error(
                codes::EMPTY,
                Span::new(0, 0),
                Address::root(),
                "there is nothing in this file",
            )
            .help("Write at least one field, such as `name: …`."),
        );
    }
    builder.tree
}

struct Builder<'a> {
    text: &'a str,
    /// Byte offsets of characters; empty where the text is ASCII and they are the same.
    bytes: Vec<usize>,
    tree: Tree,
    open: Vec<Open>,
    nodes: usize,
    documents: usize,
    texts: Vec<Span>,
    last_end: usize,
}

/// A list or mapping that has begun.
enum Open {
    List { start: Option<usize>, items: Vec<Node> },
    Mapping { start: Option<usize>, members: Vec<(Key, Node)>, seen: HashMap<String, Span>, next: Next },
}

/// What a mapping waits for.
enum Next {
    Key,
    Value(Key),
    /// The value of a key that was refused, or nothing of a mapping that is an expression in truth.
    Dropped,
}

impl Builder<'_> {
    fn offset(&self, marker: Marker) -> usize {
        if self.bytes.is_empty() {
            marker.index().min(self.text.len())
        } else {
            self.bytes.get(marker.index()).copied().unwrap_or(self.text.len())
        }
    }

    fn address(&self) -> Address {
        self.open.iter().fold(Address::root(), |address, open| match open {
            Open::List { items, .. } => address.index(items.len()),
            Open::Mapping { next: Next::Value(key), .. } => address.key(&key.text),
            Open::Mapping { .. } => address,
        })
    }

    fn last_field(&self) -> Option<(Span, Address)> {
        match self.open.last()? {
            Open::Mapping { members, next: Next::Key, .. } => {
                members.last().map(|(key, _)| (key.span, self.address().key(&key.text)))
            }
            _ => None,
        }
    }

    fn complain(&mut self, code: crate::Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.tree.diagnostics.len();
        self.tree.diagnostics.push(Diagnostic::error(code, span, self.address(), message));
        &mut self.tree.diagnostics[at]
    }

    /// Takes one event; false where reading must end.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        if self.tree.diagnostics.len() >= MAX_DIAGNOSTICS {
            return false;
        }
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.complain(codes::SEVERAL_DOCUMENTS, span, "a second document starts here").help =
                        Some("One file holds one document: move the rest into a file of its own.".into());
                    return true;
                }
            }
            // Anything after the first document has been complained about once.
            _ if self.documents > 1 => {}
            Event::Alias(_) => {
                self.reference(span, None);
                return self.scalar("", Written::Plain, Span::new(span.start, span.start));
            }
            Event::Scalar(text, written, anchor, tag) => {
                let is_local_tag = tag.as_ref().is_some_and(|tag| tag.handle == "!");
                let rest = self.stripped(span, anchor, tag.as_ref(), written == Written::Plain);
                let meant = self.tree.diagnostics.last().and_then(|last| last.suggestion.clone());
                if let Some(meant) = meant.filter(|_| is_local_tag) {
                    // `!x` is read on as the `not x` that the complaint proposes.
                    return self.scalar(&meant.text, Written::DoubleQuoted, meant.span);
                }
                return self.scalar(&text, written, rest);
            }
            Event::SequenceStart(anchor, tag) => {
                let span = self.stripped(span, anchor, tag.as_ref(), false);
                let start = self.bracket(span, '[');
                self.open.push(Open::List { start, items: Vec::new() });
                return self.within_limits(span);
            }
            Event::MappingStart(anchor, tag) => {
                let span = self.stripped(span, anchor, tag.as_ref(), false);
                let start = self.bracket(span, '{');
                self.open.push(Open::Mapping {
                    start,
                    members: Vec::new(),
                    seen: HashMap::new(),
                    next: Next::Key,
                });
                return self.within_limits(span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
        }
        true
    }

    fn within_limits(&mut self, span: Span) -> bool {
        self.nodes += 1;
        if self.open.len() > MAX_DEPTH {
            let message = format!("this is nested more than {MAX_DEPTH} levels deep");
            self.complain(codes::TOO_LARGE, span, message).help = Some("Make it flatter.".into());
            return false;
        }
        if self.nodes > MAX_NODES {
            let message = format!("this file holds more than {MAX_NODES} values");
            self.complain(codes::TOO_LARGE, span, message).help = Some("Split it into smaller files.".into());
            return false;
        }
        true
    }

    /// The start of a list or mapping that is written with brackets.
    fn bracket(&self, span: Span, bracket: char) -> Option<usize> {
        self.text[span.start..].starts_with(bracket).then_some(span.start).filter(|_| span.end > span.start)
    }

    fn scalar(&mut self, text: &str, written: Written, span: Span) -> bool {
        if !self.within_limits(span) {
            return false;
        }
        let style = match written {
            Written::Plain => ScalarStyle::Plain,
            Written::SingleQuoted | Written::DoubleQuoted => ScalarStyle::Quoted,
            Written::Literal | Written::Folded => ScalarStyle::Block,
        };
        let span = self.scalar_span(text, style, span);
        if self.text[span.start..span.end].contains('\n') {
            self.texts.push(span);
        }
        if style == ScalarStyle::Plain {
            self.look_into_plain(span);
        }
        self.last_end = self.last_end.max(span.end);
        self.add(Node { span, value: NodeValue::Scalar { text: text.to_owned(), style } });
        true
    }

    fn scalar_span(&self, text: &str, style: ScalarStyle, span: Span) -> Span {
        match style {
            ScalarStyle::Plain if text.is_empty() => {
                // The parser puts an absent value before the colon that announces it.
                let at = span.start.max(self.last_end);
                let announced = self.is_value() && self.text[at..].starts_with(':');
                let after = if announced { at + 1 } else { at };
                Span::new(after, after)
            }
            ScalarStyle::Plain | ScalarStyle::Quoted => {
                let length = self.text[span.start..span.end].trim_end().len();
                Span::new(span.start, span.start + length)
            }
            ScalarStyle::Block => {
                let from = self.last_end.min(span.start);
                let head = self.text[from..span.start].find(['|', '>']).map_or(span.start, |at| from + at);
                let length = self.text[head..span.end].trim_end().len();
                Span::new(head, head + length)
            }
        }
    }

    /// Whether what comes next is no key.
    fn is_value(&self) -> bool {
        !matches!(self.open.last(), Some(Open::Mapping { next: Next::Key, .. }))
    }

    fn close(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let node = match open {
            Open::List { start, items } => {
                let inner = items.first().zip(items.last()).map(|(a, b)| Span::new(a.span.start, b.span.end));
                Node { span: whole(start, inner, span), value: NodeValue::List(items) }
            }
            Open::Mapping { start, members, next, .. } => {
                let inner = members
                    .first()
                    .zip(members.last())
                    .map(|((key, _), (_, value))| Span::new(key.span.start, value.span.end));
                let span = whole(start, inner, span);
                if let (Next::Dropped, Some(expression)) = (&next, self.expression(span)) {
                    let address = self.address();
                    let diagnostic = value::bare_expression(self.text, span, span, address);
                    self.tree.diagnostics.push(diagnostic);
                    Node { span, value: NodeValue::Scalar { text: expression, style: ScalarStyle::Quoted } }
                } else {
                    if matches!(next, Next::Dropped) {
                        self.key_not_text(span);
                    }
                    Node { span, value: NodeValue::Mapping(members) }
                }
            }
        };
        self.last_end = self.last_end.max(node.span.end);
        self.add(node);
    }

    /// The text of a group that is `{{ … }}` in truth.
    fn expression(&self, span: Span) -> Option<String> {
        let text = self.text.get(span.start..span.end)?;
        (text.starts_with("{{") && text.ends_with("}}")).then(|| text.to_owned())
    }

    fn add(&mut self, node: Node) {
        let is_expression = self.is_inside_expression();
        match self.open.last_mut() {
            None => self.tree.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Mapping { members, seen, next, .. }) => match std::mem::replace(next, Next::Key) {
                Next::Value(key) => members.push((key, node)),
                // What `{{ x }}` reads as: a group whose only key is a group.
                Next::Dropped => *next = if is_expression { Next::Dropped } else { Next::Key },
                Next::Key => match node.value {
                    NodeValue::Scalar { text, style }
                        if !(text.is_empty() && style == ScalarStyle::Plain) =>
                    {
                        let key = Key { text, span: node.span };
                        if let Some(first) = seen.get(&key.text).copied() {
                            *next = Next::Dropped;
                            self.duplicate(&key, first);
                        } else {
                            seen.insert(key.text.clone(), key.span);
                            let (name, span) = (key.text.clone(), key.span);
                            *next = Next::Value(key);
                            if style == ScalarStyle::Plain {
                                self.look_into_name(&name, span);
                            }
                        }
                    }
                    _ => {
                        *next = Next::Dropped;
                        if !is_expression {
                            self.key_not_text(node.span);
                        }
                    }
                },
            },
        }
    }

    fn key_not_text(&mut self, span: Span) {
        self.complain(codes::KEY_NOT_TEXT, span, "the name of this field is not a text").help = Some(
            "Write the name as a plain word before the `:`; put it in quotes if it starts with a bracket."
                .into(),
        );
    }

    fn is_inside_expression(&self) -> bool {
        matches!(self.open.last(), Some(Open::Mapping { start: Some(start), .. })
            if self.text[*start..].starts_with("{{"))
    }

    fn duplicate(&mut self, key: &Key, first: Span) {
        let line = self.text[..first.start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let message = format!("`{}` is given twice in the same place", key.text);
        let diagnostic = self.complain(codes::DUPLICATE_KEY, key.span, message);
        diagnostic.address = diagnostic.address.key(&key.text);
        diagnostic.help = Some(format!("It is first given in line {line}; keep one of the two."));
    }
}

/// From the opening bracket to the closing one, or from the first child to the end of the last.
fn whole(start: Option<usize>, inner: Option<Span>, end: Span) -> Span {
    match (start, inner) {
        (Some(start), _) => Span::new(start, end.end.max(start)),
        (None, Some(inner)) => inner,
        (None, None) => Span::new(end.start, end.start),
    }
}
