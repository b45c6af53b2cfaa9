//! Bellhop: template.
