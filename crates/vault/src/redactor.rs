//! Takes secrets out of texts, in every form in which they usually come along: as they are, percent-encoded, in
//! base64, escaped for JSON. It knows only what it was told; it guesses nothing from the look of a text.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{Engine as _, engine::general_purpose};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::Secret;

/// What stands where a secret was.
pub const MASK: &str = "•••";

/// A shorter secret protects nothing, and taking its letters out would eat every text.
const SHORTEST: usize = 4;

/// What addresses leave as it is.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Knows secrets and takes them out of texts. Clones share what they know.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    forms: BTreeSet<String>,
    finder: Option<Arc<AhoCorasick>>,
}

impl Redactor {
    /// A redactor that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on takes this secret out. One of fewer than four bytes is not taken: it would eat every text.
    pub fn register(&self, secret: &Secret) {
        let text = secret.expose();
        if text.len() < SHORTEST || self.read().forms.contains(text) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.forms.extend(forms(text));
        // The forms are plain texts, so building can only fail by their sheer size; then the last finder that worked stays.
        if let Ok(finder) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&known.forms)
        {
            known.finder = Some(Arc::new(finder));
        }
    }

    /// The text without any known secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.finder() {
            Some(finder) => without(&finder, text),
            None => Cow::Borrowed(text),
        }
    }

    /// Takes known secrets out of every text of a JSON value, keys too.
    pub fn redact_json(&self, value: &mut Value) {
        if let Some(finder) = self.finder() {
            walk(&finder, value);
        }
    }

    fn finder(&self) -> Option<Arc<AhoCorasick>> {
        self.read().finder.clone()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text without what the finder finds.
fn without<'t>(finder: &AhoCorasick, text: &'t str) -> Cow<'t, str> {
    // No form of a secret is shorter.
    if text.len() < SHORTEST {
        return Cow::Borrowed(text);
    }
    let mut redacted = String::new();
    let mut end = 0;
    for found in finder.find_iter(text) {
        redacted.push_str(&text[end..found.start()]);
        redacted.push_str(MASK);
        end = found.end();
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    redacted.push_str(&text[end..]);
    Cow::Owned(redacted)
}

fn walk(finder: &AhoCorasick, value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(redacted) = without(finder, text) {
                *text = redacted;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(finder, item)),
        Value::Object(members) => {
            if members.keys().any(|key| key.len() >= SHORTEST && finder.is_match(key)) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(key, member)| (without(finder, &key).into_owned(), member))
                    .collect();
            }
            members.values_mut().for_each(|member| walk(finder, member));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redactor").field("forms", &self.read().forms.len()).finish()
    }
}

/// Every form of a secret; of one that is a web address, its path is secret too.
fn forms(text: &str) -> Vec<String> {
    let mut forms = written_forms(text);
    if let Some((_, rest)) = text.split_once("://")
        && let Some(path) = rest.find('/').map(|at| &rest[at..])
        && path.len() >= 2 * SHORTEST
    {
        forms.extend(written_forms(path));
    }
    forms
}

fn written_forms(text: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(text, NOT_UNRESERVED).to_string();
    let mut forms = vec![text.to_owned(), lower_escapes(&encoded), encoded.replace("%20", "+"), encoded];
    if let Ok(quoted) = serde_json::to_string(text) {
        forms.push(quoted[1..quoted.len() - 1].replace('/', "\\/"));
        forms.push(quoted[1..quoted.len() - 1].to_owned());
    }
    for engine in [&general_purpose::STANDARD_NO_PAD, &general_purpose::URL_SAFE_NO_PAD] {
        forms.push(engine.encode(text));
        forms.push(general_purpose::STANDARD.encode(text));
        // Inside a longer text (`id:secret`) the letters depend on where the secret begins, modulo three; those at its
        // edges hold bits of its neighbours.
        for offset in 0..3 {
            let mut shifted = vec![0; offset];
            shifted.extend_from_slice(text.as_bytes());
            let letters = engine.encode(&shifted);
            let first = (offset * 8).div_ceil(6);
            let last = shifted.len() * 8 / 6;
            if last.saturating_sub(first) >= 2 * SHORTEST {
                forms.push(letters[first..last].to_owned());
            }
        }
    }
    forms
}

/// `%2B` as `%2b`, the letters outside of escapes as they are.
fn lower_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at(2.min(part.len()));
        text.push('%');
        text.push_str(&escape.to_lowercase());
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::new();
        for secret in secrets {
            redactor.register(&Secret::new(*secret));
        }
        redactor
    }

    #[test]
    fn takes_out_every_form() {
        let secret = "pit/ab+\"c d\"=9";
        let redactor = redactor(&[secret]);
        for text in [
            secret.to_owned(),
            "pit%2Fab%2B%22c%20d%22%3D9".to_owned(),
            "pit%2fab%2b%22c%20d%22%3d9".to_owned(),
            "pit%2Fab%2B%22c+d%22%3D9".to_owned(),
            "pit/ab+\\\"c d\\\"=9".to_owned(),
            "pit\\/ab+\\\"c d\\\"=9".to_owned(),
            general_purpose::STANDARD.encode(secret),
            general_purpose::URL_SAFE_NO_PAD.encode(secret),
        ] {
            assert_eq!(redactor.redact(&format!("x {text} y")), format!("x {MASK} y"), "{text}");
        }
    }

    #[test]
    fn of_an_address_the_path_alone_is_secret_as_well() {
        let redactor = redactor(&["https://hooks.example.com/services/T1/B2/zzz999"]);
        assert_eq!(redactor.redact("no route /services/T1/B2/zzz999 here"), "no route ••• here");
        assert_eq!(redactor.redact("hooks.example.com is down"), "hooks.example.com is down");
    }

    #[test]
    fn the_longest_secret_goes_whole() {
        assert_eq!(redactor(&["abcd", "abcdefgh"]).redact("abcdefgh abcd"), "••• •••");
    }

    #[test]
    fn what_is_too_short_is_left() {
        assert_eq!(redactor(&["", "a", "abc"]).redact("abcabc"), "abcabc");
    }

    #[test]
    fn json_loses_secrets_in_values_and_keys() {
        let mut value = json!({"a": ["token-9f", {"token-9f": 1}], "b": "x token-9f", "n": 7});
        redactor(&["token-9f"]).redact_json(&mut value);
        assert_eq!(value, json!({"a": [MASK, {MASK: 1}], "b": format!("x {MASK}"), "n": 7}));
    }

    proptest! {
        #[test]
        fn no_form_stays_wherever_it_stands(
            secret in "[a-zA-Z0-9/+=\"\\\\ é-]{4,40}", before in "[a-z]{0,9}", after in "[a-z]{0,9}",
        ) {
            let redactor = redactor(&[&secret]);
            let plain = format!("{before}{secret}{after}");
            prop_assert!(!redactor.redact(&plain).contains(&secret));
            let quoted = serde_json::to_string(&plain).unwrap();
            prop_assert!(redactor.redact(&quoted).contains(MASK));
            let encoded = utf8_percent_encode(&plain, NOT_UNRESERVED).to_string();
            prop_assert!(redactor.redact(&encoded).contains(MASK));
            if secret.len() >= 12 {
                let base = general_purpose::STANDARD.encode(&plain);
                prop_assert!(redactor.redact(&base).contains(MASK), "{}", base);
            }
        }

        #[test]
        fn other_texts_are_left_alone(text in "[a-z ]{0,60}") {
            prop_assert_eq!(redactor(&["0123456789abcdef"]).redact(&text), text.as_str());
        }
    }
}
