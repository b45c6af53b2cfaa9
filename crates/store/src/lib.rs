//! Bellhop: store.
