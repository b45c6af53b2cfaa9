//! The sandbox's signing keys and what they sign: the raw bytes of a webhook body (facts 5.4).
//!
//! The keys are shipped, public and worthless (`keys/README.md`).

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};

const ED25519_KEY: &[u8] = include_bytes!("../keys/sandbox-ed25519.pk8");
const RSA_KEY: &[u8] = include_bytes!("../keys/sandbox-rsa.pk8");
const RSA_PUBLIC_KEY: &str = include_str!("../keys/sandbox-rsa-public.pem");
/// SubjectPublicKeyInfo of an Ed25519 key up to the 32 raw bytes (RFC 8410).
const SPKI_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Both signatures of one body, in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The header `x-ghl-signature`: Ed25519, 64 bytes before encoding.
    pub ed25519: String,
    /// The header `x-wh-signature`: RSA PKCS#1 v1.5 with SHA-256, 512 bytes before encoding.
    pub rsa: String,
}

/// The two key pairs.
#[derive(Debug)]
pub(crate) struct Keys {
    ed25519: Ed25519KeyPair,
    rsa: RsaKeyPair,
}

impl Keys {
    pub(crate) fn shipped() -> Self {
        Self {
            ed25519: Ed25519KeyPair::from_pkcs8(ED25519_KEY).expect("the shipped Ed25519 key is PKCS#8"),
            rsa: RsaKeyPair::from_pkcs8(RSA_KEY).expect("the shipped RSA key is PKCS#8"),
        }
    }

    pub(crate) fn ed25519(&self, body: &[u8]) -> String {
        STANDARD.encode(self.ed25519.sign(body))
    }

    /// Some milliseconds of work.
    pub(crate) fn rsa(&self, body: &[u8]) -> String {
        let mut signature = vec![0; self.rsa.public().modulus_len()];
        self.rsa
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature)
            .expect("a buffer of the modulus' length holds the signature");
        STANDARD.encode(signature)
    }

    /// Base64 of the SubjectPublicKeyInfo.
    pub(crate) fn ed25519_public(&self) -> String {
        let mut spki = SPKI_HEAD.to_vec();
        spki.extend_from_slice(self.ed25519.public_key().as_ref());
        STANDARD.encode(spki)
    }

    /// PEM of the SubjectPublicKeyInfo.
    pub(crate) fn rsa_public() -> &'static str {
        RSA_PUBLIC_KEY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    #[test]
    fn the_public_halves_verify_what_the_keys_sign() {
        let keys = Keys::shipped();
        let body = br#"{"type":"ContactCreate"}"#;
        let spki = STANDARD.decode(keys.ed25519_public()).unwrap();
        let signature = STANDARD.decode(keys.ed25519(body)).unwrap();
        assert_eq!(signature.len(), 64);
        UnparsedPublicKey::new(&ED25519, &spki[12..]).verify(body, &signature).unwrap();

        let pem: String = Keys::rsa_public().lines().filter(|line| !line.starts_with('-')).collect();
        let spki = STANDARD.decode(pem).unwrap();
        // A 4096-bit SubjectPublicKeyInfo has 24 bytes before the PKCS#1 key.
        assert_eq!(&spki[24..], keys.rsa.public().as_ref());
        let signature = STANDARD.decode(keys.rsa(body)).unwrap();
        assert_eq!(signature.len(), 512);
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki[24..]).verify(body, &signature).unwrap();
    }
}
