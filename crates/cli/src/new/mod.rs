//! `bellhop new`: a recipe from a template. It asks for the template's inputs at a terminal, or takes them from `--set`, and
//! writes `recipes/<name>.yaml`. It never writes over a file, and nothing to an account.
//!
//! Start at [`new`]. `templates` knows what there is, `fill` finds the values, `account` what can be chosen, `ask` puts the
//! questions, `instance` writes the text; `update` brings a recipe up to its template's next version.

mod account;
mod ask;
mod fill;
mod instance;
pub(crate) mod templates;
pub(crate) mod update;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bellhop_recipe::World;
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
    let name = name(&shelf, template, arguments.name.as_deref(), person.as_deref_mut())?;
    // What it calls is made first, each under its own name and with its own choices.
    let called = templates::called(&all, template, &shelf);
    let mut wanted: Vec<_> =
        called.iter().map(|called| (*called, called.id().to_owned(), Known::open())).collect();
    wanted.push((template, name.clone(), Known { set, ..Known::default() }));
    if let Some((broken, ..)) = wanted.iter().find(|(template, ..)| template.plan().is_none()) {
        check::show(&broken.file.diagnostics, &broken.file.source);
        return Ok(Ending::Problems);
    }
    let sandbox = if arguments.sandbox { Some(crate::plan::sandbox(&mut shelf).await?) } else { None };
    let mut made = Vec::with_capacity(wanted.len());
    let mut trouble = None;
    for (template, name, known) in wanted {
        match make(&shelf, &world, template, name, known, person.as_deref_mut()).await {
            Ok(recipe) => made.push(recipe),
            Err(error) => trouble = Some(error),
        }
        if trouble.is_some() {
            break;
        }
    }
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    // Nothing is written before all of it is known to be right.
    for recipe in &made {
        write_new(&shelf.workspace.root.join(recipe.file()), &recipe.text)?;
    }
    tell(&made, arguments.json);
    let mut good = true;
    let real_world = Shelf::open(asked)?.world();
    for recipe in &made {
        let written = RecipeFile::from_text(&recipe.name, &recipe.file(), &recipe.text, &real_world);
        check::show(&written.diagnostics, &written.source);
        good &= written.is_good();
    }
    if !good {
        return Ok(Ending::Problems);
    }
    anstream::eprintln!(
        "See what it would do: `bellhop plan {name} --sandbox`. When its template changes: `bellhop update`."
    );
    Ok(Ending::Fine)
}

/// A recipe that is ready to be written.
struct Made {
    name: String,
    text: String,
    origin: Origin,
    values: Map<String, Value>,
    notes: Vec<String>,
}

impl Made {
    fn file(&self) -> String {
        format!("recipes/{}.yaml", self.name)
    }
}

/// Fills a template in.
async fn make(
    shelf: &Shelf,
    world: &World,
    template: &Template,
    name: String,
    known: Known,
    person: Option<&mut (dyn Ask + '_)>,
) -> Result<Made, Trouble> {
    let Some(plan) = template.plan().cloned() else {
        return Err(Trouble::new(format!("The template {} has errors.", template.id())));
    };
    let filled = fill::fill(&plan, known, &mut Account::of(shelf, &plan), person).await?;
    let origin = Origin { template: template.id().to_owned(), version: template.version.clone() };
    let text = instance::filled_in(template.file.source.text(), &origin, &filled.values);
    refuse_other_values(&RecipeFile::from_text(&name, &name, &text, world), &filled.values)?;
    Ok(Made { name, text, origin, values: filled.values, notes: filled.notes })
}

/// Says what was written: the recipe that was asked for, and before it those that it calls.
fn tell(made: &[Made], json: bool) {
    let Some((asked_for, called)) = made.split_last() else { return };
    if json {
        let also: Vec<String> = called.iter().map(Made::file).collect();
        anstream::println!(
            "{:#}",
            json!({
                "recipe": asked_for.name, "file": asked_for.file(), "template": asked_for.origin.template,
                "version": asked_for.origin.version, "inputs": asked_for.values, "notes": asked_for.notes, "also": also,
            })
        );
    } else {
        for recipe in called {
            anstream::println!("Wrote {} as well, which {} calls.", recipe.file(), asked_for.name);
        }
        anstream::println!("Wrote {} from the template {}.", asked_for.file(), asked_for.origin.template);
        for (name, value) in &asked_for.values {
            anstream::println!("  {name}: {}", shown(value));
        }
    }
    for note in made.iter().flat_map(|recipe| &recipe.notes) {
        anstream::eprintln!("{note}");
    }
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
