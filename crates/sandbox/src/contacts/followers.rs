//! The users who follow a contact.

use serde_json::json;

use crate::{
    answer::{Reply, created, ok},
    body::{self, Field, Kind, field},
    contacts::{of_path, save},
    request::{Request, texts},
    world::World,
};

const FOLLOWERS: [Field; 1] = [field("followers", Kind::Texts).required()];

/// `POST /contacts/{contactId}/followers`
pub(crate) fn add(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &FOLLOWERS)?;
    let mut record = of_path(world, request)?.clone();
    let mut followers = texts(record.get("followers"));
    let mut added = Vec::new();
    for user in request.texts("followers") {
        if !followers.contains(&user) {
            followers.push(user.clone());
            added.push(user);
        }
    }
    record.insert("followers".to_owned(), followers.clone().into());
    save(world, record, request.now);
    created(json!({"followers": followers, "followersAdded": added}))
}

/// `DELETE /contacts/{contactId}/followers`, with a body.
pub(crate) fn remove(world: &mut World, request: &Request) -> Reply {
    body::check(&request.body, &FOLLOWERS)?;
    let mut record = of_path(world, request)?.clone();
    let (given, before) = (request.texts("followers"), texts(record.get("followers")));
    let (removed, followers): (Vec<String>, Vec<String>) =
        before.into_iter().partition(|user| given.contains(user));
    record.insert("followers".to_owned(), followers.clone().into());
    save(world, record, request.now);
    ok(json!({"followers": followers, "followersRemoved": removed}))
}
