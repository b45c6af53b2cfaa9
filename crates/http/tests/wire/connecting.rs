//! How bytes get to an app and back: packed answers, proxies, and who is not reached.

use std::io::Write as _;

use bellhop_connector::FailureClass;
use bellhop_http::{HttpError, HttpOptions, HttpRuntime};
use flate2::{Compression, write::GzEncoder};
use serde_json::json as value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Bench, LIBRARY, answer, bench, json};

const PACKED: [(&str, &str); 2] = [("content-type", "application/json"), ("content-encoding", "gzip")];

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_packed_answer_is_asked_for_and_unpacked() {
    let book = packed(br#"{"book": {"id": "b1"}}"#);
    let (app, bench) = bench([answer(200, &PACKED, book)]).await;
    assert_eq!(bench.done("get_book", value!({"book_id": "b1"})).await, value!({"id": "b1"}));
    let headers = &app.asked()[0].headers;
    assert_eq!(headers["accept-encoding"], "gzip");
    assert_eq!(headers["user-agent"], concat!("bellhop/", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_small_packet_that_unpacks_to_much_is_too_long() {
    let (_app, bench) = bench([answer(200, &PACKED, packed(&vec![b' '; 11 * 1024 * 1024]))]).await;
    let failure = bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert!(failure.message.contains("10240"), "{failure:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_unpacked_proves_nothing() {
    let mut torn = packed(br#"{"note": {"id": "n1"}}"#);
    torn.truncate(torn.len() - 9);
    let (_app, bench) = bench([answer(201, &PACKED, torn), json(200, &value!({}))]).await;
    let failure = bench.failed("create_note", value!({"book_id": "b1", "body": "hi"})).await;
    assert_eq!(failure.class, FailureClass::Unclear, "{failure:?}");
    assert!(failure.message.contains("unpacked"), "{failure:?}");
}

/// What a proxy at that address, with or without credentials, is asked first; it answers with that status line.
async fn asked_of_a_proxy(credentials: &str, status: &str) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{credentials}{}", listener.local_addr().unwrap());
    let bench = Bench::with(LIBRARY, "https://library.example.com", |options| options.proxy = Some(address));
    let proxy = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap();
        String::from_utf8(asked).unwrap()
    };
    let (failure, asked) =
        tokio::join!(bench.failed("create_note", value!({"book_id": "b1", "body": "hi"})), proxy);
    assert_eq!(failure.class, FailureClass::Transient, "nothing was sent: {failure:?}");
    (asked, failure.message)
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_to_the_app() {
    let (asked, message) = asked_of_a_proxy("", "403 Forbidden").await;
    assert!(asked.starts_with("CONNECT library.example.com:443 HTTP/1.1\r\n"), "{asked}");
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");
    assert!(message.contains("could not be reached"), "{message}");
    let (asked, message) = asked_of_a_proxy("mia:open%20sesame@", "407 Who").await;
    assert!(asked.to_lowercase().contains("proxy-authorization: basic bwlhom9wzw4gc2vzyw1l"), "{asked}");
    assert!(message.contains("could not be reached"), "{message}");
}

#[tokio::test]
async fn an_address_that_is_none_is_no_proxy() {
    for address in ["", "proxy of ours", "socks5://127.0.0.1:1080"] {
        let bench =
            |options: HttpOptions| HttpRuntime::new(HttpOptions { proxy: Some(address.into()), ..options });
        let clock = std::sync::Arc::new(bellhop_clock::SystemClock);
        let vault = bellhop_vault::Vault::new(std::collections::BTreeMap::new(), None);
        let refused = bench(HttpOptions::new(clock, std::sync::Arc::new(vault)));
        assert_eq!(refused.err(), Some(HttpError::Proxy(address.into())));
    }
}

#[tokio::test]
async fn nothing_is_sent_to_who_does_not_speak_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bench = Bench::new(LIBRARY, &format!("https://{}", listener.local_addr().unwrap()));
    let app = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let mut got = Vec::new();
        // Whatever comes until the other side gives up.
        let _ = stream.read_to_end(&mut got).await;
        got
    };
    let (failure, got) =
        tokio::join!(bench.failed("create_note", value!({"book_id": "b1", "body": "a word"})), app);
    assert_eq!(failure.class, FailureClass::Transient, "nothing was sent: {failure:?}");
    assert!(!got.windows(6).any(|part| part == b"a word"));
}
