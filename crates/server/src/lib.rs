//! Bellhop: server.
