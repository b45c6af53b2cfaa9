//! Deliveries: nothing counts before the signature, and what they say becomes an event.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bellhop_connector::{Connector as _, Delivery, Event, RecordKey, Refusal};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json as value};

use crate::support::{Bench, START};

const BELL: &str = r#"
connector: bell
title: Bell
version: "1"
base_url: https://api.example.com
settings: {place: {}}
operations: {}
webhook:
  signatures:
    - {header: x-new-signature, algorithm: ed25519, key_setting: ed25519, key: ""}
    - {header: x-old-signature, algorithm: rsa_sha256, key_setting: rsa, key: ""}
  event: type
  delivery_id: id
  account: place
  account_setting: place
  occurred_at: at
events:
  book_created:
    title: Book created
    vendor_name: BookCreate
    unwrap: book
    record: [{kind: shelf, id: shelf_id}, {kind: book, id: id}]
  bell_rung:
    title: Bell rung
    vendor_name: Ring
"#;

/// Signed with a key that was thrown away.
const BODY: &[u8] = include_bytes!("data/delivery.json");
const RSA_KEY: &str = include_str!("data/rsa.pem");
const RSA_SIGNATURE: &str = include_str!("data/delivery.rsa.txt");

struct Sender {
    bench: Bench,
    key: Ed25519KeyPair,
}

fn sender() -> Sender {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let mut bench = Bench::new(BELL, "http://127.0.0.1:1");
    let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    spki.extend_from_slice(key.public_key().as_ref());
    bench.connection.webhook.insert("ed25519".into(), STANDARD.encode(spki));
    bench.connection.webhook.insert("rsa".into(), RSA_KEY.into());
    Sender { bench, key }
}

impl Sender {
    fn sign(&self, body: &[u8]) -> String {
        STANDARD.encode(self.key.sign(body))
    }

    fn deliver(&self, headers: &[(&str, &str)], body: &[u8]) -> Result<Event, Refusal> {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.bench.connector.verify(&Delivery {
            connection: &self.bench.connection,
            headers: &headers,
            body,
            received_at: START.parse().unwrap(),
        })
    }

    fn signed(&self, body: &Value) -> Result<Event, Refusal> {
        let body = body.to_string();
        self.deliver(&[("x-new-signature", &self.sign(body.as_bytes()))], body.as_bytes())
    }
}

#[test]
fn both_signatures_are_checked_over_the_raw_bytes() {
    let sender = sender();
    let expected = Event {
        name: "book_created".into(),
        delivery_id: "d1".into(),
        account: Some("p1".into()),
        record: Some(RecordKey { kind: "book".into(), id: "b1".into() }),
        occurred_at: "2026-11-21T09:59:58Z".parse().unwrap(),
        data: value!({"id": "b1", "title": "Café", "place": "p1"}),
    };
    let new = sender.sign(BODY);
    assert_eq!(sender.deliver(&[("x-new-signature", &new)], BODY), Ok(expected.clone()));
    assert_eq!(sender.deliver(&[("x-old-signature", RSA_SIGNATURE)], BODY), Ok(expected.clone()));
    let both = [("x-old-signature", "wrong"), ("x-new-signature", &*new)];
    assert_eq!(sender.deliver(&both, BODY), Ok(expected.clone()), "the first rule decides");
    let marked = [("x-new-signature", "N/A"), ("x-old-signature", RSA_SIGNATURE)];
    assert_eq!(sender.deliver(&marked, BODY), Ok(expected));
}

