//! `bellhop new`: a recipe from a template. It asks for the template's inputs at a terminal, or takes them from `--set`, and
//! writes `recipes/<name>.yaml`. It never writes over a file, and nothing to an account.
//!
//! Start at [`new`]. `templates` knows what there is, `fill` finds the values, `account` what can be chosen, `ask` puts the
//! questions, `instance` writes the text; `update` brings a recipe up to its template's next version.

mod account;
mod ask;
mod fill;
mod instance;
mod templates;
pub(crate) mod update;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use self::account::Account;
use self::ask::Ask;
use self::fill::{Known, shown};
use self::instance::Origin;
use self::templates::Template;
use crate::arguments::NewArguments;
use crate::check;
use crate::compose::Shelf;
use crate::recipes::{self, RecipeFile};
use crate::trouble::{Ending, Trouble};

/// Makes the recipe. Exit 1 where the template has errors, or the recipe cannot be run in this workspace.
pub(crate) async fn new(arguments: NewArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let mut shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let world = templates::world(&shelf);
    let all = templates::all(&shelf, &world)?;
    if arguments.list {
        list(&all, arguments.json);
        return Ok(Ending::Fine);
    }
    let set = fill::pairs(&arguments.set)?;
    let mut person = ask::terminal();
    let template = match (&arguments.template, person.as_deref_mut()) {
        (Some(id), _) => templates::find(&all, id)?,
        (None, Some(person)) => choose(&all, person)?,
        (None, None) => {
            list(&all, arguments.json);
            return Err(Trouble::new("Say which template: `bellhop new TEMPLATE`."));
        }
    };
    let Some(plan) = template.plan().cloned() else {
        check::show(&template.file.diagnostics, &template.file.source);
        return Ok(Ending::Problems);
    };
    let name = name(&shelf, template, arguments.name.as_deref(), person.as_deref_mut())?;
    let path = shelf.workspace.root.join(format!("recipes/{name}.yaml"));
    let real_world = shelf.world();
    let sandbox = if arguments.sandbox { Some(crate::plan::sandbox(&mut shelf).await?) } else { None };
    let known = Known { set, kept: Map::new() };
    let filled = fill::fill(&plan, known, &mut Account::of(&shelf, &plan), person.as_deref_mut()).await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    let filled = filled?;
    let origin = Origin { template: template.id().to_owned(), version: template.version.clone() };
    let text = instance::filled_in(template.file.source.text(), &origin, &filled.values);
    refuse_other_values(&RecipeFile::from_text(&name, &name, &text, &world), &filled.values)?;
    write_new(&path, &text)?;
    let file = format!("recipes/{name}.yaml");
    if arguments.json {
        anstream::println!(
            "{:#}",
            json!({
                "recipe": name, "file": file, "template": origin.template, "version": origin.version,
                "inputs": filled.values, "notes": filled.notes,
            })
        );
    } else {
        anstream::println!("Wrote {file} from the template {}.", origin.template);
        for (name, value) in &filled.values {
            anstream::println!("  {name}: {}", shown(value));
        }
    }
    filled.notes.iter().for_each(|note| anstream::eprintln!("{note}"));
    let written = RecipeFile::from_text(&name, &file, &text, &real_world);
    check::show(&written.diagnostics, &written.source);
    if !written.is_good() {
        return Ok(Ending::Problems);
    }
    anstream::eprintln!(
        "See what it would do: `bellhop plan {name} --sandbox`. When its template changes: `bellhop update`."
    );
    Ok(Ending::Fine)
}

fn list(all: &[Template], json: bool) {
    if json {
        let templates: Vec<Value> = all.iter().map(Template::json).collect();
        anstream::println!("{:#}", json!({ "templates": templates }));
        return;
    }
    for template in all {
        let own = if template.own { " (from templates/)" } else { "" };
        anstream::println!("{}{own}\n  {}", template.id(), template.description());
        for input in template.plan().iter().flat_map(|plan| &plan.inputs) {
            let default = input.default.as_ref().map_or_else(|| "needed".to_owned(), shown);
            let kind = templates::type_of(&input.kind);
            anstream::println!("    --set {}=…  {kind}: {default}", input.name);
        }
    }
}

fn choose<'a>(all: &'a [Template], person: &mut dyn Ask) -> Result<&'a Template, Trouble> {
    let choices: Vec<String> =
        all.iter().map(|template| format!("{}: {}", template.id(), template.description())).collect();
    let chosen = person.choose("Which template?", &choices, 0)?;
    Ok(&all[chosen])
}

/// The name of the recipe's file, which no other recipe may have.
fn name(
    shelf: &Shelf,
    template: &Template,
    given: Option<&str>,
    person: Option<&mut (dyn Ask + '_)>,
) -> Result<String, Trouble> {
    let folder = shelf.workspace.root.join("recipes");
    let taken: Vec<PathBuf> = if folder.is_dir() { recipes::find(&folder)? } else { Vec::new() };
    let check = |name: &str| free_name(name, &taken, template.id());
    match (given, person) {
        (Some(name), _) => {
            check(name).map_err(Trouble::new)?;
            Ok(name.to_owned())
        }
        (None, Some(person)) => {
            let free = check(template.id()).is_ok();
            person.text("Name of the new recipe's file", free.then_some(template.id()), &check)
        }
        (None, None) => {
            check(template.id()).map_err(Trouble::new)?;
            Ok(template.id().to_owned())
        }
    }
}

fn free_name(name: &str, taken: &[PathBuf], template: &str) -> Result<(), String> {
    let slug = slug(name);
    if slug != name || name.is_empty() {
        let advice = if slug.is_empty() { format!("my-{template}") } else { slug };
        return Err(format!(
            "`{name}` cannot be the name of a recipe's file: small letters, digits and hyphens only, such as `{advice}`."
        ));
    }
    match taken.iter().find(|path| recipes::id_of(path) == name) {
        Some(path) => Err(format!(
            "{} is there already and stays as it is. Give the new one another name: `bellhop new {template} my-{name}`.",
            path.display()
        )),
        None => Ok(()),
    }
}

/// A name as a file's: `My new leads` becomes `my-new-leads`.
fn slug(name: &str) -> String {
    let is_kept = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words: Vec<String> = name
        .split(|letter| !is_kept(letter))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

/// The recipe is read again before it is written: it must have the very inputs that were chosen.
fn refuse_other_values(file: &RecipeFile, values: &Map<String, Value>) -> Result<(), Trouble> {
    let plan = file.plan.as_ref().filter(|_| file.is_good()).ok_or_else(|| {
        check::show(&file.diagnostics, &file.source);
        Trouble::new("With these inputs the recipe has errors, so it was not written.")
    })?;
    match plan.inputs.iter().find(|input| input.default.as_ref() != values.get(&input.name)) {
        Some(input) => Err(Trouble::new(format!(
            "The input `{}` cannot be written in this template. Nothing was written; give its `default:` a line of its own in the template.",
            input.name
        ))),
        None => Ok(()),
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), Trouble> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Trouble::writing(folder, &error))?;
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| Trouble::writing(path, &error))
}
