//! `POST /contacts/search` (facts 2.5): filters, sort, pages or cursor, over an index that may lag.
//!
//! [`filters`] decides whether a contact meets a filter, [`index`] holds what the search may already know.

pub(crate) mod filters;
pub(crate) mod index;

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::{
    answer::{Reply, bad_request, ok},
    body::{self, Kind, field, text},
    clock,
    contacts::listing::mentions,
    data::{Record, pick},
    request::Request,
    world::World,
};

const SORTABLE: [&str; 8] = [
    "firstNameLowerCase",
    "lastNameLowerCase",
    "businessName",
    "dateAdded",
    "dateUpdated",
    "email",
    "dnd",
    "source",
];
/// Page mode ends here.
const REACHABLE: usize = 10_000;

/// `POST /contacts/search`
pub(crate) fn search(world: &mut World, request: &Request) -> Reply {
    let body = &request.body;
    let mut wrong = body::violations(
        body,
        &[
            text("locationId").required(),
            field("pageLimit", Kind::Number).required(),
            field("page", Kind::Number),
            field("searchAfter", Kind::List),
            field("filters", Kind::List),
            field("sort", Kind::List),
            text("query"),
        ],
    );
    let number =
        |name: &str| body.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let (limit, page) = (number("pageLimit").unwrap_or(0), number("page").unwrap_or(1).max(1));
    if body.get("pageLimit").is_some_and(Value::is_number) && !(1..=500).contains(&limit) {
        wrong.push("pageLimit must be between 1 and 500".to_owned());
    }
    if request.text("query").chars().count() > 75 {
        wrong.push("query must be shorter than or equal to 75 characters".to_owned());
    }
    let given = list(body, "filters");
    wrong.extend(given.iter().flat_map(filters::violations));
    let order = order(list(body, "sort"), &mut wrong);
    body::refuse(&wrong)?;
    let after = list(body, "searchAfter");
    if after.is_empty() && page * limit > REACHABLE {
        return Err(bad_request(
            "Only the first 10000 records can be paged through; use searchAfter beyond them",
        ));
    }
    let query = request.text("query").to_lowercase();
    let mut found: Vec<(Vec<Value>, &Record)> = world
        .index
        .documents(std::time::Instant::now())
        .filter(|document| query.is_empty() || mentions(document, &query))
        .filter(|document| given.iter().all(|filter| filters::meets(document, filter)))
        .map(|document| (keys(document, &order), document))
        .collect();
    found.sort_by(|a, b| compare(&a.0, &b.0, &order));
    let total = found.len();
    let start = if after.is_empty() {
        (page - 1) * limit
    } else {
        found.partition_point(|(keys, _)| compare(keys, after, &order) != Ordering::Greater)
    };
    let contacts: Vec<Value> = found
        .into_iter()
        .skip(start)
        .take(limit)
        .map(|(keys, document)| {
            let mut shown = pick(document, &index::SHOWN);
            shown.insert("searchAfter".to_owned(), keys.into());
            Value::Object(shown)
        })
        .collect();
    ok(json!({"contacts": contacts, "total": total}))
}

fn list<'a>(body: &'a Value, name: &str) -> &'a [Value] {
    body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The sort's fields with their direction (true is ascending); the newest come first without one.
fn order(sort: &[Value], wrong: &mut Vec<String>) -> Vec<(String, bool)> {
    if sort.len() > 2 {
        wrong.push("sort must contain no more than 2 elements".to_owned());
    }
    let mut order = Vec::new();
    for item in sort {
        let name = item.get("field").and_then(Value::as_str).unwrap_or_default();
        let direction = item.get("direction").and_then(Value::as_str).unwrap_or_default();
        if !SORTABLE.contains(&name) {
            wrong.push(format!("sort.field must be one of the following values: {}", SORTABLE.join(", ")));
        } else if !["asc", "desc"].contains(&direction) {
            wrong.push("sort.direction must be one of the following values: asc, desc".to_owned());
        } else {
            order.push((name.to_owned(), direction == "asc"));
        }
    }
    if order.is_empty() {
        order.push(("dateAdded".to_owned(), false));
    }
    order
}

/// What `searchAfter` says of a contact: its sort values and its id.
fn keys(document: &Record, order: &[(String, bool)]) -> Vec<Value> {
    let mut keys: Vec<Value> = order
        .iter()
        .map(|(name, _)| {
            let value = document.get(name).cloned().unwrap_or(Value::Null);
            let instant = value.as_str().filter(|_| name.starts_with("date")).and_then(clock::read);
            instant.map_or(value, |at| at.as_millisecond().into())
        })
        .collect();
    keys.push(document.get("id").cloned().unwrap_or(Value::Null));
    keys
}

fn compare(a: &[Value], b: &[Value], order: &[(String, bool)]) -> Ordering {
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        let ascending = order.get(index).is_none_or(|(_, ascending)| *ascending);
        let here = filters::compare(left, right);
        let here = if ascending { here } else { here.reverse() };
        if here != Ordering::Equal {
            return here;
        }
    }
    Ordering::Equal
}
