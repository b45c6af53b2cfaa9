//! Who changed what: every act of a person, and every version of a recipe that was taken, as one line of JSON in
//! `.bellhop/audit.jsonl`. Lines are only ever added, and are on the disk before a command says that it is done. Nothing
//! of a secret and nothing of a record is in it.
//!
//! The file is opened before an act: what could not be written down is not done. See
//! `docs/decisions/0016-who-changed-what-is-a-file.md`.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_recipe::Plan;
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::arguments::AuditArguments;
use crate::compose::Shelf;
use crate::history::when;
use crate::runs::moment;
use crate::trouble::{Ending, Trouble};

/// What was done. Stored for years: only add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Did {
    /// A run was to be tried again.
    Retry,
    /// A run was ended.
    Cancel,
    /// It was said how a step in doubt had ended.
    Resolve,
    /// A question of a run was answered with yes.
    Approve,
    /// A question of a run was answered with no.
    Refuse,
    /// A secret was kept.
    SecretSet,
    /// A secret was forgotten.
    SecretRemoved,
    /// A copy was put in the place of the store.
    Restore,
    /// A recipe is there that was not.
    RecipeAdded,
    /// A recipe has another version.
    RecipeChanged,
    /// A recipe is gone.
    RecipeRemoved,
    /// `serve` began.
    ServeStarted,
    /// `serve` ended, as it was told to.
    ServeStopped,
}

/// One act. Stored for years: fields are only added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Act {
    /// When.
    pub(crate) at: Timestamp,
    /// Who, as far as it is known.
    pub(crate) by: String,
    /// What.
    pub(crate) did: Did,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<String>,
    /// The step of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<String>,
    /// The recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recipe: Option<String>,
    /// The secret's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    /// What it was before: a recipe's version, a run's state, where the earlier store lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    /// What it is now: a recipe's version, the copy that was restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
}

impl Act {
    /// An act of now about nothing in particular yet.
    pub(crate) fn now(by: &str, did: Did) -> Self {
        Self {
            at: SystemClock.now(),
            by: by.to_owned(),
            did,
            run: None,
            step: None,
            recipe: None,
            secret: None,
            before: None,
            after: None,
        }
    }
}

/// The book of a workspace, open for writing.
pub(crate) struct Audit(Mutex<File>);

impl Audit {
    /// Opens it, or begins it: readable by its owner only.
    pub(crate) fn open(shelf: &Shelf) -> Result<Self, Trouble> {
        let path = shelf.workspace.audit();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Trouble::writing(folder, &error))?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| Trouble::writing(&path, &error))?;
        Ok(Self(Mutex::new(file)))
    }

    /// Writes an act down; it is on the disk when this returns.
    pub(crate) fn keep(&self, act: &Act) -> Result<(), Trouble> {
        let trouble = |error: std::io::Error| {
            Trouble::new(format!("It could not be written down who did what: {error}."))
        };
        let line = serde_json::to_string(act).map_err(|error| trouble(error.into()))?;
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One write for the whole line: other processes append to the same file.
        file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.sync_data()).map_err(trouble)
    }

    /// Writes down how the recipes at work differ from those before.
    pub(crate) fn keep_recipes(
        &self,
        before: &BTreeMap<String, String>,
        now: &BTreeMap<String, Arc<Plan>>,
    ) -> Result<(), Trouble> {
        let act = |did, id: &String, before: Option<&String>, after: Option<&String>| Act {
            recipe: Some(id.clone()),
            before: before.cloned(),
            after: after.cloned(),
            ..Act::now(SERVE, did)
        };
        for (id, plan) in now {
            match before.get(id) {
                None => self.keep(&act(Did::RecipeAdded, id, None, Some(&plan.version)))?,
                Some(version) if *version != plan.version => {
                    self.keep(&act(Did::RecipeChanged, id, Some(version), Some(&plan.version)))?;
                }
                Some(_) => {}
            }
        }
        for (id, version) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
            self.keep(&act(Did::RecipeRemoved, id, Some(version), None))?;
        }
        Ok(())
    }
}

/// Who takes recipes: who wrote them is not known to Bellhop.
const SERVE: &str = "bellhop serve";

/// Who is at work: the name that was given, else the operating system's user, behind whom `sudo` may have put another.
pub(crate) fn who(shelf: &Shelf, given: Option<&str>) -> String {
    let of_system = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| shelf.environment.get(*name).filter(|value| !value.is_empty()));
    let given = given.map(str::trim).filter(|name| !name.is_empty());
    given.map(str::to_owned).or_else(|| of_system.cloned()).unwrap_or_else(nameless)
}

#[cfg(unix)]
fn nameless() -> String {
    format!("user {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn nameless() -> String {
    "unknown".to_owned()
}

/// All that was written down, the oldest first. A line that cannot be read is told and left out.
pub(crate) fn read(path: &Path) -> Result<Vec<Act>, Trouble> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).map_err(|error| Trouble::reading(path, &error))?;
    let mut acts = Vec::new();
    for (number, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(act) => acts.push(act),
            Err(error) => {
                anstream::eprintln!("warning: {}:{} cannot be read: {error}", path.display(), number + 1);
            }
        }
    }
    Ok(acts)
}

/// The versions of the recipes that were taken last.
pub(crate) fn versions(acts: &[Act]) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for act in acts {
        match (&act.recipe, act.did, &act.after) {
            (Some(recipe), Did::RecipeAdded | Did::RecipeChanged, Some(version)) => {
                versions.insert(recipe.clone(), version.clone());
            }
            (Some(recipe), Did::RecipeRemoved, _) => {
                versions.remove(recipe);
            }
            _ => {}
        }
    }
    versions
}

/// `bellhop audit`: lists it.
pub(crate) fn audit(arguments: &AuditArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let since = moment(&shelf, arguments.since.as_deref())?;
    let mut acts = read(&shelf.workspace.audit())?;
    acts.retain(|act| since.is_none_or(|since| act.at >= since));
    if arguments.json {
        anstream::println!("{:#}", json!({ "acts": acts }));
    } else if acts.is_empty() {
        anstream::eprintln!("Nothing has been written down.");
    } else {
        let now = SystemClock.now();
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["when", "who", "what", "of", ""]);
        for act in &acts {
            let of = [&act.run, &act.step, &act.recipe, &act.secret];
            let of: Vec<_> = of.into_iter().flatten().map(String::as_str).collect();
            let change = match (&act.before, &act.after) {
                (None, None) => String::new(),
                (Some(before), None) => format!("was {before}"),
                (None, Some(after)) => format!("is {after} now"),
                (Some(before), Some(after)) => format!("{before} → {after}"),
            };
            table.add_row([
                when(act.at, now),
                act.by.clone(),
                words(act.did).to_owned(),
                of.join(" "),
                change,
            ]);
        }
        anstream::println!("{table}");
    }
    Ok(Ending::Fine)
}

fn words(did: Did) -> &'static str {
    match did {
        Did::Retry => "asked for another try",
        Did::Cancel => "ended the run",
        Did::Resolve => "said how a step ended",
        Did::Approve => "approved",
        Did::Refuse => "refused",
        Did::SecretSet => "kept a secret",
        Did::SecretRemoved => "forgot a secret",
        Did::Restore => "restored a copy",
        Did::RecipeAdded => "took a new recipe",
        Did::RecipeChanged => "took a changed recipe",
        Did::RecipeRemoved => "let go of a recipe",
        Did::ServeStarted => "started serving",
        Did::ServeStopped => "stopped serving",
    }
}
