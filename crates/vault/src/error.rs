//! What can be wrong with a secret, in sentences that say what to do. They name secrets, they never hold one.

use std::path::PathBuf;

use thiserror::Error;

/// Why a secret could not be had or kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// A named secret is nowhere.
    #[error("There is no secret named {name}. {}", remedy(.variable, .file.as_ref()))]
    Missing {
        /// Its name.
        name: String,
        /// The environment variable that could hold it.
        variable: String,
        /// The file that could hold it, where the vault has a folder.
        file: Option<PathBuf>,
    },
    /// An environment variable is not set, or is empty.
    #[error(
        "The environment variable {0} is not set. Set it to the secret before bellhop is started, for instance with: export {0}=…"
    )]
    MissingVariable(String),
    /// A name that could lead out of the vault's folder.
    #[error("{0:?} cannot be the name of a secret. Use letters, digits, - and _ only.")]
    BadName(String),
    /// A file that cannot be read.
    #[error("The secret in {} cannot be read: {reason}. Correct the file or its permissions.", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file that cannot be written.
    #[error(
        "The renewed token cannot be written to {}: {reason}. Make the folder writable, or the connection must be authorised again.",
        .file.display()
    )]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is no folder to keep renewed tokens in.
    #[error(
        "The connection {0} signs in by OAuth, whose tokens change with every renewal, but there is no folder to keep them in. Give the workspace a folder for secrets."
    )]
    NoFolder(String),
}

fn remedy(variable: &str, file: Option<&PathBuf>) -> String {
    match file {
        Some(file) => {
            format!("Set the environment variable {variable}, or write it into the file {}.", file.display())
        }
        None => format!("Set the environment variable {variable}."),
    }
}
