//! A choice among several, as serde reads it: a name alone, or a name with what belongs to it under it.

use serde::Deserializer as _;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer as _, VariantAccess, Visitor, value::StrDeserializer,
};

use super::error::Problem;
use super::reader::Place;
use crate::{Node, Span, codes};

/// A choice as it is written: its name, and what belongs to it.
pub(super) struct Choice<'a, 'p> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) content: Option<&'a Node>,
    pub(super) of: &'p Place<'a>,
}

impl<'de, 'a, 'p> EnumAccess<'de> for Choice<'a, 'p> {
    type Error = Problem;
    type Variant = Payload<'a, 'p>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Payload<'a, 'p>), Problem> {
        let name: StrDeserializer<'_, Problem> = self.name.into_deserializer();
        let address = match self.content {
            Some(_) => self.of.address.key(self.name),
            None => self.of.address.clone(),
        };
        let value = seed.deserialize(name).map_err(|problem| problem.at_key(self.span, address.clone()))?;
        let content = self.content.map(|node| Place::new(node, address));
        Ok((value, Payload { name: self.name, content, of: self.of }))
    }
}

/// What belongs to a choice.
pub(super) struct Payload<'a, 'p> {
    name: &'a str,
    content: Option<Place<'a>>,
    of: &'p Place<'a>,
}

impl<'a> Payload<'a, '_> {
    fn required(self) -> Result<Place<'a>, Problem> {
        let Self { name, content, of } = self;
        content.ok_or_else(|| {
            Problem::new(codes::WRONG_KIND, format!("`{name}` needs more than its name"))
                .help(format!("Write `{name}:` and what belongs to it under it."))
                .at(of)
        })
    }
}

impl<'de> VariantAccess<'de> for Payload<'_, '_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        match self.content {
            Some(place) if !place.node.is_null() => {
                Err(Problem::new(codes::WRONG_KIND, format!("`{}` takes nothing more", self.name)).at(&place))
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        let place = self.required()?;
        seed.deserialize(place.clone()).map_err(|problem| problem.at(&place))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.required()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        // A choice whose fields may all be left out can be written as its name alone.
        match &self.content {
            Some(place) if !place.node.is_null() => place.clone().deserialize_map(visitor),
            Some(place) => place.visit_mapping(&[], visitor),
            None => self.of.visit_mapping(&[], visitor),
        }
    }
}
