//! `bellhop update`: brings recipes that were made from templates up to their templates' present versions. It shows what would
//! change and keeps the inputs, the name and whether the recipe is switched on.
//!
//! Steps that somebody has changed by hand are never lost: such a recipe is left alone, with the difference to take over by
//! hand, unless `--force` says otherwise. Start at [`update`].

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bellhop_recipe::{Plan, World, input_value};
use bellhop_source::closest;
use serde_json::{Map, Value, json};
use similar::TextDiff;

use super::account::Account;
use super::ask::{self, Ask};
use super::fill::{self, Known, shown};
use super::instance::{self, Origin};
use super::templates::{self, Template};
use crate::arguments::UpdateArguments;
use crate::check;
use crate::compose::Shelf;
use crate::recipes::{self, RecipeFile};
use crate::trouble::{Ending, Trouble};

/// A recipe that remembers its template.
struct Instance {
    path: PathBuf,
    file: RecipeFile,
    origin: Origin,
}

/// How it stands with a recipe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    UpToDate,
    Newer,
    ByHand,
    NoTemplate,
    Broken,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::UpToDate => "up_to_date",
            Self::Newer => "newer",
            Self::ByHand => "changed_by_hand",
            Self::NoTemplate => "template_gone",
            Self::Broken => "broken",
        }
    }
}

/// What becomes of a recipe's inputs.
#[derive(Default)]
struct Inputs {
    kept: Map<String, Value>,
    added: Vec<String>,
    gone: Vec<(String, Value)>,
    /// Name, old value, and why it does not fit any more.
    unfit: Vec<(String, Value, String)>,
}

/// Updates, or with `--check` only says what could be. Exit 1: there is something to update (`--check`), or something was left.
pub(crate) async fn update(arguments: UpdateArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let world = templates::world(&shelf);
    let all = templates::all(&shelf, &world)?;
    let set = fill::pairs(&arguments.set)?;
    let instances = instances(&shelf, &arguments.recipes, &world)?;
    if instances.is_empty() {
        anstream::eprintln!("No recipe here was made from a template. `bellhop new` makes one.");
    }
    refuse_strange_inputs(&set, &instances, &all)?;
    let mut round = Round {
        shelf: &shelf,
        world: &world,
        arguments: &arguments,
        set,
        // With `--json` nobody reads questions between the lines.
        person: ask::terminal().filter(|_| !arguments.json),
        report: Vec::new(),
        left: false,
    };
    for instance in &instances {
        let template = all.iter().find(|template| template.id() == instance.origin.template);
        round.one(instance, template).await?;
    }
    if arguments.json {
        anstream::println!("{:#}", json!({ "recipes": round.report }));
    }
    Ok(if round.left { Ending::Problems } else { Ending::Fine })
}

/// An input that no template has is a slip, and would otherwise be passed over.
fn refuse_strange_inputs(
    set: &[(String, String)],
    instances: &[Instance],
    all: &[Template],
) -> Result<(), Trouble> {
    let theirs = |template: &&Template| instances.iter().any(|one| one.origin.template == template.id());
    let plans = all.iter().filter(theirs).filter_map(Template::plan);
    let known: Vec<&str> = plans.flat_map(|plan| &plan.inputs).map(|input| input.name.as_str()).collect();
    match set.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(Trouble::new(match closest(name, known) {
            Some(near) => format!("There is no input `{name}` in these templates. Did you mean `{near}`?"),
            None => format!("There is no input `{name}` in these templates."),
        })),
    }
}

fn instances(shelf: &Shelf, names: &[String], world: &World) -> Result<Vec<Instance>, Trouble> {
    let root = &shelf.workspace.root;
    let folder = root.join("recipes");
    let paths = if folder.is_dir() { recipes::find(&folder)? } else { Vec::new() };
    if !names.is_empty() {
        return names.iter().map(|name| named(shelf, name, &paths, world)).collect();
    }
    let mut found = Vec::new();
    for path in paths {
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let file = RecipeFile::read(&path, &shown, world)?;
        if let Some(origin) = instance::origin(file.source.text()) {
            found.push(Instance { path, file, origin });
        }
    }
    Ok(found)
}

