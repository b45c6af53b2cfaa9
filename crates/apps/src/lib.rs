//! Bellhop: apps.
