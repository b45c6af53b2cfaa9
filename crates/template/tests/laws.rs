//! Laws that hold for every text and all data: nothing panics, what is found agrees with what is said to be referred
//! to, and normal forms stay as they are.

use bellhop_template::{
    Condition, Context, EvalErrorKind, Expression, Pick, Picked, Scope, Segment, SyntaxError, Text,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn context() -> Context {
    let zone = jiff::tz::TimeZone::get("America/New_York").expect("a known zone");
    Context { now: "2026-11-21T09:00:00Z".parse().expect("a time"), zone }
}

fn scope(value: &Value) -> Scope {
    Scope::new().with("a", Arc::new(value.clone())).with("b", Arc::new(json!({ "a": value, "x": [value] })))
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~äé+🙂]{0,12}".prop_map(Value::from),
        Just(Value::from("2026-11-21T09:00:00Z")),
        Just(Value::from("+1 555 123 4567")),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[abx]", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Words of the language in any order: mostly wrong, often nearly right.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "b",
        "b.x",
        "b.x[0]",
        "a.b",
        "b['a']",
        "now",
        "'a'",
        "'85'",
        "\"it's\"",
        "80",
        "1.5",
        "-",
        "+",
        "*",
        "/",
        "//",
        "%",
        "**",
        "~",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "not",
        "and",
        "or",
        "is",
        "if",
        "else",
        "|",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "=",
        "!",
        "&&",
        "$.",
        "${",
        "{{",
        "}}",
        "empty",
        "defined",
        "containing 'a'",
        "matching '^a'",
        "within '2 days'",
        "before now",
        "| upper",
        "| default(1)",
        "| length",
        "| join(',')",
        "| map('upper')",
        "| map(attribute='a')",
        "| select('gt', 1)",
        "| sort",
        "| sum",
        "| int(0)",
        "| round(2)",
        "| date('%d %B')",
        "| plus('1 day')",
        "| money('EUR')",
        "| phone('GB')",
        "| email",
        "| slug",
        "| hash",
        "| title_name",
        "| replace('a', 'bb')",
        "| batch(2)",
        "| items",
        "| unique",
        "| first",
        "| tojson",
        "has",
        "'",
        "\"",
        "||",
        "?? 'a'",
        "“",
        "?",
        "é",
        "true",
        "none",
        "[1, a]",
        "{'k': a}",
        "a if b else 1",
        "[:1]",
    ]);
    prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "))
}

fn path_words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "$", ".", "..", "a", "b", "x", "[", "]", "*", "0", "-1", ":", "?", "@", "(", ")", "==", "'a'",
        "length(", "&&", "||", "!", "match(", ",", "$.a", "@.a", "1", " ", "é",
    ]);
    prop::collection::vec(word, 0..14).prop_map(|words| format!("$.a{}", words.concat()))
}

/// A complaint marks and corrects stretches that exist.
fn well_placed(source: &str, error: &SyntaxError) {
    assert!(source.get(error.range.clone()).is_some(), "{source:?}: {error:?}");
    if let Some((range, replacement)) = &error.suggestion {
        assert!(source.get(range.clone()).is_some(), "{source:?}: {error:?}");
        assert_ne!(&source[range.clone()], replacement, "{source:?} is corrected to itself");
    }
}

