//! Files with very many mistakes: so many are told, the rest is not read, and no error is lost.

use std::fmt::Write;

use bellhop_recipe::{compile, compile_mapping};
use bellhop_source::{Severity, Source};

use crate::world::{shipped, world};

const HEAD: &str = "name: Many\ntrigger: contacts.contact_created\nsteps:\n";

/// A text of `count` mistakes of one kind.
type Hopeless = fn(usize) -> String;

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// Kinds of mistakes; of the first two each is a complaint, in the others other complaints may come with them.
const KINDS: [(&str, Hopeless); 13] = [
    ("verbs", |count| HEAD.to_owned() + &lines(count, |at| format!("  - no_such_thing_{at}: 1\n"))),
    ("operations", |count| {
        HEAD.to_owned() + &lines(count, |_| "  - contacts.creat_note: { contactId: a }\n".to_owned())
    }),
    ("keys of a step", |count| {
        format!("{HEAD}  - stop: Enough\n{}", lines(count, |at| format!("    key{at}: 1\n")))
    }),
    ("fields", |count| {
        format!("{HEAD}  - contacts.create_note:\n{}", lines(count, |at| format!("      key{at}: 1\n")))
    }),
    ("keys of a recipe", |count| lines(count, |at| format!("key{at}: 1\n"))),
    ("inputs", |count| format!("inputs:\n{}", lines(count, |at| format!("  key{at}: 1\n")))),
    ("settings", |count| format!("settings:\n{}", lines(count, |at| format!("  key{at}: 1\n")))),
    ("triggers", |count| format!("trigger:\n{}", lines(count, |at| format!("  - contacts.contct_{at}\n")))),
    ("mappings", |count| format!("mappings:\n{}", lines(count, |at| format!("  m{at}: {{ too: x }}\n")))),
    ("fields of a mapping", |count| {
        let fields = lines(count, |at| format!("      key{at}: 1\n"));
        format!(
            "mappings:\n  m:\n    from: contacts.contact\n    to: contacts.create_contact\n    fields:\n{fields}"
        )
    }),
    ("mentions", |count| format!("{HEAD}  - stop: \"{}\"\n", "{{ triger.id }} ".repeat(count))),
    ("names", |count| HEAD.to_owned() + &lines(count, |at| format!("  - set: {{ a: $.nobody_{at} }}\n"))),
    ("names after", |count| {
        let steps = lines(count, |at| format!("  - set: {{ a{at}: 1 }}\n    after: [nobody_{at}]\n"));
        format!("{HEAD}{steps}  - no_verb: 1\n")
    }),
];

/// How the last complaint of such a text ends.
fn ending(text: String) -> String {
    let (plan, told) = compile("many", &Source::new("many.yaml", text), &world(shipped()));
    assert!(plan.is_none());
    assert_eq!(told.len(), 100);
    assert!(told.iter().all(|one| one.help.as_ref().is_none_or(|help| help.len() < 2_000)));
    let message = &told.last().expect("a hundred").message;
    message.rsplit_once("; and ").expect("how many more there are").1.to_owned()
}

#[test]
fn a_hundred_are_told_and_the_rest_is_counted() {
    for (_, hopeless) in &KINDS[..2] {
        assert_eq!(ending(hopeless(300)), "200 more, told when these are mended");
    }
}

#[test]
fn a_hopeless_file_is_read_no_further_than_its_first_mistakes() {
    for (kind, hopeless) in KINDS {
        let (some, many) = (ending(hopeless(1_000)), ending(hopeless(2_000)));
        // As many were found in a file that is twice as long: what follows was not looked at.
        assert_eq!(some, many, "{kind}");
        assert!(some.starts_with("at least "), "{kind}: {some}");
    }
}

#[test]
fn an_error_after_many_warnings_keeps_the_recipe_from_running() {
    let mut text = HEAD.to_owned();
    for number in 0..600 {
        writeln!(text, "  - set: {{ name_{number}: \"contact.${{{{ now }}}}\" }}").unwrap();
    }
    let (plan, warnings) = compile("many", &Source::new("many.yaml", text.clone()), &world(shipped()));
    assert!(plan.is_some() && warnings.len() == 100, "{}", warnings.len());
    text.push_str("  - set: { late: $.nobody.id }\n");
    let (plan, told) = compile("many", &Source::new("many.yaml", text), &world(shipped()));
    assert!(plan.is_none());
    assert!(told.iter().any(|one| one.severity == Severity::Error));
}

/// The complaints about a mapping of these fields.
fn mapping(fields: &str) -> Vec<String> {
    let head = "from: contacts.contact\nto: contacts.create_contact\nboth_ways: true\nfields:\n";
    let (mapping, told) =
        compile_mapping("many", &Source::new("many.yaml", head.to_owned() + fields), &world(shipped()));
    assert_eq!(mapping.is_none(), told.iter().any(|one| one.severity == Severity::Error));
    told.into_iter().map(|one| one.message).collect()
}

#[test]
fn a_mapping_has_bounds() {
    let fields = |count| lines(count, |at| format!("  custom_fields.k{at}: $.custom_fields.j{at}\n"));
    assert_eq!(mapping(&fields(1_000)), Vec::<String>::new());
    assert_eq!(mapping(&fields(5_000)), ["this mapping has more than 1000 fields"]);
    let deep = |levels: usize| format!("  ? custom_fields.{}b\n  : $.email\n", "a.".repeat(levels));
    assert_eq!(mapping(&deep(62)), Vec::<String>::new());
    for levels in [63, 100_000] {
        assert_eq!(mapping(&deep(levels)), ["this field is nested more than 64 levels deep"]);
    }
    let table = lines(20_000, |at| format!("        k{at}: v{at}\n"));
    let table =
        format!("  custom_fields.k:\n    from: $.custom_fields.j\n    convert:\n      table:\n{table}");
    assert_eq!(mapping(&table), Vec::<String>::new());
    let twice = mapping(&format!("{table}        again: v7\n"));
    assert!(twice[0].contains("both become \"v7\""), "{twice:?}");
}
