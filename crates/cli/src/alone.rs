//! One `serve` for a store: two would each spend the whole of an app's limits, ask the apps twice and tell everything
//! twice. Commands such as `runs retry` are welcome beside it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::trouble::Trouble;

/// Takes the place of the one that serves this store. The place is free again when the file is dropped, or however the
/// process ends. None where the file system has no locks: then it is believed.
pub(crate) fn alone(store: &Path) -> Result<Option<File>, Trouble> {
    let mut path = store.as_os_str().to_owned();
    path.push("-serving");
    let path = Path::new(&path);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| Trouble::writing(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Trouble::new(format!(
            "Another `bellhop serve` works on {}: stop that one first, or name another store in bellhop.yaml (`store: sqlite:FILE`).",
            store.display()
        ))),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::alone;

    #[test]
    fn a_store_is_served_by_one_and_then_by_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = folder.path().join("bellhop.db");
        let first = alone(&store).expect("nobody else serves it");
        let second = alone(&store).expect_err("somebody serves it").to_string();
        assert!(second.contains("Another `bellhop serve`"), "{second}");
        drop(first);
        alone(&store).expect("it is free again");
    }
}
