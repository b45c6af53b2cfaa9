//! What can be wrong with a secret, in sentences that say what to do. They name secrets, they never hold one.

use std::path::PathBuf;

use thiserror::Error;

/// Why a secret could not be had or kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// A named secret is nowhere.
    #[error("There is no secret named {name}. {}", remedy(.name, .variable, *.can_be_set))]
    Missing {
        /// Its name.
        name: String,
        /// The environment variable that could hold it.
        variable: String,
        /// Whether it could be kept in the vault's folder.
        can_be_set: bool,
    },
    /// A sealed secret that the key at hand does not open.
    #[error(
        "The secret {name} in {} is sealed, and the key at hand does not open it. Bring back the key it was sealed with (the file `bellhop secrets list` names, or the variable BELLHOP_KEY), or set the secret anew with `bellhop secrets set {name}`.",
        .file.display()
    )]
    Closed {
        /// Its name.
        name: String,
        /// Its file.
        file: PathBuf,
    },
    /// A key that is none.
    #[error(
        "The key in {0} is not one: 32 bytes in Base64 are wanted, for instance from `openssl rand -base64 32`. Bring back the right one."
    )]
    BadKey(String),
    /// There is nowhere a key to seal with.
    #[error(
        "There is no key to seal secrets with. Set the variable BELLHOP_KEY to 32 bytes in Base64, for instance from `openssl rand -base64 32`."
    )]
    NoKey,
    /// The system gives no random numbers.
    #[error(
        "The operating system gives no random numbers, and without them nothing can be sealed. Try again later."
    )]
    NoRandomness,
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
    #[error("{} cannot be written: {reason}. Make the folder writable; a renewed token that is not kept must be authorised again.", .file.display())]
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

fn remedy(name: &str, variable: &str, can_be_set: bool) -> String {
    if can_be_set {
        format!("Keep it with `bellhop secrets set {name}`, or set the environment variable {variable}.")
    } else {
        format!("Set the environment variable {variable}.")
    }
}
