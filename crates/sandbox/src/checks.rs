//! The checks before a handler, in the real service's order (facts 9): token 401, `Version` 401, scope 401,
//! location 403. Body validation (422) and business rules (400) follow in the handlers.

use std::time::Instant;

use serde_json::Value;

use crate::{
    answer::{Answer, unauthorized, wrong_location},
    request::Request,
    routes::{Access, Place, Route},
    tokens::Owner,
    world::World,
};

const VERSIONS: [&str; 5] = ["v3", "2023-02-21", "2021-07-28", "2021-04-15", "legacy"];

/// The token of the request, without the word before it.
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    let (kind, token) = request.header("authorization")?.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Refuses a request that may not reach its handler.
pub(crate) fn admit(world: &World, route: &Route, request: &Request) -> Result<(), Answer> {
    let (scope, for_agency) = match route.access {
        Access::Open => return Ok(()),
        Access::Location(scope) => (scope, false),
        Access::Agency(scope) => (scope, true),
    };
    let grant = bearer(request)
        .and_then(|token| world.tokens.grant(token, Instant::now()))
        .ok_or_else(|| unauthorized("Invalid JWT"))?;
    match request.header("version") {
        None => return Err(unauthorized("version header was not found.")),
        Some(version) if !VERSIONS.contains(&version) => {
            return Err(unauthorized("version header is invalid"));
        }
        Some(_) => {}
    }
    let right_owner = match grant.owner {
        Owner::Location => !for_agency,
        Owner::Company => for_agency,
        Owner::CompanyIntegration => false,
    };
    if !right_owner || !grant.may(scope) {
        return Err(unauthorized("The token is not authorized for this scope."));
    }
    let own = world.data.location_id();
    let allowed = match route.place {
        Place::None => true,
        Place::Query(name) => request.query(name) == Some(own),
        Place::Body => {
            request.body.get("locationId").and_then(Value::as_str).is_none_or(|named| named == own)
        }
        Place::Path => request.param("locationId") == own,
    };
    if allowed { Ok(()) } else { Err(wrong_location()) }
}
