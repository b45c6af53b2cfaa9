//! Opportunities: enough of them for their events, several of which come at once (facts 8, row 17).

use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Reply, bad_request, created, ok, unknown, unprocessable},
    body::{self, Field, Kind, field, text},
    clock,
    contacts::{fields::full_name, succeeded},
    data::{self, Record, find, pick},
    events, ids,
    request::Request,
    world::World,
};

const STATUS: Field = text("status").one_of(&["open", "won", "lost", "abandoned", "all"]);
const REST: [Field; 4] = [
    text("pipelineStageId"),
    field("monetaryValue", Kind::Number),
    text("assignedTo"),
    field("customFields", Kind::List),
];

fn of_request(world: &World, request: &Request) -> Result<Record, Answer> {
    let id = request.param("id");
    find(&world.data.opportunities, id).cloned().ok_or_else(|| unknown("Opportunity", id))
}

fn told(world: &World, record: &Record) -> Record {
    let mut shown = record.clone();
    if let Some(contact) = find(&world.data.contacts, data::text(record, "contactId")) {
        let mut brief = pick(contact, &["id", "companyName", "email", "phone", "tags"]);
        brief.insert("name".to_owned(), full_name(contact).into());
        shown.insert("contact".to_owned(), Value::Object(brief));
    }
    shown
}

/// The stages of a pipeline; 400 where there is no such pipeline.
fn stages(world: &World, pipeline: &str) -> Result<Vec<String>, Answer> {
    let record = find(&world.data.pipelines, pipeline).ok_or_else(|| unknown("Pipeline", pipeline))?;
    let stages = record.get("stages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Ok(stages.iter().filter_map(|stage| stage["id"].as_str().map(str::to_owned)).collect())
}

fn put(world: &mut World, record: Record) {
    let (id, contact) = (data::text(&record, "id").to_owned(), data::text(&record, "contactId").to_owned());
    world.data.opportunities.insert(id, Value::Object(record));
    world.contact_changed(&contact);
}

/// `POST /opportunities/`
pub(crate) fn create(world: &mut World, request: &Request) -> Reply {
    let mut fields: Vec<Field> = REST.to_vec();
    fields.extend([
        text("pipelineId").required(),
        text("locationId").required(),
        text("name").required(),
        STATUS.required(),
        text("contactId").required(),
    ]);
    body::check(&request.body, &fields)?;
    let stages = stages(world, request.text("pipelineId"))?;
    let contact = request.text("contactId");
    find(&world.data.contacts, contact).ok_or_else(|| unknown("Contact", contact))?;
    let mut record = Map::new();
    record.insert("id".to_owned(), ids::record().into());
    record.insert("monetaryValue".to_owned(), 0.into());
    record.insert("source".to_owned(), "public api".into());
    record.extend(request.fields());
    match data::text(&record, "pipelineStageId") {
        "" => drop(record.insert("pipelineStageId".to_owned(), stages.first().cloned().into())),
        stage if stages.iter().any(|known| known == stage) => {}
        _ => return Err(bad_request("The pipeline stage does not belong to the pipeline")),
    }
    let at = clock::iso(request.now);
    for name in ["createdAt", "updatedAt", "lastStatusChangeAt", "lastStageChangeAt"] {
        record.insert(name.to_owned(), at.clone().into());
    }
    world.announce("OpportunityCreate", events::opportunity(&record));
    world.announce("OpportunityUpdate", events::opportunity(&record));
    put(world, record.clone());
    created(json!({"opportunity": told(world, &record)}))
}

/// `GET /opportunities/{id}`
pub(crate) fn get(world: &mut World, request: &Request) -> Reply {
    let record = of_request(world, request)?;
    ok(json!({"opportunity": told(world, &record)}))
}

fn change(world: &mut World, request: &Request) -> Result<Record, Answer> {
    let before = of_request(world, request)?;
    let mut record = before.clone();
    record.extend(request.fields());
    let stages = stages(world, data::text(&record, "pipelineId"))?;
    if !stages.iter().any(|stage| stage == data::text(&record, "pipelineStageId")) {
        return Err(bad_request("The pipeline stage does not belong to the pipeline"));
    }
    if record == before {
        return Ok(record);
    }
    let at = clock::iso(request.now);
    record.insert("updatedAt".to_owned(), at.clone().into());
    world.announce("OpportunityUpdate", events::opportunity(&record));
    for (name, kind, date) in [
        ("pipelineStageId", "OpportunityStageUpdate", "lastStageChangeAt"),
        ("status", "OpportunityStatusUpdate", "lastStatusChangeAt"),
        ("assignedTo", "OpportunityAssignedToUpdate", "updatedAt"),
        ("monetaryValue", "OpportunityMonetaryValueUpdate", "updatedAt"),
    ] {
        if record.get(name) != before.get(name) {
            record.insert(date.to_owned(), at.clone().into());
            world.announce(kind, events::opportunity(&record));
        }
    }
    put(world, record.clone());
    Ok(record)
}

/// `PUT /opportunities/{id}`
pub(crate) fn update(world: &mut World, request: &Request) -> Reply {
    let mut fields: Vec<Field> = REST.to_vec();
    fields.extend([text("pipelineId"), text("name"), STATUS]);
    body::check(&request.body, &fields)?;
    let record = change(world, request)?;
    ok(json!({"opportunity": told(world, &record)}))
}

/// `PUT /opportunities/{id}/status`
pub(crate) fn update_status(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[STATUS.required(), text("lostReasonId")])?;
    change(world, request)?;
    ok(succeeded(request))
}

/// `DELETE /opportunities/{id}`
pub(crate) fn delete(world: &mut World, request: &Request) -> Reply {
    let record = of_request(world, request)?;
    world.data.opportunities.shift_remove(request.param("id"));
    world.announce("OpportunityDelete", events::opportunity(&record));
    world.announce("OpportunityUpdate", events::opportunity(&record));
    world.contact_changed(data::text(&record, "contactId"));
    ok(succeeded(request))
}

/// `GET /opportunities/search`: the query is in snake case here.
pub(crate) fn search(world: &mut World, request: &Request) -> Reply {
    let limit = request.number("limit", 20, 100).map_err(|wrong| unprocessable(&wrong))?;
    let page = request.number("page", 1, usize::MAX).map_err(|wrong| unprocessable(&wrong))?.max(1);
    let words = request.query("q").map(str::to_lowercase);
    let meets = |record: &&Record| {
        let is = |query: &str, name: &str| {
            request.query(query).is_none_or(|wanted| wanted == "all" || data::text(record, name) == wanted)
        };
        is("pipeline_id", "pipelineId")
            && is("pipeline_stage_id", "pipelineStageId")
            && is("contact_id", "contactId")
            && is("status", "status")
            && is("assigned_to", "assignedTo")
            && is("id", "id")
            && words.as_deref().is_none_or(|words| data::text(record, "name").to_lowercase().contains(words))
    };
    let found: Vec<&Record> =
        world.data.opportunities.values().filter_map(Value::as_object).filter(meets).collect();
    let total = found.len();
    let start = limit.saturating_mul(page - 1);
    let shown: Vec<Record> =
        found.into_iter().skip(start).take(limit).map(|record| told(world, record)).collect();
    let more = start.saturating_add(shown.len()) < total;
    ok(json!({
        "opportunities": shown,
        "meta": {
            "total": total, "currentPage": page, "nextPage": more.then_some(page + 1),
            "prevPage": (page > 1).then_some(page - 1),
        },
        "aggregations": {},
    }))
}
