//! `bellhop graph`: a recipe as a drawing.

use std::path::Path;

use bellhop_recipe::graph;
use serde_json::json;

use crate::arguments::{GraphArguments, GraphForm};
use crate::check;
use crate::compose::Shelf;
use crate::trouble::{Ending, Trouble};

/// Draws a recipe to stdout.
pub(crate) fn draw(arguments: &GraphArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let file = shelf.recipe(&arguments.recipe)?;
    let Some(plan) = &file.plan else {
        check::show(&file.diagnostics, &file.source);
        return Ok(Ending::Problems);
    };
    if arguments.json {
        let outline = json!({ "recipe": plan.id, "name": plan.name, "mermaid": graph::mermaid(plan) });
        anstream::println!("{outline:#}");
        return Ok(Ending::Fine);
    }
    let drawing = match arguments.format {
        GraphForm::Text => graph::text(plan),
        GraphForm::Mermaid => graph::mermaid(plan),
        GraphForm::Svg => graph::svg(plan),
    };
    anstream::println!("{}", drawing.trim_end());
    Ok(Ending::Fine)
}
