//! `GET /contacts/` with its two-token cursor, and the contacts of a business.
//!
//! The newest come first. The cursor is the pair `startAfter` (epoch ms) and `startAfterId`; with only one of the two the
//! first page comes again, which is how clients run in circles (facts 8, row 10).

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::{
    answer::{Reply, ok, unprocessable},
    clock,
    contacts::{fields::full_name, shapes},
    data::{Record, Table, text},
    request::Request,
    world::World,
};

fn added(contact: &Record) -> i64 {
    clock::read(text(contact, "dateAdded")).map_or(0, jiff::Timestamp::as_millisecond)
}

fn newest_first<'a>(contacts: &'a Table, query: Option<&str>) -> Vec<&'a Record> {
    let wanted = query.map(str::to_lowercase);
    let mut found: Vec<&Record> = contacts
        .values()
        .filter_map(Value::as_object)
        .filter(|contact| wanted.as_deref().is_none_or(|wanted| mentions(contact, wanted)))
        .collect();
    found.sort_by_key(|contact| (Reverse(added(contact)), text(contact, "id")));
    found
}

/// Whether name, e-mail, phone or company has these lower-case letters.
pub(crate) fn mentions(contact: &Record, wanted: &str) -> bool {
    let name = full_name(contact);
    let fields = [&name, text(contact, "email"), text(contact, "phone"), text(contact, "companyName")];
    fields.iter().any(|field| field.to_lowercase().contains(wanted))
}

/// `GET /contacts/`
pub(crate) fn list(world: &mut World, request: &Request) -> Reply {
    let limit = request.number("limit", 20, 100).map_err(|wrong| unprocessable(&wrong))?;
    let after = request.number("startAfter", 0, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let all = newest_first(&world.data.contacts, request.query("query"));
    let cursor = request
        .query("startAfterId")
        .filter(|_| after > 0)
        .map(|id| (Reverse(i64::try_from(after).unwrap_or(i64::MAX)), id));
    let start = cursor
        .map_or(0, |cursor| all.partition_point(|one| (Reverse(added(one)), text(one, "id")) <= cursor));
    let page: Vec<&Record> = all.iter().skip(start).take(limit).copied().collect();
    let number = start / limit.max(1) + 1;
    let more = start + page.len() < all.len();
    let mut meta = json!({
        "total": all.len(),
        "nextPageUrl": null,
        "currentPage": number,
        "nextPage": more.then_some(number + 1),
        "prevPage": (number > 1).then_some(number - 1),
    });
    if let Some(last) = page.last() {
        let (id, at) = (text(last, "id"), added(last));
        meta["startAfterId"] = id.into();
        meta["startAfter"] = at.into();
        if more {
            let location = world.data.location_id();
            let base = &request.base_url;
            meta["nextPageUrl"] = format!(
                "{base}/contacts/?locationId={location}&limit={limit}&startAfter={at}&startAfterId={id}"
            )
            .into();
        }
    }
    let contacts: Vec<Value> = page.into_iter().map(shapes::listed).collect();
    ok(json!({"contacts": contacts, "count": all.len(), "meta": meta}))
}

/// `GET /contacts/business/{businessId}`
pub(crate) fn of_business(world: &mut World, request: &Request) -> Reply {
    let limit = request.number("limit", 25, 100).map_err(|wrong| unprocessable(&wrong))?;
    let skip = request.number("skip", 0, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let business = request.param("businessId");
    let all: Vec<&Record> = newest_first(&world.data.contacts, request.query("query"))
        .into_iter()
        .filter(|contact| text(contact, "businessId") == business)
        .collect();
    let contacts: Vec<Value> =
        all.iter().skip(skip).take(limit).map(|contact| shapes::listed(contact)).collect();
    ok(json!({"contacts": contacts, "count": all.len()}))
}
