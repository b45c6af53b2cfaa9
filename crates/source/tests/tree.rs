//! What the tree of a good document is, that spans point at what they say, and that no text breaks the parser.

use bellhop_source::{Node, NodeValue, ScalarStyle, Source, codes, parse};
use proptest::prelude::*;

fn tree(text: &str) -> (Source, Node) {
    let source = Source::new("a.yaml", text);
    let (node, diagnostics) = parse(&source);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    (source, node.expect("a document without complaints is a tree"))
}

const DOCUMENT: &str = "# é
name: Añadir ☎ etiqueta
empty:
quoted: \"é \\u00e9\"
list: [é, {b: c}, 'd']
steps:
  - a.b:
      c: $.d   # é
    as: e
  - stop: now
block: |
  é {{ x }}

  more

folded: >-
  one
  two
last: ~
";

#[test]
fn spans_are_bytes_of_the_source() {
    let (source, root) = tree(DOCUMENT);
    let at = |name: &str| source.slice(root.get(name).unwrap().span);
    assert_eq!(at("name"), "Añadir ☎ etiqueta");
    assert_eq!(at("empty"), "");
    assert_eq!(at("quoted"), "\"é \\u00e9\"");
    assert_eq!(at("list"), "[é, {b: c}, 'd']");
    assert_eq!(at("steps"), "a.b:\n      c: $.d   # é\n    as: e\n  - stop: now");
    assert_eq!(at("block"), "|\n  é {{ x }}\n\n  more");
    assert_eq!(at("folded"), ">-\n  one\n  two");
    assert_eq!(at("last"), "~");
    let (key, _) = root.member("block").unwrap();
    assert_eq!(source.slice(key.span), "block");
    let list = root.get("list").unwrap().items().unwrap();
    assert_eq!(source.slice(list[1].span), "{b: c}");
    assert_eq!(source.slice(list[2].span), "'d'");
    let step = &root.get("steps").unwrap().items().unwrap()[0];
    assert_eq!(source.slice(step.get("a.b").unwrap().span), "c: $.d");
    assert_eq!(source.slice(root.span).lines().count(), DOCUMENT.lines().count() - 1);
}

#[test]
fn texts_are_unescaped_and_untyped() {
    let (_, root) = tree(DOCUMENT);
    assert_eq!(root.get("quoted").unwrap().text(), Some("é é"));
    assert_eq!(root.get("block").unwrap().text(), Some("é {{ x }}\n\nmore\n"));
    assert_eq!(root.get("folded").unwrap().text(), Some("one two"));
    assert!(root.get("empty").unwrap().is_null());
    assert!(root.get("last").unwrap().is_null());
    let (_, root) = tree("a: 01234\nb: no\nc: 1.10\non: '~'\n80: x\n");
    let texts: Vec<_> = root.members().unwrap().iter().map(|(key, node)| (&*key.text, node.text())).collect();
    assert_eq!(
        texts,
        [("a", Some("01234")), ("b", Some("no")), ("c", Some("1.10")), ("on", Some("~")), ("80", Some("x")),]
    );
}

#[test]
fn styles_are_kept() {
    let (_, root) = tree("[a, 'b', \"c\"]");
    let styles: Vec<_> = root
        .items()
        .unwrap()
        .iter()
        .map(|item| match &item.value {
            NodeValue::Scalar { style, .. } => *style,
            _ => panic!("only texts here"),
        })
        .collect();
    assert_eq!(styles, [ScalarStyle::Plain, ScalarStyle::Quoted, ScalarStyle::Quoted]);
}

#[test]
fn an_unquoted_expression_is_read_as_it_was_meant() {
    let source = Source::new("a.yaml", "a: {{ b }}\nc: {{ d }} and more\ne: é\nf: !g\n");
    let (root, diagnostics) = parse(&source);
    let root = root.unwrap();
    assert_eq!(diagnostics.len(), 3, "{diagnostics:?}");
    assert_eq!(root.get("a").unwrap().text(), Some("{{ b }}"));
    assert_eq!(root.get("c").unwrap().text(), Some("{{ d }} and more"));
    assert_eq!(source.slice(root.get("c").unwrap().span), "{{ d }} and more");
    assert_eq!(source.slice(root.get("e").unwrap().span), "é");
    assert_eq!(root.get("f").unwrap().text(), Some("not g"));
    assert_eq!(diagnostics[0].address.as_str(), "/a");
    assert_eq!(diagnostics[1].address.as_str(), "/c");
}

