//! `bellhop runs retry|cancel|resolve|approve`: what a person decides about a run that stopped or asks. The run then goes
//! on here, in the foreground.

use std::path::Path;
use std::sync::Arc;

use bellhop_engine::PersonError;
use bellhop_journal::{Resolution, Run, RunId, StepId};
use serde_json::Value;

use crate::arguments::{ApproveArguments, ResolveArguments};
use crate::audit::{self, Act, Audit, Did};
use crate::compose::{Shelf, Works};
use crate::follow::follow;
use crate::history::head;
use crate::trouble::{Ending, Trouble};

/// What a person decides.
pub(crate) enum Decision {
    /// Another try, of one step or of all that failed.
    Retry(Option<String>),
    /// The end.
    Cancel,
    /// How a step in doubt ended; without a resolution it happened, and nothing was said of what it gave.
    Resolve(Option<String>, Option<Resolution>),
    /// What the run asks.
    Approve(Option<String>, bellhop_engine::Decision),
}

impl Decision {
    /// A person's word on a step in doubt, as given on the command line.
    pub(crate) fn resolution(arguments: ResolveArguments) -> Result<Self, Trouble> {
        let resolution = match (arguments.happened, arguments.did_not_happen) {
            (_, true) => Some(Resolution::DidNotHappen),
            (Some(text), false) if text.is_empty() => None,
            (Some(text), false) => Some(Resolution::Happened(serde_json::from_str(&text).map_err(|error| {
                Trouble::new(format!(
                    "The result `{text}` is no JSON: {error}. Write it like `--happened '{{\"id\": \"…\"}}'`."
                ))
            })?)),
            (None, false) => {
                return Err(Trouble::new(
                    "Say how it ended: --happened where it is there, --did-not-happen where it is not.",
                ));
            }
        };
        Ok(Self::Resolve(arguments.step, resolution))
    }

    /// What it is called where it is written down who did what, and the step that was named.
    fn as_act(&self) -> (Did, Option<String>) {
        match self {
            Self::Retry(step) => (Did::Retry, step.clone()),
            Self::Cancel => (Did::Cancel, None),
            Self::Resolve(step, _) => (Did::Resolve, step.clone()),
            Self::Approve(step, decision) => {
                (if decision.approved { Did::Approve } else { Did::Refuse }, step.clone())
            }
        }
    }

    /// A person's answer to what a run asks, as given on the command line.
    pub(crate) fn approval(arguments: ApproveArguments) -> Self {
        let ApproveArguments { no, comment, by, step, run: _ } = arguments;
        Self::Approve(step, bellhop_engine::Decision { approved: !no, by, comment })
    }
}

/// Carries a decision out, and goes along with the run.
///
/// `by`: who decides, where they say so.
pub(crate) async fn attend(
    run: &str,
    decision: Decision,
    by: Option<String>,
    asked: Option<&Path>,
) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let none = || {
        Trouble::new(format!(
            "There is no run {run}, or more than one begins so. `bellhop runs list` shows them."
        ))
    };
    if !shelf.workspace.store.is_file() {
        return Err(none());
    }
    let store = shelf.open_store()?;
    let found = store.run(run).await.map_err(|error| Trouble::new(error.to_string()))?.ok_or_else(none)?;
    let works = Works::build(&shelf, &shelf.workspace.connections, Arc::clone(&store), false)?;
    if !matches!(decision, Decision::Cancel) {
        works.refuse_missing_secrets()?;
    }
    let mut progress = works.engine.watch();
    works.start(Vec::new()).await?;
    let id: RunId = found.run.id.clone();
    anstream::println!("{}", head(&found.run, &found.event, &shelf.recipe_name(&found.run.recipe)));
    let by = audit::who(&shelf, by.as_deref());
    let book = Audit::open(&shelf)?;
    let (did, step) = decision.as_act();
    let act = Act {
        run: Some(id.to_string()),
        step,
        recipe: Some(found.run.recipe.clone()),
        before: Some(found.run.status.name().to_owned()),
        ..Act::now(&by, did)
    };
    let person = works.engine.person(&by);
    let done = match decision {
        Decision::Retry(step) => person.retry(&id, step).await,
        Decision::Cancel => person.cancel(&id).await,
        Decision::Approve(step, decision) => {
            let decision = bellhop_engine::Decision { by: Some(by.clone()), ..decision };
            works.engine.approve(&id, step, decision).await
        }
        Decision::Resolve(step, resolution) => {
            let resolution = match resolution {
                Some(resolution) => resolution,
                None => without_result(&works, &id, step.as_ref()).await?,
            };
            person.resolve(&id, step, resolution).await
        }
    };
    done.map_err(|error: PersonError| Trouble::new(error.to_string()))?;
    book.keep(&act)?;
    if act.did == Did::Retry {
        tell_of_newer(&shelf, &found.run);
    }
    follow(&shelf, &works, store.as_ref(), &id, &mut progress, false).await
}

/// That a step happened, where later steps have no name for what it gave.
async fn without_result(works: &Works, run: &RunId, step: Option<&StepId>) -> Result<Resolution, Trouble> {
    let named = works.engine.name_in_doubt(run, step).await;
    match named.map_err(|error| Trouble::new(error.to_string()))? {
        None => Ok(Resolution::Happened(Value::Null)),
        Some(name) => Err(Trouble::new(format!(
            "What the step gave is `{name}` in later steps. Look it up in the app and say it as JSON, such as \
             `--happened '{{\"id\": \"…\"}}'`; or `--happened null`, where no step that is still to come needs it."
        ))),
    }
}

/// A run keeps to the recipe as it was when it began: a mended one is not what is tried again.
fn tell_of_newer(shelf: &Shelf, run: &Run) {
    let now = shelf.recipe(&run.recipe).ok().and_then(|file| file.plan);
    if now.is_some_and(|plan| plan.version != run.version) {
        anstream::eprintln!(
            "The recipe has changed since this run began; the run keeps to what it was then. To do it by the recipe of today: \
             the event stands in `bellhop runs show {} --json`, `bellhop run {} --event FILE` starts with it.",
            run.id,
            run.recipe
        );
    }
}
