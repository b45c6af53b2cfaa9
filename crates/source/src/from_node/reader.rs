//! The serde deserializer over a node. The target says what a scalar is; nothing is guessed before it asks.

use std::str::FromStr;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor, value::StrDeserializer},
};
use serde_json::Value;

use super::choice::Choice;
use super::error::{Problem, shortened};
use crate::{Address, Code, Key, Node, NodeValue, Span, codes};

/// A node and its address.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) node: &'a Node,
    pub(super) address: Address,
}

impl<'a> Place<'a> {
    pub(super) fn new(node: &'a Node, address: Address) -> Self {
        Self { node, address }
    }

    /// The first key of that name in this node or below.
    pub(super) fn find_key(&self, name: &str) -> Option<(Span, Address)> {
        match &self.node.value {
            NodeValue::Scalar { .. } => None,
            NodeValue::List(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| Place::new(item, self.address.index(index)).find_key(name)),
            NodeValue::Mapping(members) => {
                let own = members.iter().find(|(key, _)| key.text == name);
                own.map(|(key, _)| (key.span, self.address.key(name))).or_else(|| {
                    members.iter().find_map(|(key, value)| {
                        Place::new(value, self.address.key(&key.text)).find_key(name)
                    })
                })
            }
        }
    }

    /// A complaint that something of another kind must stand here.
    fn wrong_kind(&self, wanted: &str) -> Problem {
        self.something_else(codes::WRONG_KIND, wanted)
    }

    /// A complaint that another value must stand here.
    fn refused(&self, wanted: &str) -> Problem {
        self.something_else(codes::REFUSED_VALUE, wanted)
    }

    fn something_else(&self, code: Code, wanted: &str) -> Problem {
        let found = match &self.node.value {
            NodeValue::Scalar { text, .. } if !self.node.is_null() => format!("`{}`", shortened(text)),
            _ => self.node.kind().to_owned(),
        };
        Problem::new(code, format!("{wanted} must stand here, not {found}")).at(self)
    }

    fn text(&self, wanted: &str) -> Result<&'a str, Problem> {
        self.node.text().ok_or_else(|| self.wrong_kind(wanted))
    }

    fn number<N: FromStr>(&self, wanted: &str) -> Result<N, Problem> {
        let text = self.text(wanted)?;
        text.parse().map_err(|_| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                // The right kind, outside the range.
                return self.refused(wanted);
            }
            self.wrong_kind(wanted)
        })
    }

    fn list(&self) -> Result<&'a [Node], Problem> {
        self.node.items().ok_or_else(|| self.wrong_kind("a list").help("Start each item with `- `."))
    }

    fn mapping(&self) -> Result<&'a [(Key, Node)], Problem> {
        self.node.members().ok_or_else(|| self.wrong_kind("a group of fields"))
    }

    fn visit_list<'de, V: Visitor<'de>>(&self, items: &'a [Node], visitor: V) -> Result<V::Value, Problem> {
        let mut access = Items { rest: items.iter().enumerate(), of: self, taken: 0 };
        let value = visitor.visit_seq(&mut access).map_err(|problem| problem.at(self))?;
        match access.rest.next() {
            None => Ok(value),
            Some(_) => Err(Problem::new(
                codes::REFUSED_VALUE,
                format!("this list has {} items, {} too many", items.len(), items.len() - access.taken),
            )
            .at(self)),
        }
    }

    pub(super) fn visit_mapping<'de, V: Visitor<'de>>(
        &self,
        members: &'a [(Key, Node)],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor
            .visit_map(Members { rest: members.iter(), value: None, of: self })
            .map_err(|problem| problem.at(self))
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $wanted:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let number = self.number($wanted)?;
            visitor.$visit(number).map_err(|problem: Problem| problem.at(&self))
        }
    )*};
}

