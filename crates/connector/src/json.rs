//! Reading JSON that others have written. Programs that cut texts off may cut a character in half and write what is left of
//! it (`\ud83d` without its other half), which no text can hold; it is read as the sign for a character that is missing. Others
//! put a mark of the byte order before their text, which is no part of it. Nothing else is forgiven.

use serde_json::Value;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What an escape of one unit takes: a backslash, a `u` and four digits.
const ESCAPE: usize = 6;

/// The value that the bytes are. Halves of characters become U+FFFD.
///
/// # Errors
/// What is wrong with the text as it stands.
pub fn read_json(text: &[u8]) -> Result<Value, serde_json::Error> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    serde_json::from_slice(text).or_else(|error| match without_halves(text) {
        Some(whole) => serde_json::from_slice(&whole).map_err(|_| error),
        None => Err(error),
    })
}

/// The text with a sign in place of each half of a character; none where it has no halves.
fn without_halves(text: &[u8]) -> Option<Vec<u8>> {
    let mut whole: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += found;
        at += match (unit(text, at), unit(text, at + ESCAPE)) {
            (None, _) => 2,
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
            (Some(0xd800..=0xdfff), _) => {
                let whole = whole.get_or_insert_with(|| text.to_vec());
                whole[at..at + ESCAPE].copy_from_slice(b"\\ufffd");
                ESCAPE
            }
            (Some(_), _) => ESCAPE,
        };
    }
    whole
}

/// The unit that is escaped at a place.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|four| four.bytes().all(|one| one.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_characters_are_read_and_nothing_else_is_forgiven() {
        for (text, read) in [
            (r#"{"name":"Ana \ud83d"}"#, "Ana \u{fffd}"),
            (r#"{"name":"\ud83dAna"}"#, "\u{fffd}Ana"),
            (r#"{"name":"\uDE00"}"#, "\u{fffd}"),
            (r#"{"name":"\ud83d\ud83d\ude00\n"}"#, "\u{fffd}\u{1f600}\n"),
            (r#"{"name":"\ud83d\u0041"}"#, "\u{fffd}A"),
            (r#"{"name":"\\ud83d \ude00"}"#, "\\ud83d \u{fffd}"),
            (r#"{"name":"\ud83d\ude00"}"#, "\u{1f600}"),
        ] {
            let value = read_json(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(value["name"], read, "{text}");
        }
        assert_eq!(read_json(br#"{"\ud83d":1}"#).expect("a key")["\u{fffd}"], 1);
        assert_eq!(read_json("\u{feff}[1]".as_bytes()).expect("a list"), serde_json::json!([1]));
        for broken in [
            "\u{feff}\u{feff}[1]",
            r#"{"name":"\ud83"}"#,
            r#"{"name":"\ud83d"#,
            r#"{"name":"\ud83d\"}"#,
            r#"["\ud83d"] x"#,
            "\\",
            r"\ud83d",
        ] {
            assert!(read_json(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
