//! Secrets: finds them, hands them out, renews tokens once for many callers, and takes every trace of them out of
//! texts. It reads no environment by itself (the cli hands it in), and knows neither databases nor recipes.
//!
//! Start at [`Vault`]; then [`Redactor`] and [`TokenSource`].

mod error;
mod files;
mod redactor;
mod seal;
mod secret;
mod tokens;
mod vault;

pub use error::VaultError;
pub use redactor::{MASK, Redactor};
pub use secret::{Reference, Secret};
pub use tokens::{Persist, TokenSource, Tokens};
pub use vault::{Listed, Secrets, Vault};
