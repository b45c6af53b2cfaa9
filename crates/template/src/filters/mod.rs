//! The filters (`| name(…)`): one table of all there are. The doing is in the files beside; `default` is in `evaluate`,
//! because it alone may be given something absent.

mod jinja;
mod lists;
mod normalise;
mod texts;
mod times;

use crate::error::Complaint;
use crate::scope::Context;
use crate::values::shown;
use serde_json::Value;
use std::fmt;

/// One filter. Static: there is one table.
#[derive(Clone, Copy)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    /// Fewest and most arguments by place.
    pub(crate) arguments: (usize, usize),
    /// Arguments that may be given by name.
    pub(crate) named: &'static [&'static str],
    /// How it is written, for messages.
    pub(crate) example: &'static str,
    /// What is wrong with the first argument, where that is written and can be known.
    pub(crate) wrong_argument: fn(&Value) -> Option<String>,
    pub(crate) apply: fn(&Input<'_>) -> Result<Value, Complaint>,
}

/// What a filter is given.
pub(crate) struct Input<'i> {
    pub(crate) filter: &'static str,
    pub(crate) value: &'i Value,
    pub(crate) arguments: &'i [Value],
    pub(crate) named: &'i [(&'i str, Value)],
    pub(crate) context: &'i Context,
}

impl Input<'_> {
    /// The value as text; numbers and yes/no values are printed, anything else is a complaint.
    fn text(&self) -> Result<String, Complaint> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Ok(crate::values::printed(self.value)),
            other => Err(self.needs("a text", other)),
        }
    }

    fn list(&self) -> Result<&[Value], Complaint> {
        match self.value {
            Value::Array(items) => Ok(items),
            other => Err(self.needs("a list", other)),
        }
    }

    /// An argument that must be text.
    fn text_argument(&self, index: usize) -> Result<Option<&str>, Complaint> {
        match self.arguments.get(index) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Complaint::wrong_type(format!(
                "gives `{}` {}, where a text belongs",
                self.filter,
                shown(other)
            ))),
        }
    }

    fn needs(&self, what: &str, is: &Value) -> Complaint {
        let help = if is.is_null() { ". Put `| default(…)` before it if it may be empty" } else { "" };
        Complaint::wrong_type(format!("is {}, but `{}` needs {what}{help}", shown(is), self.filter))
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// The filter of that name.
pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// All of them but `default`.
pub(crate) fn all() -> &'static [Filter] {
    FILTERS
}

/// All names, for suggestions; `default` among them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|filter| filter.name).chain(["default"])
}

const fn filter(
    name: &'static str,
    arguments: (usize, usize),
    example: &'static str,
    apply: fn(&Input<'_>) -> Result<Value, Complaint>,
) -> Filter {
    Filter { name, arguments, named: &[], example, wrong_argument: |_| None, apply }
}

const fn with_names(filter: Filter, named: &'static [&'static str]) -> Filter {
    Filter { named, ..filter }
}

const fn checked(filter: Filter, wrong_argument: fn(&Value) -> Option<String>) -> Filter {
    Filter { wrong_argument, ..filter }
}

static FILTERS: &[Filter] = &[
    filter("upper", (0, 0), "name | upper", texts::upper),
    filter("lower", (0, 0), "name | lower", texts::lower),
    filter("trim", (0, 1), "name | trim", texts::trim),
    filter("replace", (2, 2), "text | replace('old', 'new')", texts::replace),
    filter("split", (0, 1), "text | split(',')", texts::split),
    filter("lines", (0, 0), "text | lines", texts::lines),
    filter("truncate", (1, 1), "text | truncate(80)", texts::truncate),
    filter("string", (0, 0), "number | string", texts::string),
    filter("tojson", (0, 0), "record | tojson", texts::json),
    filter("int", (0, 1), "score | int", texts::int),
    filter("float", (0, 1), "score | float", texts::float),
    filter("title", (0, 0), "name | title", jinja::apply),
    filter("capitalize", (0, 0), "name | capitalize", jinja::apply),
    filter("round", (0, 1), "amount | round(2)", texts::round),
    filter("abs", (0, 0), "amount | abs", jinja::apply),
    filter("length", (0, 0), "tags | length", lists::length),
    filter("count", (0, 0), "tags | count", lists::length),
    filter("first", (0, 0), "tags | first", lists::first),
    filter("last", (0, 0), "tags | last", lists::last),
    filter("join", (0, 1), "tags | join(', ')", lists::join),
    with_names(
        filter("map", (0, 3), "contacts | map(attribute='email')", lists::map),
        &["attribute", "default"],
    ),
    filter("select", (0, 3), "scores | select('gt', 80)", lists::select),
    filter("reject", (0, 3), "scores | reject('empty')", lists::reject),
    filter("selectattr", (1, 4), "tasks | selectattr('completed')", lists::select_by_field),
    filter("rejectattr", (1, 4), "tasks | rejectattr('completed')", lists::reject_by_field),
    with_names(
        filter("sort", (0, 3), "contacts | sort(attribute='name')", jinja::apply),
        &["attribute", "reverse", "case_sensitive"],
    ),
    with_names(filter("unique", (0, 2), "tags | unique", jinja::apply), &["attribute", "case_sensitive"]),
    filter("reverse", (0, 0), "tags | reverse", jinja::apply),
    with_names(filter("sum", (0, 2), "orders | sum(attribute='total')", lists::sum), &["attribute", "start"]),
    filter("min", (0, 0), "scores | min", jinja::apply),
    filter("max", (0, 0), "scores | max", jinja::apply),
    filter("list", (0, 0), "tags | list", jinja::apply),
    filter("items", (0, 0), "record | items", jinja::apply),
    filter("dictsort", (0, 0), "record | dictsort", jinja::apply),
    filter("batch", (1, 1), "contacts | batch(50)", lists::batch),
    filter("email", (0, 0), "contact.email | email", normalise::email),
    checked(
        filter("phone", (0, 1), "contact.phone | phone('GB')", normalise::phone),
        normalise::wrong_country,
    ),
    filter("title_name", (0, 0), "contact.firstName | title_name", normalise::title_name),
    checked(filter("money", (1, 1), "amount | money('EUR')", normalise::money), normalise::wrong_currency),
    filter("slug", (0, 0), "title | slug", normalise::slug),
    filter("hash", (0, 0), "email | hash", normalise::hash),
    checked(filter("date", (1, 1), "now | date('%d %B')", times::date), times::wrong_format),
    checked(filter("plus", (1, 1), "now | plus('2 days')", times::plus), times::wrong_duration),
    checked(filter("minus", (1, 1), "now | minus('1 hour')", times::minus), times::wrong_duration),
];
