//! Bellhop: sandbox.
