//! Signatures of deliveries, over the raw bytes: Ed25519 (RFC 8032) and RSA PKCS#1 v1.5 with SHA-256. What a delivery
//! says is not looked at here.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bellhop_connector::{Connection, Delivery, SignatureAlgorithm, WebhookSpec};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use crate::spki;

/// Some senders write this into a header instead of leaving it out.
const ABSENT: &str = "N/A";

/// A connection's keys, one for each rule, read once. An error is a sentence.
pub(crate) struct Keys(Vec<Result<Key, String>>);

enum Key {
    Ed25519(Box<VerifyingKey>),
    Rsa(UnparsedPublicKey<Vec<u8>>),
}

impl Key {
    fn read(text: &str, algorithm: SignatureAlgorithm) -> Option<Self> {
        let bytes = spki::public_key(text, algorithm)?;
        match algorithm {
            SignatureAlgorithm::Ed25519 => {
                VerifyingKey::try_from(bytes.as_slice()).ok().map(|key| Self::Ed25519(Box::new(key)))
            }
            SignatureAlgorithm::RsaSha256 => {
                Some(Self::Rsa(UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bytes)))
            }
        }
    }

    fn has_signed(&self, body: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => {
                Signature::from_slice(signature).is_ok_and(|signature| key.verify(body, &signature).is_ok())
            }
            Self::Rsa(key) => key.verify(body, signature).is_ok(),
        }
    }
}

impl Keys {
    /// The manifest's keys, with the connection's own in their place.
    pub(crate) fn new(webhook: &WebhookSpec, connection: &Connection) -> Self {
        let keys = webhook.signatures.iter().map(|rule| {
            let text = connection.webhook.get(&rule.key_setting).unwrap_or(&rule.key);
            Key::read(text, rule.algorithm).ok_or_else(|| {
                format!(
                    "the key {} of the connection {} cannot be read; give it as PEM or as the base64 of its DER",
                    rule.key_setting, connection.name
                )
            })
        });
        Self(keys.collect())
    }

    /// Whether the delivery is signed by its sender. The first rule whose header is there decides; a wrong signature is
    /// not made good by another one.
    pub(crate) fn check(&self, webhook: &WebhookSpec, delivery: &Delivery<'_>) -> Result<(), String> {
        for (rule, key) in webhook.signatures.iter().zip(&self.0) {
            let Some(written) = delivery.header(&rule.header).map(str::trim) else { continue };
            if written.is_empty() || written.eq_ignore_ascii_case(ABSENT) {
                continue;
            }
            let key = key.as_ref().map_err(Clone::clone)?;
            let signature =
                STANDARD.decode(written).map_err(|_| format!("the header {} is not base64", rule.header))?;
            if key.has_signed(delivery.body, &signature) {
                return Ok(());
            }
            return Err(format!(
                "the signature in {} ({} bytes) is not the sender's",
                rule.header,
                signature.len()
            ));
        }
        let headers: Vec<_> = webhook.signatures.iter().map(|rule| rule.header.as_str()).collect();
        Err(format!("there is no signature in {}", headers.join(" or ")))
    }
}
