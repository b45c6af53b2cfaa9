//! Bellhop: engine.
