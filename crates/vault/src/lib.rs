//! Bellhop: vault.
