//! `bellhop backup` and `bellhop restore`: a copy of the store, made while it is in use, and brought back with care.

use std::path::Path;

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_store::BackupError;

use crate::arguments::{BackupArguments, RestoreArguments};
use crate::audit::{self, Act, Audit, Did};
use crate::compose::Shelf;
use crate::trouble::{Ending, Trouble};

/// Copies the workspace's store.
pub(crate) fn backup(arguments: &BackupArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let copied =
        bellhop_store::back_up(&shelf.workspace.store, &arguments.file).map_err(|error| trouble(&error))?;
    anstream::println!(
        "{} holds {} runs ({} KiB), and has been read through.",
        arguments.file.display(),
        copied.runs,
        copied.bytes / 1024
    );
    anstream::eprintln!(
        "Recipes, bellhop.yaml, secrets and their key are not in it: keep copies of these as well."
    );
    Ok(Ending::Fine)
}

/// Puts a copy in the place of the workspace's store.
pub(crate) fn restore(arguments: &RestoreArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let store = &shelf.workspace.store;
    let book = Audit::open(&shelf)?;
    let restored =
        bellhop_store::restore(&arguments.file, store, SystemClock.now()).map_err(|error| trouble(&error))?;
    book.keep(&Act {
        before: restored.before.as_ref().map(|before| before.display().to_string()),
        after: Some(arguments.file.display().to_string()),
        ..Act::now(&audit::who(&shelf, arguments.by.as_deref()), Did::Restore)
    })?;
    anstream::println!("{} holds {} runs of the copy.", store.display(), restored.runs);
    if let Some(before) = &restored.before {
        anstream::println!("The store that was there before is {} now.", before.display());
    }
    if restored.held_back > 0 {
        anstream::println!(
            "{} of the runs may have gone on after the copy was made, and need a person: `bellhop runs list --needs-attention`.",
            restored.held_back
        );
    }
    Ok(Ending::Fine)
}

fn trouble(error: &BackupError) -> Trouble {
    Trouble::new(format!("{error}."))
}
