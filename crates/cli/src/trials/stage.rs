//! One test's own world: a sandbox with its records and faults, a store in memory, an engine with the recipe and those
//! that it calls, and a clock that jumps. Nothing of it reaches beyond this machine, and nothing of it stays.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bellhop_clock::Clock;
use bellhop_connector::{AuthSetting, Connection, Connector, Method, SecretReference};
use bellhop_contacts::Contacts;
use bellhop_engine::{Engine, EngineOptions, Link};
use bellhop_http::{HttpOptions, HttpRuntime, ManifestConnector};
use bellhop_journal::RunStatus;
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_sandbox::{Data, RateLimits, Running, SandboxConfig};
use bellhop_source::Source;
use bellhop_store::SqliteStore;
use bellhop_trial::{FaultKind, Stage, StandIn, Story, SwiftClock, Trial, play};
use bellhop_vault::Vault;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::compose::Shelf;
use crate::library;

/// The variable under which the sandbox's token is handed to the vault.
const TOKEN: &str = "BELLHOP_SANDBOX_TOKEN";
/// Where the sandbox plays Slack.
const SLACK: &str = "/__sandbox/slack-api";

/// Whether the sandbox can begin with these records; if not, why.
pub(super) fn fits(records: &Value, now: Timestamp) -> Result<(), String> {
    // The sandbox speaks of its data files; in a test the same things have the names of recipes.
    Data::from_json_at(records, now).map(|_| ()).map_err(|error| {
        let words = error.to_string().replace("`customFields`", "`custom_fields`");
        words.strip_prefix("The sandbox's data cannot be used: ").unwrap_or(&words).to_owned()
    })
}

/// Plays a test; `recipe` finds the recipes that are called. The error is a sentence: it could not be played.
pub(super) async fn try_one(
    shelf: &Shelf,
    plan: &Plan,
    recipe: &(dyn Fn(&str) -> Option<Arc<Plan>> + Sync),
    trial: &Trial,
) -> Result<Story, String> {
    let clock = SwiftClock::new(trial.given.now);
    let sandbox = sandbox(shelf, trial, &clock).await?;
    let connections = links(shelf, trial, &clock, &sandbox)?;
    let store = SqliteStore::in_memory().map_err(|error| error.to_string())?;
    let mut options = EngineOptions::new(Arc::new(store), Arc::new(clock.clone()), shelf.world(), "a test");
    options.connections = connections.clone();
    options.lends = false;
    let engine = Engine::new(options);
    let plan = Arc::new(for_tests(plan, trial));
    let mut recipes = vec![Arc::clone(&plan)];
    for called in library::called(&plan, recipe) {
        recipes.push(Arc::new(called_in_tests(&called, shelf, trial)?));
    }
    let begun = async {
        engine.set_recipes(recipes).await?;
        engine.start().await
    };
    begun.await.map_err(|error| error.to_string())?;
    let records = || sandbox.snapshot();
    let stage = Stage {
        engine: &engine,
        clock: &clock,
        connections: &connections,
        catalogue: &shelf.catalogue,
        plan: &plan,
        records: &records,
    };
    let played = play(trial, &stage).await;
    // A test that was given up may have something in hand for ever.
    let _ended_or_given_up =
        tokio::time::timeout(Duration::from_secs(1), engine.shutdown(SignedDuration::ZERO)).await;
    played
}

/// The recipe as tests run it: with the test's inputs, also where it is switched off, and with no schedule of its own,
/// because a test says itself when it begins.
fn for_tests(plan: &Plan, trial: &Trial) -> Plan {
    let mut plan = plan.clone();
    plan.enabled = true;
    for input in &mut plan.inputs {
        if let Some(given) = trial.given.inputs.get(&input.name) {
            input.default = Some(given.clone());
        }
    }
    for trigger in &mut plan.triggers {
        if matches!(trigger.kind, TriggerKind::Schedule { .. }) {
            trigger.kind = TriggerKind::Manual;
        }
    }
    plan
}

