//! Reading documents of a fixed shape: what fits, and what is said about what does not.

use std::collections::BTreeMap;

use bellhop_source::{Diagnostic, Source, codes, from_node, parse};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Shop {
    name: String,
    #[serde(default)]
    zip: Option<String>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    port: u16,
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    auth: Option<Auth>,
    #[serde(default)]
    paging: Option<Paging>,
    #[serde(default)]
    extra: Value,
    #[serde(default)]
    staff: BTreeMap<String, Person>,
    #[serde(default)]
    pair: Option<(String, u8)>,
    #[serde(default)]
    id: Option<Id>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Id(String);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Person {
    age: i64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Auth {
    None,
    Token { header: String, prefix: Option<String> },
    Basic(Person),
    Api { key: Option<String> },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Paging {
    Cursor { field: String, size: Option<u32> },
    None,
}

fn read(text: &str) -> Result<Shop, Diagnostic> {
    let (node, diagnostics) = parse(&Source::new("shop.yaml", text));
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    from_node(&node.expect("a document without complaints is a tree"))
}

#[test]
fn the_target_decides_what_a_scalar_is() {
    let shop = read(
        "name: 1.10\nzip: 01234\nopen: true\nport: 8080\nrate: 1e3\ntags: [no, 7, +15551234567]\n\
         extra: {a: 01, b: [1, no, ~], c: '1'}\nstaff: {ana: {age: -3}}\npair: [x, 9]\nid: 0x1\n",
    )
    .unwrap();
    assert_eq!(shop.name, "1.10");
    assert_eq!(shop.zip.as_deref(), Some("01234"));
    assert!(shop.open);
    assert_eq!((shop.port, shop.rate), (8080, 1000.0));
    assert_eq!(shop.tags, ["no", "7", "+15551234567"]);
    assert_eq!(shop.extra, json!({"a": "01", "b": [1, "no", null], "c": "1"}));
    assert_eq!(shop.staff["ana"].age, -3);
    assert_eq!(shop.pair, Some(("x".into(), 9)));
    assert_eq!(shop.id, Some(Id("0x1".into())));
}

#[test]
fn null_is_none() {
    let shop = read("name: x\nzip:\nauth: ~\n").unwrap();
    assert_eq!((shop.zip, shop.auth), (None, None));
}

#[test]
fn enums_by_name_or_by_a_field() {
    let auth = |text: &str| read(&format!("name: x\nauth: {text}\n")).unwrap().auth;
    assert_eq!(auth("none"), Some(Auth::None));
    assert_eq!(auth("{none: }"), Some(Auth::None));
    assert_eq!(auth("{token: {header: h}}"), Some(Auth::Token { header: "h".into(), prefix: None }));
    assert_eq!(auth("{basic: {age: 4}}"), Some(Auth::Basic(Person { age: 4 })));
    assert_eq!(auth("api"), Some(Auth::Api { key: None }));
    assert_eq!(auth("{api: }"), Some(Auth::Api { key: None }));
    let paging = |text: &str| read(&format!("name: x\npaging: {text}\n")).unwrap().paging;
    assert_eq!(
        paging("{size: 20, kind: cursor, field: f}"),
        Some(Paging::Cursor { field: "f".into(), size: Some(20) })
    );
    assert_eq!(paging("{kind: none}"), Some(Paging::None));
}

#[test]
fn what_does_not_fit_is_told_at_its_place() {
    for (text, code, marked, address, words) in [
        ("name: x\nprot: 1\n", codes::UNKNOWN_FIELD, "prot", "/prot", "Did you mean `port`?"),
        ("name: x\nstaff:\n  a: {agee: 1}\n", codes::UNKNOWN_FIELD, "agee", "/staff/a/agee", "`age`"),
        ("zip: x\n", codes::MISSING_FIELD, "zip: x", "", "`name` is missing"),
        ("name: x\nstaff: {a: {}}\n", codes::MISSING_FIELD, "{}", "/staff/a", "`age` is missing"),
        ("name: x\nport: 80x\n", codes::WRONG_KIND, "80x", "/port", "a whole number from 0 to 65535"),
        ("name: x\nport: 70000\n", codes::REFUSED_VALUE, "70000", "/port", "0 to 65535"),
        ("name: x\nrate: .inf\n", codes::WRONG_KIND, ".inf", "/rate", "a number"),
        ("name: x\nopen: yes\n", codes::WRONG_KIND, "yes", "/open", "`true` or `false` must stand here"),
        ("name: [x]\n", codes::WRONG_KIND, "[x]", "/name", "a text must stand here, not a list"),
        ("name:\n", codes::WRONG_KIND, "", "/name", "a text must stand here, not nothing"),
        ("name: x\ntags: y\n", codes::WRONG_KIND, "y", "/tags", "a list must stand here, not `y`"),
        ("name: x\ntags: [y, {z: 1}]\n", codes::WRONG_KIND, "{z: 1}", "/tags/1", "a group of fields"),
        ("name: x\nstaff: [y]\n", codes::WRONG_KIND, "[y]", "/staff", "a group of fields must stand here"),
        ("name: x\nauth: tokn\n", codes::UNKNOWN_CHOICE, "tokn", "/auth", "Did you mean `token`?"),
        ("name: x\nauth: {tokn: {}}\n", codes::UNKNOWN_CHOICE, "tokn", "/auth/tokn", "`token`"),
        ("name: x\nauth: {none: , api: }\n", codes::WRONG_KIND, "{none: , api: }", "/auth", "not 2 fields"),
        ("name: x\nauth: [a]\n", codes::WRONG_KIND, "[a]", "/auth", "`none`, `token`"),
        ("name: x\nauth: basic\n", codes::WRONG_KIND, "basic", "/auth", "more than its name"),
        ("name: x\nauth: {none: 1}\n", codes::WRONG_KIND, "1", "/auth/none", "takes nothing more"),
        (
            "name: x\nauth: {token: {header: h, prefx: p}}\n",
            codes::UNKNOWN_FIELD,
            "prefx",
            "/auth/token/prefx",
            "`prefix`",
        ),
        ("name: x\npaging: {kind: cursr}\n", codes::UNKNOWN_CHOICE, "cursr", "/paging/kind", "`cursor`"),
        (
            "name: x\npaging: {kind: cursor, feld: f}\n",
            codes::UNKNOWN_FIELD,
            "feld",
            "/paging/feld",
            "`field`",
        ),
        ("name: x\npaging: {field: f}\n", codes::MISSING_FIELD, "{field: f}", "/paging", "`kind` is missing"),
        ("name: x\npair: [a, 1, b]\n", codes::REFUSED_VALUE, "[a, 1, b]", "/pair", "too many"),
        ("name: x\npair: [a]\n", codes::REFUSED_VALUE, "[a]", "/pair", "must stand here, not 1 values"),
        ("- a\n", codes::WRONG_KIND, "a", "", "a group of fields must stand here, not a list"),
    ] {
        let source = Source::new("shop.yaml", text);
        let found = from_node::<Shop>(&parse(&source).0.unwrap()).unwrap_err();
        let said = format!("{} {}", found.message, found.help.clone().unwrap_or_default());
        assert_eq!(found.code, code, "{text}: {found:?}");
        assert_eq!(source.slice(found.span), marked, "{text}: {found:?}");
        assert_eq!(found.address.as_str(), address, "{text}: {found:?}");
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn the_meant_word_is_proposed_in_its_place() {
    for (text, meant) in
        [("name: x\nprot: 1\n", "port"), ("name: x\nopen: yes\n", "true"), ("name: x\nauth: tokn\n", "token")]
    {
        let found = read(text).unwrap_err();
        let suggestion = found.suggestion.unwrap();
        assert_eq!((suggestion.text.as_str(), suggestion.span), (meant, found.span));
    }
}
