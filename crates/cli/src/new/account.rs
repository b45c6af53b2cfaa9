//! What the connected account has to choose from: its users, tags, calendars and so on, by name. It reads, once a kind, and
//! writes nothing. Which operation lists what stands in the connector's manifest (`selectors`).

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_connector::{Call, Outcome, Selector};
use bellhop_recipe::Plan;
use bellhop_source::closest;
use bellhop_store::SqliteStore;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::compose::{Shelf, Works};
use crate::trouble::Trouble;

/// How long an app may take for a list.
const PATIENCE: SignedDuration = SignedDuration::from_secs(20);
/// So many names are told in a sentence.
const TOLD: usize = 12;

/// One thing of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// What recipes hold.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
}

/// The things of one kind.
#[derive(Clone, Debug)]
pub(crate) enum Listing {
    /// These. `open`: others may be named as well, they come to be when they are first used.
    Known {
        /// By name.
        items: Vec<Item>,
        /// Whether others may be named.
        open: bool,
    },
    /// Nobody can tell: why, as a sentence.
    Unknown(String),
}

/// The account that a recipe will work with.
pub(crate) struct Account<'a> {
    shelf: &'a Shelf,
    preferred: Vec<String>,
    works: Option<Works>,
    listings: BTreeMap<String, Listing>,
}

impl<'a> Account<'a> {
    /// The account of the workspace for a recipe.
    pub(crate) fn of(shelf: &'a Shelf, plan: &Plan) -> Self {
        let preferred = plan.connections().into_iter().collect();
        Self { shelf, preferred, works: None, listings: BTreeMap::new() }
    }

    /// The things of a kind, such as `user`.
    pub(crate) async fn list(&mut self, kind: &str) -> Listing {
        if let Some(known) = self.listings.get(kind) {
            return known.clone();
        }
        let listing = match self.read(kind).await {
            Ok(listing) => listing,
            Err(trouble) => Listing::Unknown(trouble.0),
        };
        self.listings.insert(kind.to_owned(), listing.clone());
        listing
    }

    async fn read(&mut self, kind: &str) -> Result<Listing, Trouble> {
        let (connection, selector) = self.selector(kind)?;
        if self.works.is_none() {
            let store = SqliteStore::in_memory().map_err(|error| Trouble::new(error.to_string()))?;
            let connections = &self.shelf.workspace.connections;
            self.works = Some(Works::build(self.shelf, connections, Arc::new(store), false)?);
        }
        let works = self.works.as_ref().expect("invariant: it was built just now");
        let Some((connection, connector)) = works.connections.get(&connection) else {
            return Err(Trouble::new(format!("The connection `{connection}` cannot be used.")));
        };
        let call = Call {
            operation: selector.list.clone(),
            input: json!(selector.input),
            connection: Arc::clone(connection),
            deadline: works.clock.now() + PATIENCE,
            idempotency_key: format!("list-{kind}"),
            standing: bellhop_connector::Standing::default(),
        };
        match connector.call(call).await {
            Outcome::Done(list) => Ok(Listing::Known { items: items(&list, &selector), open: selector.open }),
            Outcome::Failed(failure) => Err(Trouble::new(works.redact_text(&failure.message))),
        }
    }

    /// How a kind is listed, and by which connection: one that the recipe uses, where it can.
    fn selector(&self, kind: &str) -> Result<(String, Selector), Trouble> {
        if self.shelf.workspace.source.is_none() && !self.shelf.environment.contains_key(crate::plan::TOKEN) {
            return Err(Trouble::new("No account is connected: this folder has no bellhop.yaml."));
        }
        let can = self.shelf.workspace.connections.values().filter_map(|connection| {
            let manifest = self.shelf.catalogue.get(&connection.connector)?;
            Some((connection.name.clone(), manifest.selectors.get(kind)?.clone()))
        });
        let all: Vec<_> = can.collect();
        let preferred = all.iter().find(|(name, _)| self.preferred.contains(name));
        preferred.or(all.first()).cloned().ok_or_else(|| {
            Trouble::new(format!("No connection of this workspace can list {}.", plural(kind)))
        })
    }
}

fn items(list: &Value, selector: &Selector) -> Vec<Item> {
    let text = |item: &Value, key: &str| match &item[key] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let mut items: Vec<Item> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let id = text(item, &selector.id)?;
            Some(Item { name: text(item, &selector.name).unwrap_or_else(|| id.clone()), id })
        })
        .collect();
    items.sort_by_key(|item| item.name.to_lowercase());
    items
}

