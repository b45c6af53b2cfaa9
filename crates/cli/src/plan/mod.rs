//! `bellhop plan`: a dry run. Reads really happen, writes never leave the process; later steps see what earlier writes would
//! have made; waits are jumped over.
//!
//! Start at [`plan`]. `event` finds what the run is about, `rehearsal` plays it with what `meantime` takes to come, `told` and `why` read its history, `outcome` is what
//! `--json` prints, `page` is what people read.

mod event;
mod meantime;
mod outcome;
mod page;
mod rehearsal;
mod told;
pub(crate) mod why;

use std::path::Path;

use bellhop_connector::{AuthSetting, Connection, SecretReference};
use bellhop_journal::RunStatus;
use bellhop_sandbox::{Running, SandboxConfig};

use crate::arguments::PlanArguments;
use crate::check;
use crate::compose::Shelf;
use crate::run;
use crate::trouble::{Ending, Trouble};

/// The variable under which the sandbox's token is handed to the vault.
pub(crate) const TOKEN: &str = "BELLHOP_SANDBOX_TOKEN";

/// Plays the recipe without writing and prints what would happen. Exit 1 where the run would fail or need a person.
pub(crate) async fn plan(arguments: PlanArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let mut shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let sandbox = if arguments.sandbox { Some(sandbox(&mut shelf).await?) } else { None };
    let file = shelf.recipe(&arguments.recipe)?;
    let Some(plan) = file.plan.clone().filter(|_| file.is_good()) else {
        check::show(&file.diagnostics, &file.source);
        return Ok(Ending::Problems);
    };
    let event = event::find(&shelf, &plan, &arguments).await?;
    let inputs = event::inputs(&plan, event.inputs.as_ref(), run::inputs(&arguments.inputs)?)?;
    let start = event::start(&plan, &event, &inputs, &shelf.workspace.zone);
    let rehearsed = if start.would == Some(false) {
        None
    } else {
        let meantime = meantime::Meantime::of(&arguments)?;
        Some(rehearsal::rehearse(&shelf, &plan, &event, &inputs, meantime).await?)
    };
    let outcome = outcome::outcome(&shelf, &file, &plan, &event, start, rehearsed.as_ref());
    if arguments.json {
        let mut value = serde_json::to_value(&outcome)
            .map_err(|error| Trouble::new(format!("The plan cannot be written as JSON: {error}.")))?;
        if let Some(rehearsed) = &rehearsed {
            rehearsed.works.redact(&mut value);
        }
        anstream::println!("{value:#}");
    } else {
        let text = page::page(&outcome, &shelf.workspace.zone);
        let text = rehearsed.as_ref().map_or_else(|| text.clone(), |one| one.works.redact_text(&text));
        anstream::print!("{text}");
    }
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    let bad = |status| matches!(status, RunStatus::Failed | RunStatus::NeedsAttention);
    let ends_badly = rehearsed.is_some_and(|one| one.stuck.is_some() || bad(one.found.run.status));
    Ok(if ends_badly { Ending::Problems } else { Ending::Fine })
}

/// A sandbox of this process alone, in the place of every connection to HighLevel.
pub(crate) async fn sandbox(shelf: &mut Shelf) -> Result<Running, Trouble> {
    let words = |error: bellhop_sandbox::Error| Trouble::new(error.to_string());
    let sandbox = bellhop_sandbox::start(SandboxConfig::default()).await.map_err(words)?;
    let connections = &mut shelf.workspace.connections;
    if !connections.values().any(|connection| connection.connector == "contacts") {
        connections.insert("contacts".to_owned(), Connection::named("contacts", "contacts"));
    }
    for connection in connections.values_mut().filter(|connection| connection.connector == "contacts") {
        connection.base_url = Some(sandbox.base_url().to_owned());
        connection.auth = AuthSetting::Token(SecretReference::Env(TOKEN.to_owned()));
        connection.settings.insert("location_id".to_owned(), sandbox.location_id().to_owned());
    }
    shelf.environment.insert(TOKEN.to_owned(), sandbox.token().to_owned());
    Ok(sandbox)
}
