//! `bellhop test --watch`: the tests again whenever a file that they may depend on has changed.
//!
//! It looks at the files' times and sizes twice a second; that costs nothing and works on every file system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bellhop_clock::{Clock, SystemClock};
use jiff::SignedDuration;

use super::once;
use crate::arguments::TestArguments;
use crate::trouble::{Ending, Trouble};
use crate::workspace;

/// The pause between two looks.
const PAUSE: SignedDuration = SignedDuration::from_millis(500);
/// What tests may depend on, below the workspace's folder.
const WATCHED: [&str; 3] = ["bellhop.yaml", "recipes", "connectors"];

/// What a file looked like: when it was changed, and its size.
type Look = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Runs the tests for ever. What is wrong with the workspace itself is told and waited for to be mended.
pub(super) async fn watch(arguments: &TestArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let root = workspace::root(asked)?;
    loop {
        let before = look(&root);
        if let Err(trouble) = once(arguments, asked).await {
            anstream::eprintln!("{trouble}");
        }
        anstream::eprintln!("Waiting for a change; Ctrl-C ends it.");
        let changed = loop {
            SystemClock.sleep_until(later()).await;
            if let Some(changed) = first_change(&before, &look(&root)) {
                break changed;
            }
        };
        anstream::println!("\n{} has changed.", changed.strip_prefix(&root).unwrap_or(&changed).display());
    }
}

fn later() -> jiff::Timestamp {
    SystemClock.now().checked_add(PAUSE).unwrap_or(jiff::Timestamp::MAX)
}

/// A file that is new, gone or different.
fn first_change(before: &Look, now: &Look) -> Option<PathBuf> {
    let changed = now.iter().find(|(path, look)| before.get(*path) != Some(*look));
    changed.or_else(|| before.iter().find(|(path, _)| !now.contains_key(*path))).map(|(path, _)| path.clone())
}

fn look(root: &Path) -> Look {
    let mut seen = Look::new();
    for name in WATCHED {
        look_at(&root.join(name), &mut seen);
    }
    seen
}

/// What cannot be looked at is not there.
fn look_at(path: &Path, seen: &mut Look) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if about.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            look_at(&entry.path(), seen);
        }
    } else {
        seen.insert(path.to_owned(), (about.modified().ok(), about.len()));
    }
}
