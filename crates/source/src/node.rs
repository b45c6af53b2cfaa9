//! The YAML tree: every scalar keeps its raw text, every node its span. Nothing is typed here; the field
//! a value goes into decides its type later (rule R2).

use serde_json::{Number, Value};

use crate::Span;

/// A node of the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands. For a mapping or list: from its first key or item to the end of its last, with the
    /// brackets where it has them. For a block text: from its `|` or `>` to the end of its last line.
    pub span: Span,
    /// What it is.
    pub value: NodeValue,
}

/// The three shapes of YAML, with scalars left as written.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Text as written, unescaped and unfolded but not typed: `01234` is `01234`, `no` is `no`.
    Scalar {
        /// The text without its quotes.
        text: String,
        /// How it was written.
        style: ScalarStyle,
    },
    /// A list.
    List(Vec<Node>),
    /// Keys in written order; no key stands twice.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The text of the key.
    pub text: String,
    /// Where the key stands.
    pub span: Span,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes. An empty plain scalar and `null`, `~` mean null.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// A block: `|` or `>`.
    Block,
}

impl Node {
    /// The member `name` with its key, where this is a mapping that has it.
    pub fn member(&self, name: &str) -> Option<(&Key, &Node)> {
        self.members()?.iter().find(|(key, _)| key.text == name).map(|(key, node)| (key, node))
    }

    /// The value of the member `name`, where this is a mapping that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.member(name).map(|(_, node)| node)
    }

    /// The members, where this is a mapping.
    pub fn members(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            NodeValue::Mapping(members) => Some(members),
            _ => None,
        }
    }

    /// The items, where this is a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            NodeValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// The raw text, where this is a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether this is a written null: an empty plain scalar, `null` or `~`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, NodeValue::Scalar { text, style: ScalarStyle::Plain }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What the node is, in a word for people: "a text", "a list", "a group of fields", "nothing".
    pub fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            NodeValue::Scalar { .. } => "a text",
            NodeValue::List(_) => "a list",
            NodeValue::Mapping(_) => "a group of fields",
        }
    }

    /// The node as JSON, for places where no schema decides the types. Quoted and block texts stay texts; a plain
    /// scalar becomes null, a boolean or a number only when it is written just so (`80`, `1.5`, `-3`, `true`);
    /// `01234`, `+1555`, `1.10`, `1e5`, `no` and `yes` stay texts.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Scalar { text, style } => scalar_to_json(text, *style),
            NodeValue::List(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Mapping(members) => {
                Value::Object(members.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect())
            }
        }
    }
}

fn scalar_to_json(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::from(text), Value::Number),
    }
}

/// A number, where writing it out again gives the very same text: nothing a person wrote is lost.
fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    let number = if text.contains('.') {
        Number::from_f64(text.parse().ok()?)?
    } else if text.starts_with('-') {
        Number::from(text.parse::<i64>().ok()?)
    } else {
        Number::from(text.parse::<u64>().ok()?)
    };
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{ScalarStyle, scalar_to_json};

    #[test]
    fn only_canonical_words_and_numbers_are_typed() {
        for (text, value) in [
            ("80", json!(80)),
            ("1.5", json!(1.5)),
            ("-3", json!(-3)),
            ("0", json!(0)),
            ("18446744073709551615", json!(u64::MAX)),
            ("true", json!(true)),
            ("false", json!(false)),
            ("null", Value::Null),
            ("~", Value::Null),
            ("", Value::Null),
        ] {
            assert_eq!(scalar_to_json(text, ScalarStyle::Plain), value, "{text}");
            assert_eq!(scalar_to_json(text, ScalarStyle::Quoted), json!(text), "{text}");
            assert_eq!(scalar_to_json(text, ScalarStyle::Block), json!(text), "{text}");
        }
        for text in [
            "01234",
            "+1555",
            "1.10",
            "1e5",
            "no",
            "yes",
            "True",
            "12:30",
            "0x10",
            "-0",
            "1_000",
            ".5",
            "1.",
            "-",
            ".inf",
            ".nan",
            "18446744073709551616",
            "2026-03-01",
        ] {
            assert_eq!(scalar_to_json(text, ScalarStyle::Plain), json!(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_written_again_is_the_text(text in "[-+0-9.e]{1,20}") {
            if let Value::Number(number) = scalar_to_json(&text, ScalarStyle::Plain) {
                prop_assert_eq!(number.to_string(), text);
            }
        }
    }
}
