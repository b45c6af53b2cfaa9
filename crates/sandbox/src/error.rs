//! Why a sandbox could not be started.

use std::net::SocketAddr;

/// Why a sandbox could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not this machine's.
    #[error(
        "The sandbox cannot listen on {address}: {cause}. Stop what listens there, or choose another address"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// The webhook sender's HTTP client cannot be made.
    #[error("The sandbox's webhook sender cannot start: {0}")]
    Client(#[source] reqwest::Error),
}