fn named(shelf: &Shelf, name: &str, paths: &[PathBuf], world: &World) -> Result<Instance, Trouble> {
    // For the words where there is no such recipe.
    let shown = shelf.recipe(name)?.source.name().to_owned();
    let by_id = || paths.iter().find(|path| recipes::id_of(path) == name).cloned();
    let as_file = PathBuf::from(name);
    let path = if as_file.is_file() { as_file } else { by_id().unwrap_or(as_file) };
    let file = RecipeFile::read(&path, &shown, world)?;
    let origin = instance::origin(file.source.text()).ok_or_else(|| {
        Trouble::new(format!("{shown} was not made from a template, so there is nothing to update it from."))
    })?;
    Ok(Instance { path, file, origin })
}

struct Round<'a> {
    shelf: &'a Shelf,
    world: &'a World,
    arguments: &'a UpdateArguments,
    set: Vec<(String, String)>,
    person: Option<Box<dyn Ask>>,
    report: Vec<Value>,
    left: bool,
}

impl Round<'_> {
    async fn one(&mut self, instance: &Instance, template: Option<&Template>) -> Result<(), Trouble> {
        let name = instance.file.source.name();
        let Some(template) = template else {
            self.report(instance, None, State::NoTemplate, "", None);
            anstream::eprintln!(
                "{name}: there is no template `{}` any more; the recipe stays as it is.",
                instance.origin.template
            );
            return Ok(());
        };
        if template.version == instance.origin.version {
            self.report(instance, Some(template), State::UpToDate, "", None);
            if !self.arguments.json {
                anstream::eprintln!("{name}: up to date with the template {}.", template.id());
            }
            return Ok(());
        }
        self.left |= self.arguments.check;
        let (Some(old), Some(new)) = (&instance.file.plan, template.plan()) else {
            self.left = true;
            self.report(instance, Some(template), State::Broken, "", None);
            let broken = if template.plan().is_none() { &template.file } else { &instance.file };
            check::show(&broken.diagnostics, &broken.source);
            anstream::eprintln!("{name}: {} has errors; mend them first.", broken.source.name());
            return Ok(());
        };
        let inputs = compare(old, new);
        let before = instance.file.source.text();
        let by_hand = instance::version(before) != instance.origin.version;
        let state = if by_hand { State::ByHand } else { State::Newer };
        let refused = self.arguments.check || (by_hand && !self.arguments.force);
        let values = if refused {
            Ok(own_values(new, &inputs.kept))
        } else {
            // One that was made along with its caller has inputs that only the caller gives.
            let open = old.inputs.iter().any(|input| input.default.is_none());
            let known = Known { set: self.set_for(new), kept: inputs.kept.clone(), open };
            let mut account = Account::of(self.shelf, new);
            fill::fill(new, known, &mut account, self.person.as_deref_mut()).await.map(|filled| {
                filled.notes.iter().for_each(|note| anstream::eprintln!("{name}: {note}"));
                filled.values
            })
        };
        let values = match values {
            Ok(values) => values,
            Err(trouble) => {
                self.left = true;
                self.report(instance, Some(template), state, "", Some(&inputs));
                anstream::eprintln!("{name} was not updated.\n{trouble}");
                return Ok(());
            }
        };
        let origin = Origin { template: template.id().to_owned(), version: template.version.clone() };
        let text = instance::filled_in(template.file.source.text(), &origin, &values);
        let text = instance::with_own_of(before, text);
        let diff = diff(name, before, &text);
        self.report(instance, Some(template), state, &diff, Some(&inputs));
        if !self.arguments.json {
            show(name, template, &diff, &inputs, &values);
        }
        if by_hand && !self.arguments.force {
            self.left = true;
            anstream::eprintln!(
                "{name} was changed by hand, so it stays as it is. Take over by hand what you want from above, or `bellhop update {} --force` to have the template's steps and lose the changes.",
                instance.file.id
            );
            return Ok(());
        }
        if !self.arguments.check {
            super::refuse_other_values(
                &RecipeFile::from_text(&instance.file.id, name, &text, self.world),
                &values,
            )?;
            self.write(instance, &text)?;
        }
        Ok(())
    }

    /// What `--set` says for this recipe. An input that another recipe has is meant for that one.
    fn set_for(&self, plan: &Plan) -> Vec<(String, String)> {
        let has = |name: &str| plan.inputs.iter().any(|input| input.name == name);
        self.set.iter().filter(|(name, _)| has(name)).cloned().collect()
    }

    fn write(&mut self, instance: &Instance, text: &str) -> Result<(), Trouble> {
        let name = instance.file.source.name();
        let agreed = match &mut self.person {
            _ if self.arguments.yes => true,
            Some(person) => person.yes(&format!("Write {name}?"), false)?,
            None => {
                self.left = true;
                anstream::eprintln!("{name} was not written: nobody can be asked here. `--yes` agrees.");
                return Ok(());
            }
        };
        if !agreed {
            self.left = true;
            anstream::eprintln!("{name} stays as it is.");
            return Ok(());
        }
        std::fs::write(&instance.path, text).map_err(|error| Trouble::writing(&instance.path, &error))?;
        anstream::eprintln!("{name} is up to date now.");
        Ok(())
    }

    fn report(
        &mut self,
        instance: &Instance,
        template: Option<&Template>,
        state: State,
        diff: &str,
        inputs: Option<&Inputs>,
    ) {
        let none = Inputs::default();
        let inputs = inputs.unwrap_or(&none);
        self.report.push(json!({
            "recipe": instance.file.id, "file": instance.file.source.name(), "template": instance.origin.template,
            "version": instance.origin.version, "latest": template.map(|template| &template.version), "state": state.word(),
            "new_inputs": inputs.added, "gone_inputs": inputs.gone.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "inputs_that_do_not_fit": inputs.unfit.iter().map(|(name, ..)| name).collect::<Vec<_>>(), "diff": diff,
        }));
    }
}