#[test]
fn the_address_of_a_syntax_error_is_where_the_parser_was() {
    let source = Source::new("a.yaml", "steps:\n  - a: 1\n  - b:\n      c: d: e\n");
    let (_, diagnostics) = parse(&source);
    assert_eq!(diagnostics[0].address.as_str(), "/steps/1/b/c");
}

#[test]
fn line_breaks_of_windows_and_a_byte_order_mark_are_fine() {
    let (source, root) = tree("\u{feff}a: b\r\nc:\r\n  - d\r\n  - e: |\r\n      f\r\n");
    assert_eq!(source.slice(root.get("a").unwrap().span), "b");
    let items = root.get("c").unwrap().items().unwrap();
    assert_eq!(source.slice(items[0].span), "d");
    assert_eq!(items[1].get("e").unwrap().text(), Some("f\n"));
}

#[test]
fn bombs_are_refused() {
    let deep = format!("a: {}1{}", "[".repeat(70), "]".repeat(70));
    let deep_block = (0..70).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n");
    let deeper = "[".repeat(500_000);
    let dashes = "- ".repeat(500_000);
    let wide = "- a\n".repeat(100_001);
    let large = format!("a: {}", "x".repeat(1024 * 1024));
    for text in [deep, deep_block, deeper, dashes, wide, large] {
        let (root, diagnostics) = parse(&Source::new("a.yaml", text.as_str()));
        assert_eq!(root, None);
        assert_eq!(diagnostics.len(), 1);
        let start: String = text.chars().take(20).collect();
        assert_eq!(diagnostics[0].code, codes::TOO_LARGE, "{start}: {diagnostics:?}");
    }
}

#[test]
fn complaints_end_somewhere() {
    let text = "a: 1\n".repeat(90_000);
    let (_, diagnostics) = parse(&Source::new("a.yaml", text));
    assert!((50..=101).contains(&diagnostics.len()), "{}", diagnostics.len());
}

#[test]
fn what_is_allowed_at_most_is_read() {
    let text = format!("a: {}1{}", "[".repeat(63), "]".repeat(63));
    tree(&text);
    tree(&"- a\n".repeat(99_000));
}

/// Every span lies inside the text and, child in parent, in order.
fn check(node: &Node, source: &Source) -> Result<(), TestCaseError> {
    let span = node.span;
    prop_assert!(span.start <= span.end && source.text().get(span.start..span.end).is_some(), "{span:?}");
    let mut last = span.start;
    let mut inside = |child: bellhop_source::Span| {
        prop_assert!(last <= child.start && child.end <= span.end, "{child:?} in {span:?}");
        last = child.start;
        Ok(())
    };
    for item in node.items().unwrap_or_default() {
        inside(item.span)?;
        check(item, source)?;
    }
    for (key, value) in node.members().unwrap_or_default() {
        inside(key.span)?;
        inside(value.span)?;
        check(value, source)?;
    }
    Ok(())
}

fn fits(text: &str) -> Result<(), TestCaseError> {
    let source = Source::new("a.yaml", text);
    let (node, diagnostics) = parse(&source);
    for diagnostic in &diagnostics {
        let places = [Some(diagnostic.span), diagnostic.suggestion.as_ref().map(|s| s.span)];
        for span in places.into_iter().flatten() {
            prop_assert!(
                span.start <= span.end && text.get(span.start..span.end).is_some(),
                "{diagnostic:?}"
            );
        }
    }
    prop_assert!(node.is_some() || !diagnostics.is_empty());
    if let Some(node) = node {
        if diagnostics.is_empty() {
            check(&node, &source)?;
        }
        let _ = node.to_json();
    }
    let _ = bellhop_source::render(&diagnostics, &source, false);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,60}") {
        fits(&text)?;
    }

    #[test]
    fn any_mess_of_yaml_is_read_or_refused(
        parts in prop::collection::vec(prop::sample::select(vec![
            "a", "b: ", "é", ": ", "- ", "\n", "\n  ", "\n    ", "\t", "{{ x }}", "{", "}", "[", "]", ", ", "\"", "'",
            "|", ">", "|\n", "&a ", "*a", "!a ", "!!str ", "#", " # é", "---\n", "...\n", "? ", "%", "@", "\r\n", "\\",
            "\u{feff}", "\u{a0}", "\u{85}", "\u{2028}", "\0", "☎", "{{", "}}", "$.x[*]", "<<: ",
        ]), 0..25)
    ) {
        fits(&parts.concat())?;
    }
}
