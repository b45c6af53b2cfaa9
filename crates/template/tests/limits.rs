//! Little text that would make much work: each is refused or ends with the answer of a limit.

use bellhop_template::{Condition, Context, EvalErrorKind, Expression, Pick, Scope, Text};
use serde_json::{Value, json};
use std::sync::Arc;

fn context() -> Context {
    let now = "2026-11-21T09:00:00Z".parse().expect("a time");
    Context { now, zone: jiff::tz::TimeZone::UTC }
}

fn scope() -> Scope {
    Scope::new()
        .with("text", Arc::new("x".repeat(1 << 19).into()))
        .with("texts", Arc::new((0..30_000).map(|_| Value::from("é".repeat(100))).collect()))
        .with("lists", Arc::new((0..50_000).map(|index| json!([index])).collect()))
        .with("numbers", Arc::new((0..1_000).collect()))
}

#[test]
fn there_is_no_way_to_ask_for_much_with_few_words() {
    for source in [
        "range(10**9)",
        "text | center(1000000000)",
        "text | indent(1000000000)",
        "text | format(1)",
        "text | ljust(1000000000)",
    ] {
        assert!(Expression::parse(source).is_err(), "{source}");
    }
    for source in ["'x' * 10**9", "[1] * 10**9", "numbers * 10**9", "text ** 9"] {
        let error = Expression::parse(source).unwrap().evaluate(&scope(), &context()).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::WrongType, "{source}: {}", error.message);
    }
    for source in ["9**9**9**9", "10**400", "-(10**308) * 10"] {
        let error = Expression::parse(source).unwrap().evaluate(&scope(), &context()).unwrap_err();
        assert!(error.message.contains("too large"), "{source}: {}", error.message);
    }
    for source in ["{% for a in range(10) %}{% endfor %}", "{% set a = 1 %}"] {
        assert!(Text::parse(source).unwrap_err().message.starts_with("Statements"), "{source}");
    }
}

#[test]
fn only_numbers_are_summed() {
    for source in ["texts | sum", "lists | sum", "numbers | sum(start='')", "lists | sum(start=texts)"] {
        let error = Expression::parse(source).unwrap().evaluate(&scope(), &context()).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::WrongType, "{source}: {}", error.message);
    }
    let sum = |source: &str| Expression::parse(source).unwrap().evaluate(&scope(), &context()).unwrap();
    assert_eq!(sum("numbers | sum"), json!(499_500));
    assert_eq!(sum("numbers | sum(start=1)"), json!(499_501));
    assert_eq!(sum("lists | sum(attribute='0')"), json!(1_249_975_000));
    assert_eq!(sum("[] | sum"), json!(0));
}

#[test]
fn many_filters_over_much_data_run_into_the_limit_of_work() {
    let texts = "{{ texts | sort | first }}".repeat(1_000);
    let error = Text::parse(&texts).unwrap().evaluate(&scope(), &context()).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::Limit, "{}", error.message);
    let doubled = format!("text{}", " | replace('x', 'xx')".repeat(60));
    let error = Expression::parse(&doubled).unwrap().evaluate(&scope(), &context()).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::Limit, "{}", error.message);
}

#[test]
fn large_patterns_are_refused_and_greedy_ones_are_followed_in_one_pass() {
    for pattern in ["a{1000}{1000}{1000}", "(a{1000}){1000}", "[0-9a-z]{99999}"] {
        let error = Condition::parse(&format!("text is matching '{pattern}'")).unwrap_err();
        assert!(error.message.contains("too large"), "{pattern}: {}", error.message);
    }
    let answer = |source: &str| Condition::parse(source).unwrap().evaluate(&scope(), &context()).unwrap();
    assert!(!answer("text is matching '(x+)+y$'"));
    assert!(!answer("text is matching '^(x|x|xx)*y$'"));
    let kept = Expression::parse("texts | select('matching', '(é+)+$') | length").unwrap();
    assert_eq!(kept.evaluate(&scope(), &context()).unwrap(), json!(30_000));
}

#[test]
fn picks_that_multiply_their_places_are_refused() {
    for path in [
        "$.a..*..*..*".to_owned(),
        format!("$.a{}", "[*]".repeat(20)),
        format!("$.a{}", "[0,0,0,0]".repeat(6)),
        format!("$.a{}", "['a','a','a','a','a','a','a','a','a','a','a']".repeat(3)),
    ] {
        let error = Pick::parse(&path).unwrap_err();
        assert!(error.message.contains("too many places"), "{path}: {}", error.message);
    }
    assert!(Pick::parse("$.a['b','c'][0,1]").is_ok());
}

#[test]
fn times_beyond_the_calendar_are_errors() {
    for source in
        ["now | plus('9000 years')", "now | minus('19000 years')", "'9999-12-30T20:00:00Z' | plus('10 days')"]
    {
        let error = Expression::parse(source).unwrap().evaluate(&scope(), &context()).unwrap_err();
        assert!(error.message.contains("calendar"), "{source}: {}", error.message);
    }
    assert!(Expression::parse("now | plus('99999999999999999999 days')").is_err());
}
