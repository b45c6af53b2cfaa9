//! Bellhop: connector.
