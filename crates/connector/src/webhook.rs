//! The part of a manifest that says what an app tells by itself: how its deliveries are signed and read, and which
//! events they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Field, PollSpec, RecordSpec};

/// How deliveries are read and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSpec {
    /// The first rule whose header is present decides; none present: refused.
    pub signatures: Vec<SignatureRule>,
    /// Dotted path of the vendor's event name.
    pub event: String,
    /// Dotted path of the id that is the same for every delivery of an event.
    pub delivery_id: String,
    /// Dotted path of the account.
    #[serde(default)]
    pub account: Option<String>,
    /// The connection setting that must equal the account for a delivery to be the connection's: `location_id`.
    #[serde(default)]
    pub account_setting: Option<String>,
    /// Dotted path of the time it happened (ISO 8601).
    #[serde(default)]
    pub occurred_at: Option<String>,
}

/// One way in which a delivery may be signed. Always over the raw bytes of the body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureRule {
    /// Header that carries the signature in base64, in lower case.
    pub header: String,
    /// Which algorithm.
    pub algorithm: SignatureAlgorithm,
    /// Name under which a connection's `webhook:` may give another key.
    pub key_setting: String,
    /// The vendor's published key: SPKI as base64, or PEM.
    pub key: String,
}

/// Signature algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureAlgorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// RSA PKCS#1 v1.5 with SHA-256, keys of 2048 bits and more.
    RsaSha256,
}

/// One kind of event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventSpec {
    /// A short name for people: `Contact created`.
    pub title: String,
    /// When it comes.
    #[serde(default)]
    pub description: String,
    /// The vendor's name of it: `ContactCreate`.
    pub vendor_name: String,
    /// Dotted path of the data in the delivery; empty: the whole. The account is added to it under the spec's own key.
    #[serde(default)]
    pub unwrap: String,
    /// The record it is about: the first whose id is there.
    #[serde(default)]
    pub record: Vec<RecordSpec>,
    /// What a recipe sees as `trigger`.
    #[serde(default)]
    pub data: Field,
    /// A made-up delivery.
    #[serde(default)]
    pub sample: Value,
    /// The OAuth scopes a subscription needs.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How the app is asked for it, where that is possible.
    #[serde(default)]
    pub poll: Option<PollSpec>,
}
