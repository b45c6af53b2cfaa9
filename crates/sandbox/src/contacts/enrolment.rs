//! Contacts in campaigns and workflows. Being in twice is being in once; leaving what one is not in is fine.

use serde_json::{Value, json};

use crate::{
    answer::{Reply, created, no_route, ok, unknown},
    body::{self, Kind, field},
    clock,
    contacts::{of_path, succeeded},
    data::{self, Table},
    ids,
    request::Request,
    world::World,
};

#[derive(Clone, Copy)]
enum Target {
    Campaign,
    Workflow,
}

impl Target {
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Campaign => ("campaign", "Campaign", "campaignId"),
            Self::Workflow => ("workflow", "Workflow", "workflowId"),
        }
    }

    fn table(self, world: &World) -> &Table {
        match self {
            Self::Campaign => &world.data.campaigns,
            Self::Workflow => &world.data.workflows,
        }
    }
}

fn add(world: &mut World, request: &Request, target_kind: Target) -> Result<(), crate::answer::Answer> {
    of_path(world, request)?;
    let (kind, title, param) = target_kind.names();
    let (contact, target) = (request.param("contactId"), request.param(param));
    let name = data::find(target_kind.table(world), target).map(|found| data::text(found, "name").to_owned());
    let name = name.ok_or_else(|| unknown(title, target))?;
    let is_in = |record: &Value| record["contactId"] == contact && record["targetId"] == target;
    if world.data.enrolments.values().any(is_in) {
        return Ok(());
    }
    let id = ids::record();
    let mut record = json!({
        "id": id, "contactId": contact, "kind": kind, "targetId": target, "targetName": name, "status": "active",
        "addedAt": clock::iso(request.now), "locationId": world.data.location_id(),
    });
    if let Some(start) = request.body.get("eventStartTime") {
        record["eventStartTime"] = start.clone();
    }
    world.data.enrolments.insert(id, record);
    world.contact_changed(contact);
    Ok(())
}

fn leave(world: &mut World, request: &Request, leaves: impl Fn(&Value) -> bool) -> Reply {
    of_path(world, request)?;
    let contact = request.param("contactId");
    world.data.enrolments.retain(|_, record| record["contactId"] != contact || !leaves(record));
    world.contact_changed(contact);
    ok(succeeded(request))
}

/// `POST /contacts/{contactId}/campaigns/{campaignId}`
pub(crate) fn add_campaign(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[])?;
    add(world, request, Target::Campaign)?;
    created(succeeded(request))
}

/// `DELETE /contacts/{contactId}/campaigns/{campaignId}`
pub(crate) fn leave_campaign(world: &mut World, request: &Request) -> Reply {
    leave(world, request, |record| record["targetId"] == request.param("campaignId"))
}

/// `DELETE /contacts/{contactId}/campaigns/removeAll`
pub(crate) fn leave_campaigns(world: &mut World, request: &Request) -> Reply {
    leave(world, request, |record| record["kind"] == "campaign")
}

/// `DELETE /contacts/{contactId}/campaigns/remove-all`: the spelling of version 3, unknown to the others.
pub(crate) fn leave_campaigns_v3(world: &mut World, request: &Request) -> Reply {
    if !request.is_v3() {
        return Err(no_route(&request.method, &request.path));
    }
    leave_campaigns(world, request)
}

/// `POST /contacts/{contactId}/workflow/{workflowId}`: 200, not 201.
pub(crate) fn add_workflow(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[field("eventStartTime", Kind::Instant)])?;
    add(world, request, Target::Workflow)?;
    ok(succeeded(request))
}

/// `DELETE /contacts/{contactId}/workflow/{workflowId}`, with the same body.
pub(crate) fn leave_workflow(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &[field("eventStartTime", Kind::Instant)])?;
    leave(world, request, |record| record["targetId"] == request.param("workflowId"))
}