#[test]
fn what_is_not_signed_by_the_sender_is_refused() {
    let sender = sender();
    let new = sender.sign(BODY);
    let spaced = [BODY, b" "].concat();
    let mut other = STANDARD.decode(RSA_SIGNATURE.trim()).unwrap();
    other[7] ^= 1;
    let other = STANDARD.encode(other);
    for (headers, body) in [
        (vec![], BODY),
        (vec![("x-new-signature", "N/A")], BODY),
        (vec![("x-new-signature", "")], BODY),
        (vec![("x-new-signature", "no base64!")], BODY),
        (vec![("x-new-signature", &*new)], &spaced),
        (vec![("x-new-signature", RSA_SIGNATURE)], BODY),
        (vec![("x-new-signature", "d3Jvbmc="), ("x-old-signature", RSA_SIGNATURE)], BODY),
        (vec![("x-old-signature", &*other)], BODY),
        (vec![("x-old-signature", &*new)], BODY),
        (vec![("x-new-signature", &*new)], b"no json at all"),
    ] {
        let refusal = sender.deliver(&headers, body).unwrap_err();
        assert!(matches!(refusal, Refusal::Unsigned(_)), "{headers:?}: {refusal:?}");
    }
}

#[test]
fn a_key_that_cannot_be_read_lets_nothing_through() {
    let mut sender = sender();
    let new = sender.sign(BODY);
    for key in ["", "abc", "MCowBQYDK2VwAyEAAAAA", RSA_KEY] {
        sender.bench.connection.webhook.insert("ed25519".into(), key.into());
        let refusal = sender.deliver(&[("x-new-signature", &new)], BODY).unwrap_err();
        let Refusal::Unsigned(message) = refusal else { panic!("{refusal:?}") };
        assert!(message.contains("the key ed25519 of the connection main cannot be read"), "{message}");
    }
}

#[test]
fn what_is_signed_but_not_described_is_told_apart() {
    let sender = sender();
    let malformed = [
        value!({"id": "d1", "place": "p1"}),
        value!({"type": "Ring", "place": "p1"}),
        value!({"type": "Ring", "id": "", "place": "p1"}),
        value!({"type": "BookCreate", "id": "d1", "place": "p1"}),
        value!([]),
    ];
    for body in malformed {
        assert!(matches!(sender.signed(&body), Err(Refusal::Malformed(_))), "{body}");
    }
    let signature = sender.sign(b"{broken");
    let broken = sender.deliver(&[("x-new-signature", &signature)], b"{broken");
    assert!(matches!(broken, Err(Refusal::Malformed(_))));
    let unknown = value!({"type": "Other", "id": "d1"});
    assert!(matches!(sender.signed(&unknown), Err(Refusal::Unknown(_))));
}

#[test]
fn a_name_whose_last_character_was_cut_in_half_is_heard_all_the_same() {
    let sender = sender();
    let body = br#"{"type": "Ring", "id": "d1", "place": "p1", "title": "Ana \ud83d"}"#;
    let event = sender.deliver(&[("x-new-signature", &sender.sign(body))], body).unwrap();
    assert_eq!(event.data["title"], "Ana \u{fffd}");
}

#[test]
fn whose_account_it_is_for_is_told_and_left_to_the_door() {
    // One address gets the deliveries of many accounts; which connection is whose is not known here.
    let event = sender().signed(&value!({"type": "Ring", "id": "d1", "place": "p2"})).unwrap();
    assert_eq!(event.account.as_deref(), Some("p2"));
}

#[test]
fn what_a_delivery_leaves_out_is_filled_in_honestly() {
    let sender = sender();
    let event = sender.signed(&value!({"type": "Ring", "id": 7, "at": "yesterday"})).unwrap();
    assert_eq!((event.delivery_id.as_str(), event.account, event.record), ("7", None, None));
    assert_eq!(event.occurred_at, START.parse().unwrap());
    assert_eq!(event.data, value!({"type": "Ring", "id": 7, "at": "yesterday"}));

    let without_id = BELL.replace("delivery_id: id", r#"delivery_id: """#);
    let mut other = Sender { bench: Bench::new(&without_id, "http://127.0.0.1:1"), key: sender.key };
    other.bench.connection.webhook = sender.bench.connection.webhook;
    let ids: Vec<_> = [value!({"type": "Ring"}), value!({"type": "Ring"}), value!({"type": "Ring", "a": 1})]
        .iter()
        .map(|body| other.signed(body).unwrap().delivery_id)
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}
