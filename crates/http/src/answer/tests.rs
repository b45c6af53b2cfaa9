//! Small parts of answers, in all their forms.

use hyper::header::{HeaderMap, HeaderValue};
use serde_json::json;

use super::*;

fn headers(name: &'static str, value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(hyper::header::HeaderName::from_static(name), HeaderValue::from_static(value))])
}

#[test]
fn a_wait_is_read_in_every_form() {
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    let names = RateHeaders::default();
    for (value, expected) in [
        ("7", Some(7_000)),
        ("0.25", Some(250)),
        ("Sat, 21 Nov 2026 10:01:00 GMT", Some(60_000)),
        ("Sat, 21 Nov 2026 09:00:00 GMT", Some(0)),
        ("-5", None),
        ("1e300", None),
        ("NaN", None),
        ("soon", None),
    ] {
        assert_eq!(retry_after(&headers("retry-after", value), &names, now), expected, "{value}");
    }
    let own = RateHeaders { retry_after: "x-wait".into(), ..RateHeaders::default() };
    assert_eq!(retry_after(&headers("x-wait", "3"), &own, now), Some(3_000));
    assert_eq!(retry_after(&headers("retry-after", "3"), &own, now), None);
}

#[test]
fn the_thing_itself_is_taken_out() {
    let whole = json!({"a": {"b": [{"c": 1}, {"c": 2}]}});
    for (path, expected) in [
        ("", whole.clone()),
        ("a.b.1.c", json!(2)),
        ("a.x", json!(null)),
        ("a.b.7", json!(null)),
        ("a.b.c", json!(null)),
    ] {
        assert_eq!(unwrapped(whole.clone(), path), expected, "{path}");
    }
}

#[test]
fn sentences_are_found_where_apps_put_them() {
    for (value, expected) in [
        (json!("one"), vec!["one"]),
        (json!(["one", "two", ""]), vec!["one", "two"]),
        (json!([{"detail": "one", "title": "Bad"}, {"title": "two"}]), vec!["one", "two"]),
        (json!({"message": ["one"]}), vec!["one"]),
        (json!(null), vec![]),
        (json!({"other": 1}), vec![]),
    ] {
        assert_eq!(sentences(&value), expected, "{value}");
    }
}

#[test]
fn a_sentence_is_one_short_line() {
    assert_eq!(short("a\n  b\t c "), "a b c");
    assert_eq!(short(&"é".repeat(400)).chars().count(), 301);
}
