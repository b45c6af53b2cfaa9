//! Bellhop: journal.
