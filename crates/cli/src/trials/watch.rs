//! `bellhop test --watch`: the tests again whenever a file that they may depend on has changed.

use std::path::Path;

use super::once;
use crate::arguments::TestArguments;
use crate::trouble::{Ending, Trouble};
use crate::watched::{self, Look};
use crate::workspace;

/// What tests may depend on, below the workspace's folder.
const WATCHED: [&str; 4] = ["bellhop.yaml", "recipes", "mappings", "connectors"];

/// Runs the tests for ever. What is wrong with the workspace itself is told and waited for to be mended.
pub(super) async fn watch(arguments: &TestArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let root = workspace::root(asked)?;
    loop {
        let before = Look::at(&root, &WATCHED);
        if let Err(trouble) = once(arguments, asked).await {
            anstream::eprintln!("{trouble}");
        }
        anstream::eprintln!("Waiting for a change; Ctrl-C ends it.");
        loop {
            watched::pause().await;
            let now = Look::at(&root, &WATCHED);
            if let Some(changed) = now.changes(&before).next() {
                let changed = changed.strip_prefix(&root).unwrap_or(changed);
                anstream::println!("\n{} has changed.", changed.display());
                break;
            }
        }
    }
}
