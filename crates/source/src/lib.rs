//! Bellhop: source.
