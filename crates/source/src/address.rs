//! Addresses: places in a document by structure rather than by line (RFC 6901, JSON Pointer).

use std::fmt;
use std::sync::Arc;

/// A place in a document, such as `/steps/2/contacts.add_tags/tags`. The root is the empty string.
///
/// The same address is used by diagnostics, schema errors, journal entries and tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(Arc<str>);

impl Address {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `name` of the mapping at this address. `~` and `/` are escaped as RFC 6901 says.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{escaped}", self.0).into())
    }

    /// The item `index` (from 0) of the list at this address.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0).into())
    }

    /// The text of the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}
