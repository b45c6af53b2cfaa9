//! Keeps recipes' versions and small named values.

use rusqlite::{Connection, OptionalExtension, params};

use crate::breaking::Refusal;
use crate::desk::Desk;
use crate::rows::RecipeRow;

impl Desk {
    pub(crate) fn put_recipe(&mut self, version: &RecipeRow) -> Result<(), Refusal> {
        // A run may have been quicker than the text of its recipe; a text that is there stays.
        self.connection
            .prepare_cached(
                "INSERT INTO recipes (recipe, version, text, mappings) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (recipe, version) DO UPDATE
                 SET text = excluded.text, mappings = excluded.mappings WHERE recipes.text IS NULL",
            )?
            .execute(params![version.recipe, version.version, version.text, version.mappings])?;
        Ok(())
    }

    pub(crate) fn put_note(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        self.connection
            .prepare_cached(
                "INSERT INTO notes (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute([name, value])?;
        Ok(())
    }
}

pub(crate) fn recipe(
    connection: &Connection,
    recipe: String,
    version: String,
) -> rusqlite::Result<Option<RecipeRow>> {
    let found: Option<(Option<String>, Option<String>)> = connection
        .prepare_cached("SELECT text, mappings FROM recipes WHERE recipe = ?1 AND version = ?2")?
        .query_row([&recipe, &version], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(text, mappings)| Some(RecipeRow { recipe, version, text: text?, mappings })))
}

pub(crate) fn note(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM notes WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}
