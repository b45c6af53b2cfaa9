//! Whether the sender of an own webhook knows the secret that its recipe asks for (`verify`, rule R7). Nothing is told of
//! how far a wrong proof was right: every comparison takes the same time.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bellhop_engine::{Proof, Verify};
use ring::hmac::{HMAC_SHA256, Key, sign, verify};

/// What some senders write before a signature.
const ALGORITHM: &str = "sha256=";
/// What many senders write before a token.
const BEARER: &str = "bearer ";

/// Whether the headers hold the proof that `wanted` asks for, made with `secret`, for this body. Where a header is there
/// several times, one of them must be right.
pub(crate) fn holds(wanted: &Verify, secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    // Without a secret everybody would know it.
    if secret.is_empty() {
        return false;
    }
    let key = Key::new(HMAC_SHA256, secret.as_bytes());
    let written = headers.get_all(wanted.header.as_str()).into_iter();
    written.filter_map(|value| value.to_str().ok()).map(str::trim).any(|value| match wanted.proof {
        Proof::Token => is_secret(&key, value, secret),
        Proof::HmacSha256 => {
            let value = without(value, ALGORITHM);
            signatures(value).iter().any(|signature| verify(&key, body, signature).is_ok())
        }
    })
}

/// Whether a header is the secret, with or without `Bearer ` before it. What is compared are their digests, in a time
/// that does not depend on where they differ.
fn is_secret(key: &Key, value: &str, secret: &str) -> bool {
    let tag = sign(key, secret.as_bytes());
    let same = |value: &str| verify(key, value.as_bytes(), tag.as_ref()).is_ok();
    same(value) || same(without(value, BEARER))
}

fn without<'v>(value: &'v str, prefix: &str) -> &'v str {
    match value.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => value[prefix.len()..].trim_start(),
        _ => value,
    }
}

/// What a signature may stand for: hexadecimal, or Base64 of either alphabet, with or without its padding.
fn signatures(text: &str) -> Vec<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    let of_base64 = [STANDARD_NO_PAD.decode(bare), URL_SAFE_NO_PAD.decode(bare)];
    hexadecimal(text).into_iter().chain(of_base64.into_iter().flatten()).collect()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};
    use bellhop_engine::{Proof, Verify};

    use super::holds;

    const BODY: &[u8] = br#"{"word":"hook"}"#;
    /// HMAC-SHA256 of [`BODY`] with the key `open sesame`, by another program.
    const HEX: &str = "7ec0c131a0505fd7ca8d46484873a4f70ba5d11d70c570bc2418057b9fada1e5";
    const BASE64: &str = "fsDBMaBQX9fKjUZISHOk9wul0R1wxXC8JBgFe5+toeU=";

    fn proves(proof: Proof, headers: &[(&'static str, &str)]) -> bool {
        let wanted = Verify { header: "X-Proof".to_owned(), secret: "form".to_owned(), proof };
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's value"))
            })
            .collect();
        holds(&wanted, "open sesame", &headers, BODY)
    }

    #[test]
    fn a_token_is_the_secret_itself() {
        for (value, right) in [
            ("open sesame", true),
            ("Bearer open sesame", true),
            ("bearer  open sesame ", true),
            ("open sesame!", false),
            ("Open sesame", false),
            ("open", false),
            ("Bearer", false),
            ("", false),
            (HEX, false),
        ] {
            assert_eq!(proves(Proof::Token, &[("x-proof", value)]), right, "{value}");
        }
        assert!(!proves(Proof::Token, &[]));
        assert!(!proves(Proof::Token, &[("x-other", "open sesame")]));
        assert!(proves(Proof::Token, &[("x-proof", "wrong"), ("x-proof", "open sesame")]));
    }

    #[test]
    fn a_signature_is_read_as_hexadecimal_and_as_base64() {
        let upper = HEX.to_ascii_uppercase();
        let prefixed = format!("sha256={HEX}");
        let unpadded = BASE64.trim_end_matches('=');
        let url_safe = BASE64.replace('+', "-").replace('/', "_");
        for value in [HEX, &upper, &prefixed, BASE64, unpadded, &url_safe] {
            assert!(proves(Proof::HmacSha256, &[("x-proof", value)]), "{value}");
        }
        let shorter = &HEX[..62];
        let other = HEX.replacen(&HEX[..1], if HEX.starts_with('0') { "1" } else { "0" }, 1);
        for value in ["open sesame", "", "sha256=", "é", shorter, &other] {
            assert!(!proves(Proof::HmacSha256, &[("x-proof", value)]), "{value}");
        }
    }

    #[test]
    fn an_empty_secret_opens_nothing() {
        let wanted = Verify { header: "X-Proof".to_owned(), secret: "form".to_owned(), proof: Proof::Token };
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static("x-proof"), HeaderValue::from_static(""))]);
        assert!(!holds(&wanted, "", &headers, BODY));
    }
}