fn show(name: &str, template: &Template, diff: &str, inputs: &Inputs, values: &Map<String, Value>) {
    anstream::println!("{name}: the template {} has changed.", template.id());
    anstream::print!("{}", coloured(diff));
    for input in &inputs.added {
        let value = values.get(input).filter(|value| !value.is_null());
        let value = value.map_or_else(|| format!("needs a value: `--set {input}=…`"), shown);
        anstream::println!("  new input {input}: {value}");
    }
    for (input, value) in &inputs.gone {
        anstream::println!("  gone: {input} (it was {})", shown(value));
    }
    for (input, value, why) in &inputs.unfit {
        let now = values.get(input).map(shown).unwrap_or_default();
        anstream::println!("  {input} was {} and is now {now}: {why}", shown(value));
    }
}

fn compare(old: &Plan, new: &Plan) -> Inputs {
    let mut inputs = Inputs::default();
    for input in &new.inputs {
        match old.inputs.iter().find(|one| one.name == input.name) {
            None => inputs.added.push(input.name.clone()),
            Some(before) => {
                let Some(value) = &before.default else { continue };
                match input_value(input, value) {
                    Ok(value) if value.is_array() == input.many => {
                        inputs.kept.insert(input.name.clone(), value);
                    }
                    Ok(_) => inputs.unfit.push((
                        input.name.clone(),
                        value.clone(),
                        "it is one value now".to_owned(),
                    )),
                    Err(why) => inputs.unfit.push((input.name.clone(), value.clone(), why)),
                }
            }
        }
    }
    let gone = old.inputs.iter().filter(|one| new.inputs.iter().all(|input| input.name != one.name));
    inputs.gone = gone.map(|one| (one.name.clone(), one.default.clone().unwrap_or_default())).collect();
    inputs
}

/// What is kept, and the template's own values for the rest.
fn own_values(plan: &Plan, kept: &Map<String, Value>) -> Map<String, Value> {
    let value = |name: &str, default: Option<&Value>| kept.get(name).or(default).cloned();
    let inputs = plan.inputs.iter();
    inputs
        .filter_map(|input| Some((input.name.clone(), value(&input.name, input.default.as_ref())?)))
        .collect()
}

fn diff(name: &str, before: &str, after: &str) -> String {
    let (old, new) = (format!("{name} (now)"), format!("{name} (with the template's changes)"));
    TextDiff::from_lines(before, after).unified_diff().context_radius(2).header(&old, &new).to_string()
}

fn coloured(diff: &str) -> String {
    let (red, green) = (anstyle::AnsiColor::Red.on_default(), anstyle::AnsiColor::Green.on_default());
    let mut text = String::with_capacity(diff.len());
    for line in diff.lines() {
        // Writing to a text cannot fail.
        let _ = match line.chars().next() {
            Some('-') => writeln!(text, "{red}{line}{red:#}"),
            Some('+') => writeln!(text, "{green}{line}{green:#}"),
            _ => writeln!(text, "{line}"),
        };
    }
    text
}
