//! Any text as a recipe and as a field mapping, against the shipped connectors: a plan that can be drawn, or an error.

use crate::{complaints, sample};
use bellhop_recipe::{compile, compile_mapping, graph};
use bellhop_source::Source;

/// Tries one text as a recipe.
pub fn run(text: &str) {
    let source = Source::new("any.yaml", text);
    let (plan, found) = compile("any", &source, sample::world());
    assert!(plan.is_some() != complaints::has_errors(&found), "a plan and an error, or neither");
    complaints::are_sound(&source, &found);
    if let Some(plan) = &plan {
        let drawings = [graph::mermaid(plan), graph::text(plan), graph::svg(plan)];
        assert!(drawings.iter().all(|drawing| !drawing.is_empty()));
    }
    let (again, same) = compile("any", &source, sample::world());
    assert!(found == same, "not the same complaints twice");
    assert!(plan.map(|plan| plan.version) == again.map(|plan| plan.version), "not the same plan twice");
}

/// Tries one text as a field mapping.
pub fn run_mapping(text: &str) {
    let source = Source::new("any.yaml", text);
    let (mapping, found) = compile_mapping("any", &source, sample::world());
    assert!(mapping.is_some() != complaints::has_errors(&found), "a mapping and an error, or neither");
    complaints::are_sound(&source, &found);
}
