//! Keeps recipes' versions and small named values.

use bellhop_journal::RecipeVersion;
use rusqlite::{Connection, OptionalExtension};

use crate::breaking::Refusal;
use crate::desk::Desk;

impl Desk {
    pub(crate) fn put_recipe(&mut self, version: &RecipeVersion) -> Result<(), Refusal> {
        // A run may have been quicker than the text of its recipe; a text that is there stays.
        self.connection
            .prepare_cached(
                "INSERT INTO recipes (recipe, version, text) VALUES (?1, ?2, ?3)
                 ON CONFLICT (recipe, version) DO UPDATE SET text = COALESCE(recipes.text, excluded.text)",
            )?
            .execute([&version.recipe, &version.version, &version.text])?;
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
) -> rusqlite::Result<Option<RecipeVersion>> {
    let text: Option<Option<String>> = connection
        .prepare_cached("SELECT text FROM recipes WHERE recipe = ?1 AND version = ?2")?
        .query_row([&recipe, &version], |row| row.get(0))
        .optional()?;
    Ok(text.flatten().map(|text| RecipeVersion { recipe, version, text }))
}

pub(crate) fn note(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM notes WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}
