//! How a command ends: well, with problems found (exit 1), or not done at all (exit 2, one sentence).

use std::fmt;
use std::process::ExitCode;

/// How a command that could be done ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is well: exit 0.
    Fine,
    /// The thing asked about has problems: exit 1.
    Problems,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Fine => ExitCode::SUCCESS,
            Ending::Problems => ExitCode::from(1),
        }
    }
}

/// Why a command could not be done: a sentence that says what to do. Exit 2.
#[derive(Debug)]
pub(crate) struct Trouble(pub(crate) String);

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Trouble {
    /// A sentence.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file that cannot be read.
    pub(crate) fn reading(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self(format!("Cannot read {}: {error}.", path.display()))
    }

    /// A file that cannot be written.
    pub(crate) fn writing(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self(format!("Cannot write {}: {error}.", path.display()))
    }
}
