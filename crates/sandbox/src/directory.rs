//! The lists a location has: users, workflows, campaigns, businesses, calendars, pipelines. Read only.

use serde_json::{Value, json};

use crate::{
    answer::{Reply, ok, unknown, unprocessable},
    data::Table,
    request::Request,
    world::World,
};

fn all(name: &str, table: &Table) -> Reply {
    let records: Vec<&Value> = table.values().collect();
    ok(json!({name: records}))
}

/// `GET /users/` (deprecated in version 2, gone in version 3).
pub(crate) fn users(world: &mut World, _: &Request) -> Reply {
    all("users", &world.data.users)
}

/// `GET /users/{userId}`: flat.
pub(crate) fn user(world: &mut World, request: &Request) -> Reply {
    let id = request.param("userId");
    ok(world.data.users.get(id).cloned().ok_or_else(|| unknown("User", id))?)
}

/// `GET /workflows/`
pub(crate) fn workflows(world: &mut World, _: &Request) -> Reply {
    all("workflows", &world.data.workflows)
}

/// `GET /campaigns/`, by `status` where it is asked for.
pub(crate) fn campaigns(world: &mut World, request: &Request) -> Reply {
    let status = request.query("status");
    let campaigns: Vec<&Value> = world
        .data
        .campaigns
        .values()
        .filter(|one| status.is_none_or(|status| one["status"] == status))
        .collect();
    ok(json!({"campaigns": campaigns}))
}

/// `GET /businesses/`
pub(crate) fn businesses(world: &mut World, request: &Request) -> Reply {
    let limit = request.number("limit", 100, 100).map_err(|wrong| unprocessable(&wrong))?;
    let skip = request.number("skip", 0, usize::MAX).map_err(|wrong| unprocessable(&wrong))?;
    let businesses: Vec<&Value> = world.data.businesses.values().skip(skip).take(limit).collect();
    ok(json!({"businesses": businesses}))
}

/// `GET /calendars/`
pub(crate) fn calendars(world: &mut World, _: &Request) -> Reply {
    all("calendars", &world.data.calendars)
}

/// `GET /opportunities/pipelines`
pub(crate) fn pipelines(world: &mut World, _: &Request) -> Reply {
    all("pipelines", &world.data.pipelines)
}
