//! Reads a public key as senders publish it (SubjectPublicKeyInfo, RFC 5280, 4.1.2.7; as PEM or the base64 of its DER)
//! down to the bytes that a verifier takes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bellhop_connector::SignatureAlgorithm;

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// 1.3.101.112 (RFC 8410).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.2.840.113549.1.1.1 (RFC 8017).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The key inside, where the text is a key of this algorithm.
pub(crate) fn public_key(text: &str, algorithm: SignatureAlgorithm) -> Option<Vec<u8>> {
    let base64: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("-----"))
        .flat_map(str::split_whitespace)
        .collect();
    let der = STANDARD.decode(base64).ok()?;
    let (info, rest) = element(&der, SEQUENCE)?;
    let (algorithm_identifier, info) = element(info, SEQUENCE)?;
    let (identifier, _) = element(algorithm_identifier, OBJECT_IDENTIFIER)?;
    let (bits, end) = element(info, BIT_STRING)?;
    let (unused, key) = bits.split_first()?;
    let expected = match algorithm {
        SignatureAlgorithm::Ed25519 => ED25519,
        SignatureAlgorithm::RsaSha256 => RSA_ENCRYPTION,
    };
    let whole = rest.is_empty() && end.is_empty() && *unused == 0 && identifier == expected;
    let fits = algorithm != SignatureAlgorithm::Ed25519 || key.len() == 32;
    (whole && fits).then(|| key.to_vec())
}

/// The content of the DER element that `bytes` begin with, and what comes after it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, bytes) = bytes.split_first()?;
    let (first, bytes) = bytes.split_first()?;
    if *found != tag {
        return None;
    }
    let (length, bytes) = match first {
        0..=0x7f => (usize::from(*first), bytes),
        0x81..=0x84 => {
            let (digits, bytes) = bytes.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), bytes)
        }
        _ => return None,
    };
    bytes.split_at_checked(length)
}