/// The thing that a word means: an id, or a name in any case.
///
/// # Errors
/// A sentence with the nearest names.
pub(crate) fn resolve(word: &str, kind: &str, items: &[Item], open: bool) -> Result<String, String> {
    let (word, kind_in_words) = (word.trim(), kind.replace('_', " "));
    if let Some(item) = items.iter().find(|item| item.id == word) {
        return Ok(item.id.clone());
    }
    let wanted = word.to_lowercase();
    let called: Vec<&Item> = items.iter().filter(|item| item.name.to_lowercase() == wanted).collect();
    match called.as_slice() {
        [one] => return Ok(one.id.clone()),
        [] => {}
        several => {
            let ids: Vec<_> = several.iter().map(|item| item.id.as_str()).collect();
            return Err(format!(
                "There are {} {} called `{word}`. Give the id of one: {}.",
                several.len(),
                plural(kind),
                ids.join(", ")
            ));
        }
    }
    if open && !word.is_empty() {
        return Ok(word.to_owned());
    }
    let near: Vec<&str> = items
        .iter()
        .map(|item| item.name.as_str())
        .filter(|name| name.to_lowercase().contains(&wanted))
        .collect();
    let near = match (wanted.is_empty(), near.as_slice()) {
        (false, [_, ..]) => near,
        _ => closest(word, items.iter().map(|item| item.name.as_str())).into_iter().collect(),
    };
    if near.is_empty() {
        return Err(format!("There is no {kind_in_words} `{word}`. {}", names(kind, items)));
    }
    let near: Vec<_> = near.iter().take(TOLD).map(|name| format!("`{name}`")).collect();
    Err(format!("There is no {kind_in_words} `{word}`. Did you mean {}?", near.join(" or ")))
}

/// What there is, as a sentence.
pub(crate) fn names(kind: &str, items: &[Item]) -> String {
    let names: Vec<_> = items.iter().take(TOLD).map(|item| item.name.as_str()).collect();
    match items.len() {
        0 => format!("The account has no {}.", plural(kind)),
        all if all > TOLD => format!("There are {all}, among them: {}.", names.join(", ")),
        _ => format!("There are: {}.", names.join(", ")),
    }
}

/// `users`, `custom fields`, `businesses`.
pub(crate) fn plural(kind: &str) -> String {
    let words = kind.replace('_', " ");
    if words.ends_with('s') { format!("{words}es") } else { format!("{words}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<Item> {
        let item = |id: &str, name: &str| Item { id: id.into(), name: name.into() };
        vec![
            item("u1", "Ines Albury"),
            item("u2", "Tomas Reed"),
            item("u3", "Kim Lee"),
            item("u4", "Kim Lee"),
        ]
    }

    #[test]
    fn ids_and_names_are_found() {
        assert_eq!(resolve("u2", "user", &people(), false).as_deref(), Ok("u2"));
        assert_eq!(resolve(" ines albury ", "user", &people(), false).as_deref(), Ok("u1"));
        assert_eq!(resolve("brand new", "tag", &people(), true).as_deref(), Ok("brand new"));
    }

    #[test]
    fn what_is_not_found_is_told_with_the_nearest() {
        for (word, open, told) in [
            ("Kim Lee", false, "There are 2 users called `Kim Lee`. Give the id of one: u3, u4."),
            ("Kim Lee", true, "There are 2 users called `Kim Lee`. Give the id of one: u3, u4."),
            ("Ines Albry", false, "There is no user `Ines Albry`. Did you mean `Ines Albury`?"),
            ("tomas", false, "There is no user `tomas`. Did you mean `Tomas Reed`?"),
            (
                "e",
                false,
                "There is no user `e`. Did you mean `Ines Albury` or `Tomas Reed` or `Kim Lee` or `Kim Lee`?",
            ),
            (
                "xyzzy",
                false,
                "There is no user `xyzzy`. There are: Ines Albury, Tomas Reed, Kim Lee, Kim Lee.",
            ),
            ("", true, "There is no user ``. There are: Ines Albury, Tomas Reed, Kim Lee, Kim Lee."),
        ] {
            assert_eq!(resolve(word, "user", &people(), open).unwrap_err(), told);
        }
    }

    #[test]
    fn kinds_have_a_plural() {
        assert_eq!(plural("custom_field"), "custom fields");
        assert_eq!(plural("business"), "businesses");
    }
}
