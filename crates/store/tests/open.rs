//! A store that cannot be opened says why and what to do.

use std::path::Path;

use bellhop_store::{OpenError, SqliteStore};
use rusqlite::Connection;

fn refusal(path: &Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

#[test]
fn a_missing_folder_is_named_and_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("data");
    let error = refusal(&missing.join("bellhop.db"));
    assert!(matches!(&error, OpenError::MissingFolder(path) if *path == missing), "{error:?}");
    assert!(error.to_string().contains("create it"), "{error}");
    assert!(!missing.exists());
}

#[test]
fn what_is_no_store_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("notes.txt");
    let words = "Call Ana Quill back on Monday. ".repeat(200);
    std::fs::write(&text, &words).expect("a file");
    assert!(matches!(refusal(&text), OpenError::NotAStore(_)));
    assert_eq!(std::fs::read_to_string(&text).expect("the file"), words);

    assert!(matches!(refusal(folder.path()), OpenError::NotAStore(_)));

    let foreign = folder.path().join("photos.db");
    let other = Connection::open(&foreign).expect("a database");
    other.execute_batch("CREATE TABLE photos (name TEXT)").expect("a table");
    drop(other);
    let before = std::fs::read(&foreign).expect("the file");
    assert!(matches!(refusal(&foreign), OpenError::NotAStore(_)));
    assert_eq!(std::fs::read(&foreign).expect("the file"), before);
}

#[test]
fn a_store_of_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    drop(SqliteStore::open(&path).expect("a new store"));
    let connection = Connection::open(&path).expect("the file");
    connection.pragma_update(None, "user_version", 99).expect("a version");
    drop(connection);
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("start the newer one"), "{error}");
}

#[test]
fn a_locked_store_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let other = Connection::open(&path).expect("a database");
    other.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Locked(_)), "{error:?}");
}

#[test]
fn an_empty_file_becomes_a_store_and_a_store_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    std::fs::write(&path, "").expect("an empty file");
    for _ in 0..2 {
        let store = SqliteStore::open(&path).expect("a store");
        assert_eq!(store.close(), Ok(()));
    }
    // Closed in order, a store is the one file.
    assert!(!folder.path().join("bellhop.db-wal").exists());
}

#[cfg(unix)]
#[test]
fn a_new_store_is_for_its_owners_eyes() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let _store = SqliteStore::open(&path).expect("a store");
    let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
