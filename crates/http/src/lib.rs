//! Bellhop: http.
