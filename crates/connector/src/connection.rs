//! A connection: whose account, at which address, by which credentials. Secrets are named here, never held.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::RateLimit;

/// One connection of the workspace, as `bellhop.yaml` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Its name in the workspace; filled in from the key under `connections:`.
    #[serde(default)]
    pub name: String,
    /// The connector it belongs to; by default the connection's own name.
    #[serde(default)]
    pub connector: String,
    /// Instead of the manifest's address: a sandbox, a region, a test server.
    #[serde(default)]
    pub base_url: Option<String>,
    /// How it proves who it is.
    #[serde(default)]
    pub auth: AuthSetting,
    /// The settings that the manifest asks for, such as `location_id`, by name.
    #[serde(default)]
    pub settings: IndexMap<String, String>,
    /// Public keys of the webhook sender where they differ from the manifest's, by the rule's key name.
    #[serde(default)]
    pub webhook: IndexMap<String, String>,
    /// Instead of the manifest's rate limits, where an agreement with the app differs.
    #[serde(default)]
    pub rate_limits: Option<Vec<RateLimit>>,
}

/// How a connection proves who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AuthSetting {
    /// Nothing to prove.
    #[default]
    None,
    /// A token, key or secret address; the manifest says where it goes.
    Token(SecretReference),
    /// OAuth 2.0: an app's client and the refresh token it got.
    Oauth {
        /// Public id of the app.
        client_id: String,
        /// The app's secret.
        client_secret: SecretReference,
        /// The refresh token to begin with.
        refresh_token: SecretReference,
    },
}

/// Where a secret is to be found. The secret itself is only ever in the vault's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretReference {
    /// By name in the workspace's vault.
    Secret(String),
    /// In an environment variable of the process.
    Env(String),
}

impl Connection {
    /// A connection with only names; the rest empty.
    pub fn named(name: &str, connector: &str) -> Self {
        Self {
            name: name.into(),
            connector: connector.into(),
            base_url: None,
            auth: AuthSetting::None,
            settings: IndexMap::new(),
            webhook: IndexMap::new(),
            rate_limits: None,
        }
    }
}
