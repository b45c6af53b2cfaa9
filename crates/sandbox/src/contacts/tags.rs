//! A contact's tags, added and taken away. The answer is the whole list after the call, in lower case.

use serde_json::{Value, json};

use crate::{
    answer::{Reply, created, ok},
    body::{self, Field, Kind, field},
    contacts::{fields::clean_tags, of_path, save},
    request::{Request, texts},
    world::World,
};

const TAGS: [Field; 1] = [field("tags", Kind::Texts).required()];

/// The list with `more` at its end, each tag once.
pub(crate) fn with(tags: &[String], more: &[String]) -> Vec<String> {
    clean_tags(&[tags, more].concat())
}

/// The list without `fewer`, whatever their case.
pub(crate) fn without(tags: &[String], fewer: &[String]) -> Vec<String> {
    let fewer = clean_tags(fewer);
    tags.iter().filter(|tag| !fewer.contains(tag)).cloned().collect()
}

fn change(
    world: &mut World,
    request: &Request,
    change: fn(&[String], &[String]) -> Vec<String>,
) -> Result<Value, crate::answer::Answer> {
    body::check(&request.body, &TAGS)?;
    let mut record = of_path(world, request)?.clone();
    let tags = change(&texts(record.get("tags")), &request.texts("tags"));
    record.insert("tags".to_owned(), tags.clone().into());
    save(world, record, request.now);
    Ok(json!({"tags": tags}))
}

/// `POST /contacts/{contactId}/tags`
pub(crate) fn add(world: &mut World, request: &Request) -> Reply {
    created(change(world, request, with)?)
}

/// `DELETE /contacts/{contactId}/tags`, with a body.
pub(crate) fn remove(world: &mut World, request: &Request) -> Reply {
    ok(change(world, request, without)?)
}
