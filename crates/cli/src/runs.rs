//! `bellhop runs`: what has run, and how each run went. Why a recipe did not run is in `why`.

mod about;
mod completeness;
mod cost;
mod forecast;
mod why;

use std::path::Path;

use bellhop_clock::{Clock as _, Moment, SystemClock};
use bellhop_journal::{Claimed, Run, RunFilter, RunStatus, Store};
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde_json::json;

use crate::arguments::{RunsCommand, RunsListArguments, RunsShowArguments};
use crate::attend::{Decision, attend};
use crate::compose::Shelf;
use crate::history::{ABOUT, Narrator, cut, head, standing, status_words, took, when};
use crate::recipes;
use crate::trouble::{Ending, Trouble};

/// Does what was asked below `runs`.
pub(crate) async fn runs(command: RunsCommand, asked: Option<&Path>) -> Result<Ending, Trouble> {
    match command {
        RunsCommand::List(arguments) => list(&Shelf::open(asked)?, arguments).await,
        RunsCommand::Completeness(arguments) => {
            completeness::completeness(&Shelf::open(asked)?, &arguments).await
        }
        RunsCommand::Forecast(arguments) => forecast::forecast(arguments, asked).await,
        RunsCommand::Why(arguments) => why::why(&Shelf::open(asked)?, arguments).await,
        RunsCommand::Show(arguments) => show(&Shelf::open(asked)?, &arguments).await,
        RunsCommand::Retry { run, from, by } => attend(&run, Decision::Retry(from), by, asked).await,
        RunsCommand::Cancel { run, by } => attend(&run, Decision::Cancel, by, asked).await,
        RunsCommand::Resolve(arguments) => {
            let (run, by) = (arguments.run.clone(), arguments.by.clone());
            attend(&run, Decision::resolution(arguments)?, by, asked).await
        }
        RunsCommand::Approve(arguments) => {
            let (run, by) = (arguments.run.clone(), arguments.by.clone());
            attend(&run, Decision::approval(arguments), by, asked).await
        }
    }
}

async fn list(shelf: &Shelf, arguments: RunsListArguments) -> Result<Ending, Trouble> {
    let mut statuses = Vec::new();
    for name in &arguments.status {
        let status = RunStatus::from_name(name).ok_or_else(|| {
            let names: Vec<_> = RunStatus::ALL.iter().map(|status| status.name()).collect();
            Trouble::new(format!("There is no state `{name}`. The states are: {}.", names.join(", ")))
        })?;
        statuses.push(status);
    }
    if arguments.needs_attention {
        statuses.push(RunStatus::NeedsAttention);
    }
    if arguments.waiting {
        statuses.push(RunStatus::Waiting);
    }
    let picks = arguments.recipe.is_some()
        || !statuses.is_empty()
        || [&arguments.record, &arguments.about, &arguments.since, &arguments.until]
            .iter()
            .any(|pick| pick.is_some());
    if let Some(who) = &arguments.about {
        about::refuse_nobody(who)?;
    }
    // One that is gone has left its runs.
    let (recipe, unknown) = match arguments.recipe.map(|name| (shelf.recipe(&name), name)) {
        None => (None, None),
        Some((Ok(file), _)) => (Some(file.id), None),
        Some((Err(trouble), name)) => (Some(name), Some(trouble)),
    };
    let since = moment(shelf, arguments.since.as_deref())?;
    let until = moment(shelf, arguments.until.as_deref())?;
    about::refuse_reversed(since, until)?;
    let filter = RunFilter {
        recipe,
        statuses,
        or_troubled: arguments.needs_attention,
        record: arguments.record,
        mentions: arguments.about,
        since,
        until,
        limit: arguments.limit,
    };
    let store = shelf.open_store_to_read()?;
    let runs = match &store {
        Some(store) => about::runs(store.as_ref(), filter).await?,
        None => Vec::new(),
    };
    if arguments.json {
        anstream::println!("{:#}", json!({ "runs": runs }));
    } else if let (true, Some(trouble)) = (runs.is_empty(), unknown) {
        anstream::eprintln!("{trouble}");
    } else if runs.is_empty() && picks {
        anstream::eprintln!(
            "No run is like that. `bellhop runs list` shows the latest; `bellhop runs why RECIPE WHO` says why a recipe did not run for somebody."
        );
    } else if runs.is_empty() {
        anstream::eprintln!("No runs yet. `bellhop demo` shows some; `bellhop serve` makes them.");
    } else {
        anstream::println!("{}", table(&runs));
    }
    Ok(Ending::Fine)
}

