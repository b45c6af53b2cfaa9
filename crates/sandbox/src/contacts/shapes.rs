//! What each operation shows of a contact (facts 2.5 to 2.7): the full shape, the create shape, the list item.
//!
//! Values that a contact does not have are left out, not null. The search shape is in `search::index`.

use serde_json::{Value, json};

use crate::{
    contacts::fields::full_name,
    data::{Record, pick, text},
};

const FULL: [&str; 39] = [
    "id",
    "name",
    "locationId",
    "firstName",
    "lastName",
    "email",
    "emailLowerCase",
    "timezone",
    "companyName",
    "phone",
    "dnd",
    "dndSettings",
    "inboundDndSettings",
    "type",
    "source",
    "assignedTo",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "tags",
    "dateOfBirth",
    "dateAdded",
    "dateUpdated",
    "ssn",
    "keyword",
    "firstNameLowerCase",
    "fullNameLowerCase",
    "lastNameLowerCase",
    "lastActivity",
    "customFields",
    "businessId",
    "attributionSource",
    "lastAttributionSource",
    "visitorId",
    "additionalEmails",
    "followers",
];

const CREATED: [&str; 36] = [
    "id",
    "locationId",
    "firstName",
    "lastName",
    "email",
    "emailLowerCase",
    "companyName",
    "phone",
    "dnd",
    "dndSettings",
    "inboundDndSettings",
    "type",
    "source",
    "assignedTo",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "tags",
    "dateOfBirth",
    "dateAdded",
    "dateUpdated",
    "firstNameLowerCase",
    "fullNameLowerCase",
    "lastNameLowerCase",
    "customFields",
    "businessId",
    "deleted",
    "bounceEmail",
    "unsubscribeEmail",
    "birthMonth",
    "birthDay",
    "offers",
    "products",
];

const LISTED: [&str; 18] = [
    "id",
    "locationId",
    "contactName",
    "firstName",
    "lastName",
    "email",
    "phone",
    "companyName",
    "timezone",
    "country",
    "source",
    "assignedTo",
    "dateAdded",
    "customFields",
    "tags",
    "businessId",
    "attributions",
    "followers",
];

/// The record with what is computed from it.
pub(crate) fn computed(record: &Record) -> Record {
    let mut whole = record.clone();
    let name = full_name(record);
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            whole.insert(key.to_owned(), value.into());
        }
    };
    put("name", &name);
    put("contactName", &name);
    put("fullNameLowerCase", &name.to_lowercase());
    put("emailLowerCase", &text(record, "email").to_lowercase());
    put("firstNameLowerCase", &text(record, "firstName").to_lowercase());
    put("lastNameLowerCase", &text(record, "lastName").to_lowercase());
    whole
}

/// `GET /contacts/{contactId}`, update and upsert. The date of birth is a bare date.
pub(crate) fn full(record: &Record) -> Record {
    pick(&computed(record), &FULL)
}

/// `POST /contacts/` under version 2. The date of birth is an instant.
pub(crate) fn created(record: &Record) -> Record {
    let mut whole = computed(record);
    whole.extend([
        ("deleted".to_owned(), false.into()),
        ("bounceEmail".to_owned(), false.into()),
        ("unsubscribeEmail".to_owned(), false.into()),
        ("offers".to_owned(), json!([])),
        ("products".to_owned(), json!([])),
    ]);
    let born = text(record, "dateOfBirth").to_owned();
    if let [_, month, day] =
        born.split('-').map(|part| part.parse::<i64>().unwrap_or(0)).collect::<Vec<_>>()[..]
    {
        whole.insert("birthMonth".to_owned(), month.into());
        whole.insert("birthDay".to_owned(), day.into());
        whole.insert("dateOfBirth".to_owned(), format!("{born}T00:00:00.000Z").into());
    }
    pick(&whole, &CREATED)
}

/// An item of `GET /contacts/` and of a business's contacts.
pub(crate) fn listed(record: &Record) -> Value {
    let mut whole = computed(record);
    whole.entry("attributions").or_insert_with(|| json!([]));
    Value::Object(pick(&whole, &LISTED))
}
