//! Of what cannot be read everything is told that is sure: each thing that is wrong, and what the rest mentions.

use bellhop_template::{Condition, Expression, Mistakes, Text};

fn told(mistakes: &Mistakes, source: &str) -> (Vec<String>, Vec<String>, usize) {
    let errors = mistakes.errors.iter().map(|error| source[error.range.clone()].to_owned()).collect();
    let mentions =
        mistakes.references.iter().map(|reference| source[reference.range.clone()].to_owned()).collect();
    (errors, mentions, mistakes.comparisons.len())
}

#[test]
fn one_part_that_is_refused_hides_no_other() {
    for (source, errors, mentions, comparisons) in [
        ("a.b | uper", &["uper"][..], &["a.b"][..], 0),
        ("a | uper | lwer", &["uper", "lwer"], &["a"], 0),
        ("a | round(b | uper, c)", &["uper", "c"], &["a", "b", "c"], 0),
        ("a | default() ~ b | date", &["a | default()", "date"], &["a", "b"], 0),
        ("a | round(2, by=b.c) ~ (d | date)", &["b.c", "date"], &["a", "b.c", "d"], 0),
        ("(a | uper) ~ (b if c) ~ d", &["uper", "b if c"], &["a", "b", "c", "d"], 0),
        ("[x] | map('uper') == y and z > 1", &["uper"], &["x", "y", "z"], 2),
        // What cannot be bounded ends it, and what came before is told.
        ("(a | uper) ~ len(b)", &["uper", "len(b)"], &[], 0),
        ("a b | uper", &["b"], &[], 0),
    ] {
        let found = Expression::mistakes(source);
        let (found_errors, found_mentions, found_comparisons) = told(&found, source);
        assert_eq!(found_errors, errors, "{source}");
        assert_eq!(found_mentions, mentions, "{source}");
        assert_eq!(found_comparisons, comparisons, "{source}");
        let first = Expression::parse(source).expect_err(source);
        assert_eq!(Some(&first), found.errors.first(), "{source}");
    }
}

#[test]
fn a_condition_is_told_what_never_answers_too() {
    let source = "a is contains 'x' and not (b and 5) and c == 1 or 'd'";
    let found = Condition::mistakes(source);
    let (errors, mentions, comparisons) = told(&found, source);
    assert_eq!(errors, ["contains", "5", "'d'"]);
    assert_eq!((mentions, comparisons), (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], 1));
    assert_eq!(Condition::parse(source).expect_err(source), found.errors[0]);
}

#[test]
fn each_pair_of_braces_of_a_text_is_read() {
    let source = "{{ a | uper }} ${b.c} {{ len(d) }} {{ e.f }} {{ }} {{ g";
    let found = Text::mistakes(source);
    let (errors, mentions, _) = told(&found, source);
    assert_eq!(errors, ["uper", "${b.c}", "len(d)", " ", "{{"]);
    assert_eq!(mentions, ["a", "e.f"]);
    let many = "{{ a | uper }}".repeat(10_000);
    assert!(Text::mistakes(&many).errors.len() < 100, "there is an end to it");
}
