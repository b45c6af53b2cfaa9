//! The windows into the sandbox under `/__sandbox`: what it is, what it was called with, its records, a sample event.
//!
//! They need no token and are not recorded themselves.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Reply, bad_request, created, ok},
    faults::Fault,
    request::Request,
    sample_events,
    signing::Keys,
    world::World,
};

/// `GET /__sandbox`
pub(crate) fn about(world: &mut World, request: &Request) -> Reply {
    let keys = Keys::shipped();
    ok(json!({
        "base_url": request.base_url,
        "location_id": world.data.location_id(),
        "company_id": world.data.company_id(),
        "token": world.config.token,
        "client_id": world.config.oauth.client_id,
        "client_secret": world.config.oauth.client_secret,
        "ed25519_public_key": keys.ed25519_public(),
        "rsa_public_key": Keys::rsa_public(),
        "counts": world.log.counts(),
        "webhooks": world.webhooks.to_json(),
        "calls": world.log.calls(),
    }))
}

/// `GET /__sandbox/state`: in the form that a data file has.
pub(crate) fn state(world: &mut World, _: &Request) -> Reply {
    ok(world.data.to_json())
}

/// `POST /__sandbox/reset`
pub(crate) fn reset(world: &mut World, _: &Request) -> Reply {
    world.reset();
    ok(json!({"reset": true}))
}

/// `POST /__sandbox/faults` with `{"fault": "503@add-tags*2"}`.
pub(crate) fn add_fault(world: &mut World, request: &Request) -> Reply {
    let fault = Fault::parse(request.text("fault")).map_err(|error| bad_request(error.to_string()))?;
    world.faults.add(fault);
    created(json!({"added": request.text("fault")}))
}

/// `GET /__sandbox/sample/{eventType}`
pub(crate) fn sample(world: &mut World, request: &Request) -> Reply {
    let kind = request.param("eventType");
    let event = sample_events::of(&world.data, kind, request.now).map(|event| Value::Object(event.body));
    event.map(|body| Answer::json(200, body)).ok_or_else(|| {
        let known = sample_events::KINDS.join(", ");
        Answer::json(
            404,
            json!({"statusCode": 404, "message": format!("There is no event {kind}. Known: {known}")}),
        )
    })
}
