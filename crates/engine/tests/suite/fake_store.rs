//! The store that the engine's tests use keeps the word that every store gives.

use crate::support::store::MemoryStore;

#[test]
fn the_store_of_these_tests_keeps_a_stores_word() {
    for (_, check) in bellhop_journal::conformance::CHECKS {
        crate::support::on_one_thread(check(&MemoryStore::default()));
    }
}
