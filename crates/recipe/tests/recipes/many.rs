//! Files with very many mistakes: so many are told, the rest is counted, and no error is lost.

use std::fmt::Write;

use bellhop_recipe::compile;
use bellhop_source::{Severity, Source};

use crate::world::{shipped, world};

const HEAD: &str = "name: Many\ntrigger: contacts.contact_created\nsteps:\n";

#[test]
fn a_hundred_are_told_and_the_rest_is_counted() {
    let mut text = HEAD.to_owned();
    for number in 0..700 {
        writeln!(text, "  - no_such_thing_{number}: 1").unwrap();
    }
    let (plan, told) = compile("many", &Source::new("many.yaml", text), &world(shipped()));
    assert!(plan.is_none());
    assert_eq!(told.len(), 100);
    let last = told.last().unwrap();
    assert!(last.message.ends_with("and 600 more, told when these are mended"), "{}", last.message);
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