/// A time as people write it: `yesterday at 9:00`, `2 days ago`, `2026-11-20`.
pub(crate) fn moment(shelf: &Shelf, words: Option<&str>) -> Result<Option<Timestamp>, Trouble> {
    let Some(words) = words else { return Ok(None) };
    let moment = Moment::parse(words).map_err(|error| {
        Trouble::new(format!(
            "{}. Write it like `2 days ago`, `yesterday at 9:00` or `2026-11-20`.",
            error.message
        ))
    })?;
    Ok(Some(moment.resolve(SystemClock.now(), &shelf.workspace.zone)))
}

/// The most of a run's reasons that a list shows, in characters; `runs show` has all of it.
const SUMMARY: usize = 120;

fn table(runs: &[Run]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header([
        "run",
        "recipe",
        "about",
        "state",
        "last change",
        "",
    ]);
    for run in runs {
        let state = match run.wake_at {
            Some(at) if run.status == RunStatus::Sleeping => format!("waits, goes on {}", when(at, now)),
            _ => status_words(run.status).to_owned(),
        };
        let state = if run.troubled { format!("{state}; needs a person") } else { state };
        table.add_row([
            run.id.to_string(),
            run.recipe.clone(),
            cut(run.record.as_deref().unwrap_or_default(), ABOUT),
            state,
            when(run.updated_at, now),
            // What a run under way was told before it was taken up again is not what it does now.
            if run.status == RunStatus::Ready { String::new() } else { cut(&run.summary, SUMMARY) },
        ]);
    }
    table
}

async fn show(shelf: &Shelf, arguments: &RunsShowArguments) -> Result<Ending, Trouble> {
    let none = || {
        Trouble::new(format!(
            "There is no run {}, or more than one begins so. `bellhop runs list` shows them.",
            arguments.run
        ))
    };
    let store = shelf.open_store_to_read()?.ok_or_else(none)?;
    let found =
        store.run(&arguments.run).await.map_err(|error| Trouble::new(error.to_string()))?.ok_or_else(none)?;
    if arguments.as_test {
        let called = called(store.as_ref(), &found).await?;
        let recipes = recipes::load(&shelf.workspace.root, &shelf.world())?;
        let is_of = |id: &str| found.run.recipe == id || called.iter().any(|one| one.run.recipe == id);
        let texts: Vec<&str> =
            recipes.iter().filter(|file| is_of(&file.id)).map(|file| file.source.text()).collect();
        anstream::print!("{}", bellhop_trial::as_test(&found, &called, &texts, &shelf.catalogue));
    } else if arguments.json {
        let whole = json!({ "run": found.run, "event": found.event, "history": found.history });
        anstream::println!("{whole:#}");
    } else {
        print_story(shelf, &found, &shelf.recipe_name(&found.run.recipe));
    }
    Ok(Ending::Fine)
}

/// The runs that a run made of other recipes, and those that they made.
pub(crate) async fn called(store: &dyn Store, found: &Claimed) -> Result<Vec<Claimed>, Trouble> {
    let mut all: Vec<Claimed> = Vec::new();
    let mut open: Vec<_> = bellhop_trial::called_by(&found.history).collect();
    while let Some(id) = open.pop() {
        if all.iter().any(|known| known.run.id == id) {
            continue;
        }
        let run = store.run(id.as_str()).await.map_err(|error| Trouble::new(error.to_string()))?;
        if let Some(run) = run {
            open.extend(bellhop_trial::called_by(&run.history));
            all.push(run);
        }
    }
    Ok(all)
}

/// Prints a run from its head to where it stands.
pub(crate) fn print_story(shelf: &Shelf, found: &Claimed, recipe_name: &str) {
    anstream::println!("{}", head(&found.run, &found.event, recipe_name));
    let mut narrator = Narrator::new(&shelf.catalogue, &shelf.workspace.zone);
    for line in found.history.iter().filter_map(|stamped| narrator.line(stamped)) {
        anstream::println!("{line}");
    }
    if !found.run.status.is_over() {
        anstream::println!("  {}", standing(&found.run));
    }
    let faint = anstyle::Style::new().dimmed();
    anstream::println!("  {faint}{}{faint:#}", took(found.run.created_at, found.run.updated_at));
}
