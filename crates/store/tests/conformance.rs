//! The journal's checks, on a file and in memory: both are the same store to whoever uses the port.

use bellhop_journal::conformance::CHECKS;
use bellhop_store::SqliteStore;

#[tokio::test]
async fn on_a_file() {
    for (name, check) in CHECKS {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("bellhop.db")).expect("a store");
        check(&store).await;
        assert_eq!(store.close(), Ok(()), "{name}");
    }
}

#[tokio::test]
async fn in_memory() {
    for (name, check) in CHECKS {
        let store = SqliteStore::in_memory().expect("a store");
        check(&store).await;
        assert_eq!(store.close(), Ok(()), "{name}");
    }
}
