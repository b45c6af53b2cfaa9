//! `bellhop reference`: the reference pages of the documentation, made from the code.

use std::fmt::Write as _;
use std::sync::Arc;

use bellhop_connector::{Catalogue, Fields, Manifest};
use bellhop_recipe::{World, graph};
use clap::{Command, CommandFactory as _};
use jiff::tz::TimeZone;

use crate::arguments::{Arguments, ReferenceArguments};
use crate::compose;
use crate::gallery;
use crate::generated::{Generated, settle};
use crate::recipes::RecipeFile;
use crate::trouble::{Ending, Trouble};

/// Writes the pages, or checks them.
pub(crate) fn reference(arguments: &ReferenceArguments) -> Result<Ending, Trouble> {
    let catalogue = Arc::new(Catalogue::new(compose::built_in()));
    let mut files = vec![Generated { name: "commands.md".into(), text: commands() }];
    files.extend(connectors(&catalogue));
    files.extend(pictures(&catalogue));
    settle(&arguments.out, &files, arguments.check)
}

/// The gallery's recipes as pictures.
fn pictures(catalogue: &Arc<Catalogue>) -> Vec<Generated> {
    let connections =
        catalogue.iter().map(|manifest| (manifest.connector.clone(), manifest.connector.clone()));
    let mut world = World::new(Arc::clone(catalogue), connections.collect(), TimeZone::UTC);
    world.library = Arc::new(gallery::library());
    gallery::RECIPES
        .iter()
        .filter_map(|(id, text)| {
            let plan = RecipeFile::from_text(id, id, text, &world).plan?;
            Some(Generated { name: format!("recipes/{id}.svg"), text: graph::svg(&plan) })
        })
        .collect()
}

fn commands() -> String {
    let mut page = String::from(
        "# Commands\n\nMade from the code by `bellhop reference`. Exit codes: 0 all is well, 1 the thing asked about has \
         problems, 2 the command could not be done (usage, files, configuration).\n",
    );
    let mut root = Arguments::command().term_width(100);
    root.build();
    for command in
        root.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        section(&mut page, command, "bellhop");
    }
    page
}

fn section(page: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    let below: Vec<_> = command.get_subcommands().filter(|one| one.get_name() != "help").collect();
    if below.is_empty() {
        let help = command.clone().bin_name(&name).term_width(100).render_long_help().to_string();
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    }
    for one in below {
        section(page, one, &name);
    }
}

fn connectors(catalogue: &Catalogue) -> Vec<Generated> {
    catalogue
        .iter()
        .map(|manifest| Generated {
            name: format!("connectors/{}.md", manifest.connector),
            text: connector(manifest),
        })
        .collect()
}

fn connector(manifest: &Manifest) -> String {
    let mut page = format!("# {} (`{}`)\n\n", manifest.title, manifest.connector);
    let _ = writeln!(page, "Made from the manifest by `bellhop reference`. {}", manifest.description.trim());
    for (name, operation) in &manifest.operations {
        let _ = write!(
            page,
            "\n## `{}.{name}`\n\n{}. {}\n",
            manifest.connector,
            operation.title,
            operation.description.trim()
        );
        if let Some(instead) = &operation.deprecated {
            let _ = write!(page, "\nBetter not used any more: {instead}\n");
        }
        let effect = match operation.effect {
            bellhop_connector::Effect::Read => "It only reads.",
            bellhop_connector::Effect::Idempotent => "It writes; doing it again is harmless.",
            bellhop_connector::Effect::Keyed => {
                "It writes, with a key that keeps the app from doing it twice."
            }
            bellhop_connector::Effect::Once => {
                "It writes; doing it again would be a duplicate, so Bellhop looks before it repeats."
            }
        };
        let _ = write!(page, "\n{effect}");
        if !operation.scopes.is_empty() {
            let _ = write!(page, " Needs the permission `{}`.", operation.scopes.join("`, `"));
        }
        page.push('\n');
        fields(&mut page, "Takes", &operation.input);
        fields(&mut page, "Gives", &operation.output.fields);
    }
    for (name, event) in &manifest.events {
        let _ = write!(
            page,
            "\n## `{}.{name}` (event)\n\n{}. {}\n",
            manifest.connector,
            event.title,
            event.description.trim()
        );
        fields(&mut page, "`trigger` has", &event.data.fields);
    }
    page
}

fn fields(page: &mut String, title: &str, fields: &Fields) {
    if fields.is_empty() {
        return;
    }
    let _ = write!(page, "\n{title}:\n\n| field | kind | |\n|---|---|---|\n");
    for (name, field) in fields {
        let what = if field.description.is_empty() { &field.title } else { &field.description };
        let needed = if field.required { "**needed** " } else { "" };
        let what = what.trim().replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(page, "| `{name}` | {} | {needed}{what} |", field.in_words());
    }
}
