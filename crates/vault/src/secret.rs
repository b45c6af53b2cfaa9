//! A secret, which shows itself only where it is asked to by name, and the reference by which it is asked for.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret text. Its memory is wiped when it goes; no formatting shows it.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text as secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself: only to send it where it belongs.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(crate::MASK)
    }
}

/// Where a secret is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// By name in the workspace's vault.
    Named(String),
    /// In an environment variable of the process.
    Environment(String),
}
