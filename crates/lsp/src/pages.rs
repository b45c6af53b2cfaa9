//! What is said about operations, events, fields and keys, in Markdown.

use std::fmt::Write as _;

use bellhop_connector::{EventSpec, Field, Fields, Operation};
use bellhop_recipe::World;

/// The most fields that are listed.
const MOST: usize = 40;

/// The page of an operation or event by its full name, such as `contacts.add_tags`.
pub(crate) fn named(full: &str, world: &World) -> Option<String> {
    let (connector, name) = full.split_once('.')?;
    let manifest = world.catalogue.get(connector)?;
    let operation = manifest.operations.get(name).map(|one| operation(full, one));
    operation.or_else(|| manifest.events.get(name).map(|one| event(full, one)))
}

/// The page of an operation.
pub(crate) fn operation(full: &str, operation: &Operation) -> String {
    let mut page = head(full, &operation.title, &operation.description);
    if let Some(instead) = &operation.deprecated {
        let _ = write!(page, "\n\n*Better not used any more:* {instead}");
    }
    let does = if operation.effect.writes() { "Changes something in the app." } else { "Only looks." };
    let _ = write!(page, "\n\n{does}");
    if !operation.scopes.is_empty() {
        let _ = write!(page, " Needs the permission `{}`.", operation.scopes.join("`, `"));
    }
    list(&mut page, "It takes", &operation.input);
    list(&mut page, "It gives", &operation.output.fields);
    page
}

/// The page of an event.
pub(crate) fn event(full: &str, event: &EventSpec) -> String {
    let mut page = head(full, &event.title, &event.description);
    list(&mut page, "`trigger` has", &event.data.fields);
    page
}

/// The page of a name or field of the run's data.
pub(crate) fn data(name: &str, field: &Field) -> String {
    let mut page = head(name, &field.title, &field.description);
    let _ = write!(page, "\n\n{}", capital(&field.in_words()));
    if !field.choices.is_empty() {
        let choices: Vec<String> =
            field.choices.iter().map(|choice| format!("`{}`", plain(choice))).collect();
        let _ = write!(page, ": one of {}", choices.join(", "));
    }
    page.push('.');
    list(&mut page, "It has", &field.fields);
    if let Some(items) = &field.items {
        list(&mut page, "Each item has", &items.fields);
    }
    page
}

/// The page of a key of the language.
pub(crate) fn key(name: &str, title: &str, description: &str) -> String {
    // A title that is the key again says nothing.
    let same = |letter: &char| letter.is_alphanumeric();
    let is_name = title.to_lowercase().chars().filter(same).eq(name.to_lowercase().chars().filter(same));
    head(name, if is_name { "" } else { title }, description)
}

/// A value as it is written.
pub(crate) fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn head(name: &str, title: &str, description: &str) -> String {
    let mut page = format!("**{name}**");
    if !title.is_empty() && title != name {
        let _ = write!(page, ": {title}");
    }
    if !description.trim().is_empty() {
        let _ = write!(page, "\n\n{}", description.trim());
    }
    page
}

fn list(page: &mut String, title: &str, fields: &Fields) {
    if fields.is_empty() {
        return;
    }
    let _ = write!(page, "\n\n{title}:\n");
    for (name, field) in fields.iter().take(MOST) {
        let what = if field.description.is_empty() { &field.title } else { &field.description };
        let needed = if field.required { ", needed" } else { "" };
        let _ =
            write!(page, "\n- `{name}` ({}{needed}) {}", field.in_words(), what.trim().replace('\n', " "));
    }
    if fields.len() > MOST {
        let _ = write!(page, "\n- and {} more", fields.len() - MOST);
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
