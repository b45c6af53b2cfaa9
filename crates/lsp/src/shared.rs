//! What recipes share, where it is written: another recipe after `call`, its inputs below `inputs`, a mapping after `mapping`.

use std::fmt::Write as _;

use bellhop_recipe::{Head, Input, InputKind, Mapping, World};

use crate::cursor::{Cursor, Part};
use crate::line::{Mark, Shape, is_bare};
use crate::pages;
use crate::spite;

/// Something that stands in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// A recipe, by its id.
    Recipe(String),
    /// A mapping, by its id.
    Mapping(String),
}

/// What kind of thing is named by the value at a path.
fn named(path: &[Part]) -> Option<fn(String) -> Shared> {
    let (Part::Key(last), above) = path.split_last()? else { return None };
    let is_key = |part: Option<&Part>, wanted: &str| matches!(part, Some(Part::Key(key)) if key == wanted);
    match (last.as_str(), above.last()) {
        ("call", Some(Part::Item)) => Some(Shared::Recipe),
        ("mapping", part) if is_key(part, "map") => Some(Shared::Mapping),
        _ => None,
    }
}

/// What may be written where something shared is named: each with a few words and its page. None elsewhere.
pub(crate) fn proposals(
    cursor: &Cursor,
    text: &str,
    own: &str,
    world: &World,
) -> Option<Vec<(String, String, String)>> {
    let library = &world.library;
    match named(&cursor.path)?(String::new()) {
        Shared::Recipe(_) => {
            let others = library.recipes.iter().filter(|(id, head)| head.by_hand && *id != own);
            Some(others.map(|(id, head)| (id.clone(), takes(head), recipe(id, head))).collect())
        }
        Shared::Mapping(_) => {
            let own =
                own_mappings(text).into_iter().map(|id| (id, "of this recipe".to_owned(), String::new()));
            let all = library.mappings.iter();
            let shared = all.map(|(id, one)| (id.clone(), way(one), mapping(id, one)));
            Some(own.chain(shared).collect())
        }
    }
}

/// The inputs of the recipe that the step at the cursor calls, where the cursor is in its `inputs`.
pub(crate) fn inputs<'w>(cursor: &Cursor, text: &str, world: &'w World) -> Option<&'w [Input]> {
    let [.., Part::Item, Part::Key(last)] = cursor.path.as_slice() else { return None };
    if last != "inputs" {
        return None;
    }
    Some(&world.library.recipes.get(&called(text, cursor.offset)?)?.inputs)
}

/// The recipe that is named beside the `inputs` around a place. By lines alone, as the text may be half-written.
fn called(text: &str, offset: usize) -> Option<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let here = text.get(..offset)?.matches('\n').count();
    let key_at = |line: &str| Shape::of(line).key().map(|(column, key)| (column, key.to_owned()));
    let top = (0..=here).rev().find(|at| key_at(lines[*at]).is_some_and(|(_, key)| key == "inputs"))?;
    let (column, _) = key_at(lines[top])?;
    let value = |line: &str| {
        let shape = Shape::of(line);
        let is_call = shape.key() == Some((column, "call"));
        is_call
            .then(|| line.get(shape.rest..).unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned())
    };
    let begins = |line: &str| Shape::of(line).marks.iter().any(|(_, mark)| *mark == Mark::Dash);
    for at in (0..=top).rev() {
        if is_bare(lines[at]) {
            continue;
        }
        let found = value(lines[at]);
        if found.is_some() {
            return found;
        }
        if Shape::of(lines[at]).column() < column || begins(lines[at]) {
            break;
        }
    }
    let after = lines[top + 1..].iter().filter(|line| !is_bare(line));
    for line in after {
        if let Some(found) = value(line) {
            return Some(found);
        }
        if Shape::of(line).column() < column {
            break;
        }
    }
    None
}

/// What is named at a place, where it is something shared.
pub(crate) fn at(cursor: &Cursor, word: &str) -> Option<Shared> {
    named(&cursor.path).map(|make| make(word.to_owned()))
}

/// The page of something shared.
pub(crate) fn page(shared: &Shared, world: &World) -> Option<String> {
    match shared {
        Shared::Recipe(id) => world.library.recipes.get(id).map(|head| recipe(id, head)),
        Shared::Mapping(id) => world.library.mappings.get(id).map(|one| mapping(id, one)),
    }
}

/// The page of an input of a called recipe.
pub(crate) fn input(input: &Input) -> String {
    let needed = if input.default.is_none() { ", needed" } else { "" };
    let mut page = pages::key(&input.name, "", &input.description);
    let _ = write!(page, "\n\n{}{needed}.", kind(input));
    if let Some(default) = &input.default {
        let _ = write!(page, " By default `{}`.", pages::plain(default));
    }
    page
}

/// What kind of value an input takes, in a word.
pub(crate) fn kind(input: &Input) -> String {
    let word = match &input.kind {
        InputKind::Text => "Text",
        InputKind::Number => "Number",
        InputKind::YesNo => "Yes or no",
        InputKind::Date => "Day",
        InputKind::Choice => "Choice",
        InputKind::Duration => "Duration",
        InputKind::Selector(kind) => return format!("Id of a {}", kind.replace('_', " ")),
    };
    if input.many { format!("{word}, several") } else { word.to_owned() }
}

fn takes(head: &Head) -> String {
    match head.inputs.as_slice() {
        [] => "a recipe without inputs".to_owned(),
        inputs => {
            let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
            format!("takes {}", names.join(", "))
        }
    }
}

fn recipe(id: &str, head: &Head) -> String {
    let mut page = pages::key(id, "a recipe", "");
    for input in &head.inputs {
        let needed = if input.default.is_none() { ", needed" } else { "" };
        let _ = write!(page, "\n- `{}` ({}{needed}) {}", input.name, kind(input), input.description);
    }
    page
}

fn way(mapping: &Mapping) -> String {
    format!("{} → {}", mapping.from, mapping.to)
}

fn mapping(id: &str, mapping: &Mapping) -> String {
    pages::key(id, &way(mapping), &mapping.description)
}

/// The mappings that stand in the recipe itself.
fn own_mappings(text: &str) -> Vec<String> {
    let root = spite::tree(text);
    let own = root.as_ref().and_then(|root| root.get("mappings")).and_then(|node| node.members());
    own.unwrap_or_default().iter().map(|(key, _)| key.text.clone()).collect()
}

/// Where a mapping of the recipe itself stands.
pub(crate) fn own_mapping(text: &str, id: &str) -> Option<bellhop_source::Span> {
    Some(spite::tree(text)?.get("mappings")?.member(id)?.0.span)
}
