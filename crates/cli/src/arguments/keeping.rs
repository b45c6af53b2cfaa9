//! Arguments of the commands that look after the store and the secrets.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `audit`.
#[derive(Args, Debug)]
pub(crate) struct AuditArguments {
    /// Only what was done then or later, such as `yesterday` or `2026-11-20`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `backup`.
#[derive(Args, Debug)]
pub(crate) struct BackupArguments {
    /// The file to make; it must not be there yet
    pub(crate) file: PathBuf,
}

/// Arguments of `restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreArguments {
    /// The copy
    pub(crate) file: PathBuf,
    /// Who restores it; by default the operating system's user
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Commands below `secrets`.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Keep a secret, sealed; it is typed unseen, or read from standard input
    Set {
        /// Its name, as `bellhop.yaml` says it: `{ secret: NAME }`
        name: String,
        /// Who keeps it; by default the operating system's user
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// The names of the secrets, how they are kept, and which connection needs them
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget a secret
    Rm {
        /// Its name
        name: String,
        /// Who forgets it; by default the operating system's user
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}
