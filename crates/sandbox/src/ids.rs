//! Identifiers in the formats of the real API (facts 2.9): 20 letters and digits, or a UUID.
//!
//! They are random: two sandboxes never hand out the same webhook id, so a receiver that outlives one of them drops
//! nothing as a repetition.

use ring::rand::{SecureRandom, SystemRandom};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system's random source answers");
    bytes
}

/// 20 letters and digits: contacts, tasks, notes, fields, appointments, opportunities.
pub(crate) fn record() -> String {
    random::<20>().iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

/// A version 4 UUID: webhook ids, trace ids, deliveries, tokens.
pub(crate) fn uuid() -> String {
    let mut bytes = random::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_have_the_published_formats() {
        let id = super::record();
        assert!(id.len() == 20 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        let uuid = super::uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert_ne!(uuid, super::uuid());
    }
}
