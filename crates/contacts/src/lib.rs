//! Bellhop: contacts.
