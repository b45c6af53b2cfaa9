//! Whether files of the workspace have changed: looks at their times and sizes. That costs nothing and works on every file
//! system, also on those that tell nobody of a change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bellhop_clock::{Clock, SystemClock};
use jiff::SignedDuration;

/// The pause between two looks.
const PAUSE: SignedDuration = SignedDuration::from_millis(500);

/// What the files looked like: when each was changed, and its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl Look {
    /// The files and folders of these names below a folder. What cannot be looked at is not there.
    pub(crate) fn at(root: &Path, names: &[&str]) -> Self {
        let mut seen = BTreeMap::new();
        for name in names {
            look_at(&root.join(name), &mut seen);
        }
        Self(seen)
    }

    /// The files that are new, gone or different since.
    pub(crate) fn changes<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a Path> {
        let changed = self.0.iter().filter(|(path, look)| before.0.get(*path) != Some(*look));
        let gone = before.0.iter().filter(|(path, _)| !self.0.contains_key(*path));
        changed.chain(gone).map(|(path, _)| path.as_path())
    }
}

/// Waits for the next look.
pub(crate) async fn pause() {
    SystemClock.sleep_until(SystemClock.now().checked_add(PAUSE).unwrap_or(jiff::Timestamp::MAX)).await;
}

fn look_at(path: &Path, seen: &mut BTreeMap<PathBuf, (Option<SystemTime>, u64)>) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if about.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            look_at(&entry.path(), seen);
        }
    } else {
        seen.insert(path.to_owned(), (about.modified().ok(), about.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::Look;

    #[test]
    fn what_is_new_gone_or_different_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        let look = || Look::at(folder.path(), &["deep", "one.yaml"]);
        std::fs::create_dir(folder.path().join("deep")).expect("a folder");
        write("one.yaml", "a");
        write("deep/two.yaml", "a");
        write("other.yaml", "a");
        let before = look();
        assert_eq!(look(), before);
        write("other.yaml", "longer");
        assert_eq!(look(), before);
        write("one.yaml", "longer");
        write("deep/three.yaml", "a");
        std::fs::remove_file(folder.path().join("deep/two.yaml")).expect("removed");
        let after = look();
        let mut changes: Vec<_> =
            after.changes(&before).filter_map(|path| path.file_name()?.to_str()).collect();
        changes.sort_unstable();
        assert_eq!(changes, ["one.yaml", "three.yaml", "two.yaml"]);
    }
}
