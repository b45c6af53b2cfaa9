//! What expressions say they refer to and compare: the checker goes by it.

use bellhop_template::{Comparison, Condition, Expression, Operand, Pick, Reference, Scope, Segment, Text};
use std::sync::Arc;

/// `path@written`, with `?` before it where it is guarded.
fn words(source: &str, references: &[Reference]) -> Vec<String> {
    let path = |reference: &Reference| {
        let parts = reference.path.iter().map(|segment| match segment {
            Segment::Name(name) => name.clone(),
            Segment::Index(index) => index.to_string(),
            Segment::Any => "*".to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    };
    references
        .iter()
        .map(|reference| {
            let guarded = if reference.guarded { "?" } else { "" };
            format!("{guarded}{}@{}", path(reference), &source[reference.range.clone()])
        })
        .collect()
}

#[test]
fn references_in_texts_carry_path_place_and_guard() {
    let cases: &[(&str, &[&str])] = &[
        (
            "é {{ contact.firstName }} and {{ run.id }}",
            &["contact/firstName@contact.firstName", "run/id@run.id"],
        ),
        ("{{ contact.tags[0] | upper }}", &["contact/tags/0@contact.tags[0]"]),
        ("{{ contact['first name'][-1] }}", &["contact/first name/-1@contact['first name'][-1]"]),
        ("{{ prices[currency].net }}", &["prices/*/net@prices[currency].net", "currency@currency"]),
        ("{{ a.b | default(c.d) }}", &["?a/b@a.b", "c/d@c.d"]),
        ("{{ phone | phone(country or 'US') }}", &["phone@phone", "?country@country"]),
        ("{{ (tasks | first).title }}", &["tasks@tasks"]),
        ("{{ now | date('%d') }}", &["now@now"]),
        ("{{ [a, {'k': b}] }}", &["a@a", "b@b"]),
    ];
    for (source, expected) in cases {
        assert_eq!(words(source, &Text::parse(source).unwrap().references()), *expected, "{source}");
    }
}

#[test]
fn references_in_conditions_are_guarded_by_tests_only() {
    let cases: &[(&str, &[&str])] = &[
        (
            "contact.score >= inputs.hot_score",
            &["contact/score@contact.score", "inputs/hot_score@inputs.hot_score"],
        ),
        ("a.x is empty or a.y is containing b", &["?a/x@a.x", "?a/y@a.y", "b@b"]),
        ("not trigger.dnd or trigger.vip", &["trigger/dnd@trigger.dnd", "trigger/vip@trigger.vip"]),
        ("owner is defined and owner.name == 'Bo'", &["?owner@owner", "?owner/name@owner.name"]),
        ("a is odd", &["a@a"]),
    ];
    for (source, expected) in cases {
        assert_eq!(words(source, &Condition::parse(source).unwrap().references()), *expected, "{source}");
    }
}

#[test]
fn picks_refer_to_their_path_and_to_names_in_filters() {
    let cases: &[(&str, &[&str])] = &[
        ("$.contact.tags[0]", &["contact/tags/0"]),
        ("$.tasks[*].title", &["tasks/*/title"]),
        ("$.tasks..title", &["tasks/*"]),
        ("$.tasks[?@.score > $.inputs.min && @.a].title", &["tasks/*/title", "inputs/min"]),
    ];
    for (source, expected) in cases {
        let words = words(source, &Pick::parse(source).unwrap().references());
        let paths: Vec<_> = words.iter().filter_map(|word| word.split('@').next()).collect();
        assert_eq!(paths, *expected, "{source}");
    }
}

#[test]
fn comparisons_tell_both_sides_and_the_sign() {
    let source = "a.score >= 80 and not (b == 'x' or c in [1]) and -1 < d <= true";
    let shown: Vec<String> = Condition::parse(source)
        .unwrap()
        .comparisons()
        .iter()
        .map(|Comparison { left, right, operator, range }| {
            let side = |operand: &Operand| match operand {
                Operand::Reference(reference) => format!("{:?}", reference.path),
                other => format!("{other:?}"),
            };
            format!("{} {operator} {} @{}", side(left), side(right), &source[range.clone()])
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"[Name("a"), Name("score")] >= Number(80.0) @a.score >= 80"#,
            r#"[Name("b")] == Text("x") @b == 'x'"#,
            r#"[Name("c")] in Other @c in [1]"#,
            r#"Number(-1.0) < [Name("d")] @-1 < d"#,
            r#"[Name("d")] <= Bool(true) @d <= true"#,
        ]
    );
}

#[test]
fn what_is_better_said_otherwise_is_hinted_at() {
    let hints = Condition::parse("a and 'vip' in contact.tags").unwrap().hints();
    assert_eq!(hints[0].suggestion, Some((6..27, "contact.tags is containing 'vip'".to_owned())));
    assert!(Condition::parse("contact.tags is containing 'vip'").unwrap().hints().is_empty());
}

#[test]
fn templates_picks_and_plain_texts_are_told_apart_by_sight() {
    for text in ["{{ a }}", "x {{ a }}", "{% if a %}", "${a.b}", "$contact.email"] {
        assert!(Text::is_template(text), "{text}");
        assert!(!Pick::is_pick(text), "{text}");
    }
    for pick in ["$.a", "$.a.b[*]", "$['a b'].c", " $.a "] {
        assert!(Pick::is_pick(pick), "{pick}");
        assert!(!Text::is_template(pick), "{pick}");
    }
    for plain in ["hot lead", "$5.50", "$.50", "$", "$[", "a { b }", "{a}", "costs $a", "US$ 5"] {
        assert!(!Text::is_template(plain) && !Pick::is_pick(plain), "{plain}");
    }
    assert!(Text::lookalike("Hi {name}").is_some());
    assert!(Text::lookalike("Hi {Name of someone}, $5 or {\"a\": 1}").is_none());
}

#[test]
fn a_child_scope_sees_its_parents_and_hides_without_changing_them() {
    let value = |number: i32| Arc::new(serde_json::Value::from(number));
    let parent = Scope::new().with("a", value(1)).with("b", value(2));
    let mut child = parent.with("a", value(3));
    child.insert("c", value(4));
    child.insert("c", value(5));
    assert_eq!(child.get("a"), Some(&value(3)));
    assert_eq!(child.get("b"), Some(&value(2)));
    assert_eq!(child.get("c"), Some(&value(5)));
    assert_eq!(parent.get("a"), Some(&value(1)));
    assert_eq!(parent.get("c"), None);
    assert_eq!(child.names().collect::<Vec<_>>(), ["c", "a", "b", "a"]);
    assert!(!format!("{child:?}").contains('5'), "values stay out of logs");
}

#[test]
fn a_scope_of_very_many_layers_can_be_dropped() {
    let mut scope = Scope::new();
    for _ in 0..300_000 {
        scope = scope.with("a", Arc::new(serde_json::Value::Null));
    }
    let other = scope.clone();
    drop(scope);
    assert!(other.get("a").is_some());
}

#[test]
fn compiled_expressions_are_shared_between_threads() {
    fn shared<T: Clone + std::fmt::Debug + Send + Sync + 'static>() {}
    shared::<Text>();
    shared::<Condition>();
    shared::<Expression>();
    shared::<Pick>();
    shared::<Scope>();
}