impl<'de> Deserializer<'de> for Place<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            NodeValue::List(items) => self.visit_list(items, visitor),
            NodeValue::Mapping(members) => self.visit_mapping(members, visitor),
            NodeValue::Scalar { text, .. } => match self.node.to_json() {
                Value::Null => visitor.visit_unit(),
                Value::Bool(value) => visitor.visit_bool(value),
                Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                    (Some(value), ..) => visitor.visit_u64(value),
                    (None, Some(value), _) => visitor.visit_i64(value),
                    (None, None, Some(value)) => visitor.visit_f64(value),
                    (None, None, None) => visitor.visit_str(text),
                },
                _ => visitor.visit_str(text),
            }
            .map_err(|problem: Problem| problem.at(&self)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let wanted = "`true` or `false`";
        let text = self.text(wanted)?;
        match text {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => {
                let problem = self.wrong_kind(wanted);
                return Err(match text.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "true" => problem.meant("true"),
                    "no" | "off" | "false" => problem.meant("false"),
                    _ => problem,
                });
            }
        }
        .map_err(|problem: Problem| problem.at(&self))
    }

    whole_numbers! {
        deserialize_i8 visit_i8 "a whole number from -128 to 127"
        deserialize_i16 visit_i16 "a whole number from -32768 to 32767"
        deserialize_i32 visit_i32 "a whole number"
        deserialize_i64 visit_i64 "a whole number"
        deserialize_i128 visit_i128 "a whole number"
        deserialize_u8 visit_u8 "a whole number from 0 to 255"
        deserialize_u16 visit_u16 "a whole number from 0 to 65535"
        deserialize_u32 visit_u32 "a whole number that is not negative"
        deserialize_u64 visit_u64 "a whole number that is not negative"
        deserialize_u128 visit_u128 "a whole number that is not negative"
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let number: f64 = self.number("a number")?;
        if !number.is_finite() {
            return Err(self.wrong_kind("a number"));
        }
        visitor.visit_f64(number).map_err(|problem: Problem| problem.at(&self))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_str(self.text("a text")?).map_err(|problem: Problem| problem.at(&self))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_bytes(self.text("a text")?.as_bytes()).map_err(|problem: Problem| problem.at(&self))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.node.is_null() { visitor.visit_unit() } else { Err(self.wrong_kind("nothing")) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let place = self.clone();
        visitor.visit_newtype_struct(self).map_err(|problem| problem.at(&place))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.visit_list(self.list()?, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.visit_mapping(self.mapping()?, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let choice = match &self.node.value {
            NodeValue::Scalar { text, .. } if !self.node.is_null() => {
                Choice { name: text, span: self.node.span, content: None, of: &self }
            }
            NodeValue::Mapping(members) => match members.as_slice() {
                [(key, content)] => {
                    Choice { name: &key.text, span: key.span, content: Some(content), of: &self }
                }
                _ => return Err(self.one_of(variants)),
            },
            _ => return Err(self.one_of(variants)),
        };
        visitor.visit_enum(choice).map_err(|problem| problem.at(&self))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }
}

impl Place<'_> {
    fn one_of(&self, variants: &[&str]) -> Problem {
        let known = variants.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        Problem::new(codes::WRONG_KIND, format!("one choice must stand here, not {}", self.found()))
            .help(format!("Write one of {known}."))
            .at(self)
    }

    fn found(&self) -> String {
        match self.node.members() {
            Some(members) if members.len() > 1 => format!("{} fields", members.len()),
            _ => self.node.kind().to_owned(),
        }
    }
}

struct Items<'a, 'p> {
    rest: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    of: &'p Place<'a>,
    taken: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'_, '_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some((index, node)) = self.rest.next() else { return Ok(None) };
        self.taken += 1;
        let place = Place::new(node, self.of.address.index(index));
        seed.deserialize(place.clone()).map(Some).map_err(|problem| problem.at(&place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Members<'a, 'p> {
    rest: std::slice::Iter<'a, (Key, Node)>,
    value: Option<(&'a Key, &'a Node)>,
    of: &'p Place<'a>,
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((key, node)) = self.rest.next() else { return Ok(None) };
        self.value = Some((key, node));
        let name: StrDeserializer<'_, Problem> = key.text.as_str().into_deserializer();
        seed.deserialize(name)
            .map(Some)
            .map_err(|problem| problem.at_key(key.span, self.of.address.key(&key.text)))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Problem> {
        let Some((key, node)) = self.value.take() else {
            return Err(Problem::custom("a value was asked for before its name"));
        };
        let place = Place::new(node, self.of.address.key(&key.text));
        seed.deserialize(place.clone()).map_err(|problem| problem.at(&place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
