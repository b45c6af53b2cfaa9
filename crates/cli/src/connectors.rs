//! `bellhop connectors`: what the apps can do, from their manifests.

use std::path::Path;

use bellhop_connector::{EventSpec, Fields, Manifest, Operation};
use bellhop_source::closest;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;

use crate::arguments::ConnectorsCommand;
use crate::compose::Shelf;
use crate::trouble::{Ending, Trouble};

/// Does what was asked below `connectors`.
pub(crate) fn connectors(command: &ConnectorsCommand, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    match command {
        ConnectorsCommand::List { json } => list(&shelf, *json),
        ConnectorsCommand::Show { name, json } => show(&shelf, name, *json)?,
    }
    Ok(Ending::Fine)
}

fn list(shelf: &Shelf, json: bool) {
    if json {
        let all: Vec<_> = shelf
            .catalogue
            .iter()
            .map(|manifest| {
                json!({
                    "connector": manifest.connector,
                    "title": manifest.title,
                    "description": manifest.description,
                    "operations": manifest.operations.keys().collect::<Vec<_>>(),
                    "events": manifest.events.keys().collect::<Vec<_>>(),
                })
            })
            .collect();
        anstream::println!("{:#}", json!({ "connectors": all }));
        return;
    }
    let mut table = plain_table(&["connector", "app", "operations", "events"]);
    for manifest in shelf.catalogue.iter() {
        table.add_row([
            manifest.connector.clone(),
            manifest.title.clone(),
            manifest.operations.len().to_string(),
            manifest.events.len().to_string(),
        ]);
    }
    anstream::println!("{table}");
}

fn show(shelf: &Shelf, name: &str, json: bool) -> Result<(), Trouble> {
    let (connector, part) = name.split_once('.').map_or((name, None), |(app, part)| (app, Some(part)));
    let manifest = shelf.catalogue.get(connector).ok_or_else(|| {
        unknown("connector", connector, shelf.catalogue.iter().map(|one| one.connector.as_str()))
    })?;
    let Some(part) = part else {
        if json {
            anstream::println!("{:#}", json!(manifest.as_ref()));
        } else {
            print_manifest(manifest);
        }
        return Ok(());
    };
    if let Some(operation) = manifest.operations.get(part) {
        if json {
            anstream::println!("{:#}", json!(operation));
        } else {
            print_operation(connector, part, operation);
        }
    } else if let Some(event) = manifest.events.get(part) {
        if json {
            anstream::println!("{:#}", json!(event));
        } else {
            print_event(connector, part, event);
        }
    } else {
        let names = manifest.operations.keys().chain(manifest.events.keys()).map(String::as_str);
        let by_vendor = manifest
            .operations
            .iter()
            .find(|(_, operation)| operation.vendor_id == part)
            .map(|(name, _)| name.as_str());
        return Err(match by_vendor {
            Some(name) => Trouble::new(format!("The vendor's `{part}` is `{connector}.{name}` here.")),
            None => unknown("operation or event", part, names),
        });
    }
    Ok(())
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Trouble {
    let known: Vec<&str> = known.collect();
    match closest(name, known.iter().copied()) {
        Some(near) => Trouble::new(format!("There is no {what} `{name}`. Did you mean `{near}`?")),
        None => Trouble::new(format!("There is no {what} `{name}`. There are: {}.", known.join(", "))),
    }
}

fn print_manifest(manifest: &Manifest) {
    let bold = anstyle::Style::new().bold();
    anstream::println!("{bold}{}{bold:#} ({})", manifest.title, manifest.connector);
    if !manifest.description.is_empty() {
        anstream::println!("{}", manifest.description);
    }
    if !manifest.operations.is_empty() {
        anstream::println!("\n{bold}Steps can{bold:#}");
        let mut table = plain_table(&["operation", "what it does", "effect"]);
        for (name, operation) in &manifest.operations {
            let word = if operation.effect.writes() { "writes" } else { "reads" };
            table.add_row([format!("{}.{name}", manifest.connector), operation.title.clone(), word.into()]);
        }
        anstream::println!("{table}");
    }
    if !manifest.events.is_empty() {
        anstream::println!("\n{bold}Recipes can start when{bold:#}");
        let mut table = plain_table(&["event", "when"]);
        for (name, event) in &manifest.events {
            table.add_row([format!("{}.{name}", manifest.connector), event.title.clone()]);
        }
        anstream::println!("{table}");
    }
}

fn print_operation(connector: &str, name: &str, operation: &Operation) {
    let bold = anstyle::Style::new().bold();
    anstream::println!("{bold}{connector}.{name}{bold:#}: {}", operation.title);
    if !operation.description.is_empty() {
        anstream::println!("{}", operation.description);
    }
    if let Some(instead) = &operation.deprecated {
        anstream::println!("Better not used any more: {instead}");
    }
    if !operation.scopes.is_empty() {
        anstream::println!("Needs the permission {}.", operation.scopes.join(", "));
    }
    print_fields("It takes", &operation.input);
    if !operation.output.fields.is_empty() {
        print_fields("It gives", &operation.output.fields);
    }
}

fn print_event(connector: &str, name: &str, event: &EventSpec) {
    let bold = anstyle::Style::new().bold();
    anstream::println!("{bold}{connector}.{name}{bold:#}: {}", event.title);
    if !event.description.is_empty() {
        anstream::println!("{}", event.description);
    }
    print_fields("`trigger` has", &event.data.fields);
}

fn print_fields(title: &str, fields: &Fields) {
    if fields.is_empty() {
        return;
    }
    let bold = anstyle::Style::new().bold();
    anstream::println!("\n{bold}{title}{bold:#}");
    let mut table = plain_table(&["field", "kind", "", "what it is"]);
    for (name, field) in fields {
        let needed = if field.required { "needed" } else { "" };
        let what = if field.description.is_empty() { &field.title } else { &field.description };
        table.add_row([name.as_str(), &field.in_words(), needed, what]);
    }
    anstream::println!("{table}");
}

fn plain_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().copied());
    table
}
