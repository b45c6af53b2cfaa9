//! Bellhop: clock.
