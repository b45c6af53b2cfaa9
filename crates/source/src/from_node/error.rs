//! Serde's complaints in plain words, with a place as soon as one is known.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::reader::Place;
use crate::{Address, Code, Diagnostic, Span, closest, codes};

/// What does not fit.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: Code,
    message: String,
    help: Option<String>,
    /// The name this is about, and what was probably meant.
    name: Option<String>,
    meant: Option<String>,
    place: Option<(Span, Address)>,
}

impl Problem {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, name: None, meant: None, place: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With what to write instead of the whole value.
    pub(super) fn meant(mut self, meant: impl Into<String>) -> Self {
        self.meant = Some(meant.into());
        self
    }

    /// Placed at the node, where no node inside it was the place already.
    pub(super) fn at(mut self, place: &Place<'_>) -> Self {
        if self.place.is_none() {
            // A buffered enum's unknown field is complained about at the enum.
            let key = self.name.as_deref().filter(|_| self.code == codes::UNKNOWN_FIELD);
            self.place = Some(match key.and_then(|name| place.find_key(name)) {
                Some(found) => found,
                None => (place.node.span, place.address.clone()),
            });
        }
        self
    }

    /// Placed at a key.
    pub(super) fn at_key(mut self, span: Span, address: Address) -> Self {
        self.place.get_or_insert((span, address));
        self
    }

    pub(super) fn into_diagnostic(self, whole: &Place<'_>) -> Diagnostic {
        let (span, address) = self.place.unwrap_or((whole.node.span, whole.address.clone()));
        let mut diagnostic = Diagnostic::error(self.code, span, address, self.message);
        diagnostic.help = self.help;
        match self.meant {
            Some(meant) => diagnostic.suggest(span, meant),
            None => diagnostic,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(codes::REFUSED_VALUE, message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let problem = Self::new(
            codes::WRONG_KIND,
            format!("{} must stand here, not {}", wanted(&expected.to_string()), given(found)),
        );
        match found {
            Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_) | Unexpected::Bool(_)
                if expected.to_string().contains("string") =>
            {
                problem.help("Put it in quotes to make it a text.")
            }
            _ => problem,
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let message = format!("{} must stand here, not {}", wanted(&expected.to_string()), given(found));
        Self::new(codes::REFUSED_VALUE, message)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let message = format!("{} must stand here, not {length} values", wanted(&expected.to_string()));
        Self::new(codes::REFUSED_VALUE, message)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        choice(
            codes::UNKNOWN_CHOICE,
            format!("`{variant}` is not one of the choices here"),
            variant,
            expected,
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        choice(codes::UNKNOWN_FIELD, format!("there is no field `{field}` here"), field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(codes::MISSING_FIELD, format!("the field `{field}` is missing here"))
            .help(format!("Add a line `{field}: …`."))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(codes::DUPLICATE_KEY, format!("`{field}` is given twice in the same place"))
    }
}

fn choice(code: Code, message: String, name: &str, expected: &[&str]) -> Problem {
    let known = expected.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let mut problem = Problem::new(code, message);
    problem.name = Some(name.to_owned());
    problem.meant = closest(name, expected.iter().copied()).map(str::to_owned);
    problem.help = match &problem.meant {
        Some(meant) => Some(format!("Did you mean `{meant}`? Known here: {known}.")),
        None if expected.is_empty() => None,
        None => Some(format!("Known here: {known}.")),
    };
    problem
}

/// What serde and its derived types call their expectation, in words.
fn wanted(expected: &str) -> String {
    let number = expected.strip_prefix('`').and_then(|word| word.strip_suffix('`')).unwrap_or(expected);
    match number {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number".into(),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number, not negative,".into(),
        "f32" | "f64" => "a number".into(),
        "a string" | "a borrowed string" | "string" | "a character" | "string or map" => "a text".into(),
        "a boolean" => "`true` or `false`".into(),
        "a sequence" => "a list".into(),
        "a map" => "a group of fields".into(),
        "unit" => "nothing".into(),
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged enum") => {
            "a group of fields".into()
        }
        _ if expected.starts_with("enum ") => "one of its choices".into(),
        _ if expected.starts_with("tuple ") || expected.starts_with("an array") => "a list".into(),
        _ => expected.to_owned(),
    }
}

fn given(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(text) => format!("`{}`", shortened(text)),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map | Unexpected::StructVariant => "a group of fields".into(),
        Unexpected::Unit | Unexpected::Option => "nothing".into(),
        other => other.to_string(),
    }
}

/// Long texts are cut: the place is shown anyway.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