/// Everything that can be done with a source text.
fn exercise(source: &str, scope: &Scope) {
    let context = context();
    match Text::parse(source) {
        Err(error) => well_placed(source, &error),
        Ok(text) => {
            text.references();
            text.comparisons();
            let _ = text.evaluate(scope, &context);
        }
    }
    match Condition::parse(source) {
        Err(error) => well_placed(source, &error),
        Ok(condition) => {
            condition.comparisons();
            condition.hints().iter().for_each(|hint| well_placed(source, hint));
            for reference in condition.references() {
                assert!(source.get(reference.range.clone()).is_some(), "{source:?}: {reference:?}");
            }
            let _ = condition.evaluate(scope, &context);
        }
    }
    match Expression::parse(source) {
        Err(error) => well_placed(source, &error),
        Ok(expression) => {
            if let Err(error) = expression.evaluate(scope, &context) {
                assert!(error.range.is_none_or(|range| source.get(range).is_some()), "{source:?}");
            }
        }
    }
    let _ = (Text::is_template(source), Text::lookalike(source));
    let is_pick = Pick::is_pick(source);
    match Pick::parse(source) {
        Err(error) => well_placed(source, &error),
        Ok(pick) => {
            assert!(
                is_pick || source.trim() != source || source.contains([' ', '\n', '\t', '\r']),
                "{source:?}"
            );
            let many = matches!(pick.evaluate(scope).expect("picks find or find nothing"), Picked::Many(_));
            assert_eq!(many, !pick.is_singular());
            assert!(matches!(pick.references()[0].path[0], Segment::Name(_)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_whatever_makes_anything_panic(source in "\\PC{0,40}", value in data()) {
        exercise(&source, &scope(&value));
    }

    #[test]
    fn no_order_of_words_makes_anything_panic(source in words(), value in data()) {
        exercise(&source, &scope(&value));
        exercise(&format!("é {{{{ {source} }}}} é"), &scope(&value));
    }

    #[test]
    fn no_path_makes_anything_panic(source in path_words(), value in data()) {
        exercise(&source, &scope(&value));
    }

    #[test]
    fn every_filter_and_test_takes_all_data(value in data(), argument in data()) {
        let scope = scope(&value).with("c", Arc::new(argument));
        for call in [
            "upper", "trim(c)", "replace(c, 'x')", "split(c)", "truncate(c)", "string", "tojson", "int(c)", "float",
            "title", "capitalize", "round(c)", "abs", "length", "first", "last", "join(c)", "map(c)", "map(attribute=c)",
            "select(c)", "selectattr(c, 'eq', c)", "sort(attribute=c)", "unique", "reverse", "sum", "min", "max",
            "list", "items", "dictsort", "batch(c)", "email", "phone(c)", "phone", "title_name", "money(c)", "slug",
            "hash", "date(c)", "plus(c)", "minus('1 day')", "default(c)",
        ] {
            let expression = Expression::parse(&format!("a | {call}")).unwrap();
            let _ = expression.evaluate(&scope, &context());
        }
        for ask in [
            "empty", "containing c", "matching c", "before c", "within c", "in c", "startingwith c", "odd",
            "divisibleby c", "eq c", "lt c", "ge c",
        ] {
            let condition = Condition::parse(&format!("a is {ask}")).unwrap();
            let _ = condition.evaluate(&scope, &context());
        }
    }

    #[test]
    fn text_is_never_compared_with_a_number(text in "[0-9a-z]{0,5}", number in any::<i32>()) {
        let scope = scope(&json!({ "text": text, "number": number }));
        for sign in ["==", "!=", "<", "<=", ">", ">="] {
            for source in [format!("a.text {sign} a.number"), format!("a.number {sign} a.text")] {
                let error = Condition::parse(&source).unwrap().evaluate(&scope, &context()).unwrap_err();
                prop_assert_eq!(error.kind, EvalErrorKind::WrongType);
            }
        }
    }

    #[test]
    fn a_whole_value_keeps_its_type_however_it_is_reached(value in data()) {
        let scope = scope(&value);
        let text = Text::parse("{{ a }}").unwrap();
        prop_assert_eq!(&text.evaluate(&scope, &context()).unwrap(), &value);
        prop_assert_eq!(Pick::parse("$.a").unwrap().evaluate(&scope).unwrap(), Picked::One(value.clone()));
        // The library follows a path that can match many; where it matches once it finds the same.
        prop_assert_eq!(Pick::parse("$.b['a','nothing']").unwrap().evaluate(&scope).unwrap(), Picked::Many(vec![value]));
    }

    #[test]
    fn comparing_is_consistent(left in any::<f64>(), right in any::<i64>()) {
        let scope = scope(&json!([left, right]));
        let holds = |sign: &str| {
            Condition::parse(&format!("a[0] {sign} a[1]")).unwrap().evaluate(&scope, &context()).unwrap()
        };
        prop_assume!(left.is_finite());
        prop_assert_eq!(holds("=="), !holds("!="));
        prop_assert_eq!(holds("<"), !holds(">="));
        prop_assert_eq!(holds(">"), !holds("<="));
        prop_assert_eq!(u8::from(holds("<")) + u8::from(holds("==")) + u8::from(holds(">")), 1);
    }

    #[test]
    fn normal_forms_stay_as_they_are(text in "\\PC{0,20}") {
        let scope = scope(&Value::from(text));
        for filter in ["slug", "title_name", "email", "phone('US')", "trim", "lower"] {
            let once = Expression::parse(&format!("a | {filter}")).unwrap().evaluate(&scope, &context());
            let twice = Expression::parse(&format!("a | {filter} | {filter}")).unwrap().evaluate(&scope, &context());
            if let (Ok(once), Ok(twice)) = (once, twice) {
                prop_assert_eq!(once, twice, "{}", filter);
            }
        }
    }

    #[test]
    fn there_and_back_again_in_hours_is_the_same_time(hours in 0_i32..20_000) {
        let expression =
            Expression::parse(&format!("(now | plus('{hours} hours') | minus('{hours} hours')) == now")).unwrap();
        prop_assert_eq!(expression.evaluate(&Scope::new(), &context()).unwrap(), Value::Bool(true));
    }
}

#[test]
fn deep_and_long_texts_are_refused_in_words() {
    for source in [
        format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000)),
        "not ".repeat(2_000) + "a",
        "-".repeat(9_000) + "1",
        "a if b else ".repeat(700) + "c",
        "a".to_owned() + &".a".repeat(3_000),
        "a + ".repeat(2_000) + "a",
        "a | upper ".repeat(900),
        "a and ".repeat(110) + "a",
        "x".repeat(10_001),
        "[".repeat(30),
    ] {
        let error = Condition::parse(&source).unwrap_err();
        assert!(error.message.starts_with("This expression"), "{}", error.message);
    }
    let nested = format!("$.a{}", "[?@".repeat(50));
    assert!(Pick::parse(&nested).is_err());
}

#[test]
fn results_stay_within_limits() {
    let large = "x".repeat(600_000);
    let scope = Scope::new().with("a", Arc::new(Value::from(large)));
    for source in
        ["a ~ a", "a + a", "a | replace('x', 'yyyy')", "[a, a] | join(a)", "[a,a,a,a,a,a,a,a,a,a,a,a,a,a,a]"]
    {
        let error = Expression::parse(source).unwrap().evaluate(&scope, &context()).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::Limit, "{source}: {}", error.message);
    }
    let error = Text::parse("{{ a }}{{ a }}").unwrap().evaluate(&scope, &context()).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::Limit);
}