/// A called recipe as tests run it: only where it is called; where the test says how it ends, it does nothing but that.
fn called_in_tests(plan: &Plan, shelf: &Shelf, trial: &Trial) -> Result<Plan, String> {
    let mut plan = plan.clone();
    plan.triggers.retain(|trigger| matches!(trigger.kind, TriggerKind::Manual));
    let Some((_, played)) = trial.given.recipes.iter().find(|(id, _)| *id == plan.id) else {
        return Ok(plan);
    };
    let verb = match played.status {
        RunStatus::Failed => "fail",
        RunStatus::Stopped => "stop",
        _ => "set",
    };
    let done = if verb == "set" { json!({ "done": true }) } else { Value::from(played.summary.as_str()) };
    let text = json!({ "name": plan.name, "trigger": "manual", "steps": [{ verb: done }] }).to_string();
    let (made, _) = bellhop_recipe::compile(&plan.id, &Source::new(plan.id.as_str(), text), &shelf.world());
    let made = made.ok_or_else(|| format!("How the recipe `{}` ends cannot be played.", plan.id))?;
    Ok(Plan { inputs: plan.inputs, enabled: plan.enabled, ..made })
}

async fn sandbox(shelf: &Shelf, trial: &Trial, clock: &SwiftClock) -> Result<Running, String> {
    let given = &trial.given;
    let mut config = SandboxConfig {
        data: Data::from_json_at(&given.records, given.now).map_err(|error| error.to_string())?,
        record_calls: false,
        // No test is to wait for a budget: its clock stands still while it would.
        rate_limits: Some(RateLimits { limit: u32::MAX, day: u32::MAX, ..RateLimits::default() }),
        ..SandboxConfig::default()
    };
    let now = clock.clone();
    config.now = Some(Arc::new(move || now.now()));
    for fault in &given.faults {
        let Some(place) = place(shelf, &fault.connector, &fault.operation) else { continue };
        let kind = match fault.kind {
            FaultKind::Status(status) => status.to_string(),
            FaultKind::DoneThen(status) => format!("done-then-{status}"),
            FaultKind::BrokenOff => "reset".to_owned(),
            FaultKind::Silence => "hang".to_owned(),
        };
        let times = fault.times.map(|times| format!("*{times}")).unwrap_or_default();
        let written = format!("{kind}@{place}{times}");
        config.faults.push(written.parse().map_err(|error| format!("{error}"))?);
    }
    bellhop_sandbox::start(config).await.map_err(|error| error.to_string())
}

/// Method and path of an operation in the sandbox; none: the sandbox does not play that app.
fn place(shelf: &Shelf, connector: &str, operation: &str) -> Option<String> {
    let below = match connector {
        "contacts" => "",
        "slack" => SLACK,
        _ => return None,
    };
    let request = &shelf.catalogue.operation(connector, operation)?.request;
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
        Method::FromInput => return None,
    };
    Some(format!("{method} {below}{}", request.path))
}

/// The workspace's connections, each led to the sandbox or to a stand-in.
fn links(
    shelf: &Shelf,
    trial: &Trial,
    clock: &SwiftClock,
    sandbox: &Running,
) -> Result<HashMap<String, Link>, String> {
    let secrets = BTreeMap::from([(TOKEN.to_owned(), sandbox.token().to_owned())]);
    let vault = Arc::new(Vault::new(secrets, None));
    let mut options = HttpOptions::new(clock.for_deadlines(), vault);
    options.pauses = clock.for_pauses();
    let runtime = HttpRuntime::new(options);
    let runtime = Arc::new(runtime.map_err(|error| error.to_string())?);
    let token = || AuthSetting::Token(SecretReference::Env(TOKEN.to_owned()));
    let mut links = HashMap::new();
    for (name, connector) in &shelf.world().connections {
        let Some(manifest) = shelf.catalogue.get(connector) else { continue };
        let mut connection = Connection::named(name, connector);
        connection.rate_limits = Some(Vec::new());
        let over_http = || Arc::new(ManifestConnector::new(Arc::clone(manifest), Arc::clone(&runtime)));
        let played: Arc<dyn Connector> = match connector.as_str() {
            "contacts" => {
                connection.base_url = Some(sandbox.base_url().to_owned());
                connection.auth = token();
                connection.settings.insert("location_id".to_owned(), sandbox.location_id().to_owned());
                Arc::new(Contacts::around(over_http()))
            }
            "slack" => {
                connection.base_url = Some(format!("{}{SLACK}", sandbox.base_url()));
                connection.auth = token();
                over_http()
            }
            _ => Arc::new(StandIn::new(Arc::clone(manifest), &trial.given)),
        };
        links.insert(name.clone(), (Arc::new(connection), played));
    }
    Ok(links)
}
