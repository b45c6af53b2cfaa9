//! `bellhop demo`: a sandbox CRM, the engine and the recipes; an ordinary day happens in the CRM, its signed webhooks
//! come through the real door, and the recipes answer. Everything here goes the way it goes in production.

mod changes;
mod story;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anstyle::Style;
use bellhop_clock::monotonic;
use bellhop_connector::{AuthSetting, Connection, SecretReference};
use bellhop_engine::{Engine, Progress};
use bellhop_journal::{Entry, RunStatus, Store};
use bellhop_sandbox::{Running, SandboxConfig};
use bellhop_server::{Server, ServerOptions};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::{broadcast, oneshot};

use crate::arguments::DemoArguments;
use crate::check;
use crate::compose::{Shelf, Works};
use crate::gallery;
use crate::recipes::{self, RecipeFile};
use crate::runs::print_story;
use crate::signal;
use crate::trouble::{Ending, Trouble};

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
/// The variable under which the sandbox's token is handed to the vault.
const TOKEN: &str = "BELLHOP_SANDBOX_TOKEN";

/// Plays the day, prints what came of it, and ends; with `--keep` stays.
pub(crate) async fn demo(arguments: DemoArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let begun = monotonic();
    let folder = Scratch::new()?;
    let mut shelf = Shelf::open(asked)?;
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.map_err(words)?;
    let door = server.address().map_err(words)?;
    let mut config = SandboxConfig::default();
    config.webhooks.to = Some(format!("http://{door}/hooks/contacts"));
    let sandbox = bellhop_sandbox::start(config).await.map_err(words)?;

    shelf.workspace.store = folder.path.join("bellhop.db");
    shelf.workspace.connections = connections(&sandbox);
    shelf.environment.insert(TOKEN.to_owned(), sandbox.token().to_owned());
    let files = recipe_files(&shelf)?;
    let plans: Vec<_> =
        files.iter().filter(|file| file.is_good()).filter_map(|file| file.plan.clone()).collect();
    for file in files.iter().filter(|file| !file.is_good()) {
        check::show(&file.diagnostics, &file.source);
    }

    let store = shelf.open_store()?;
    let works = Works::build(&shelf, &shelf.workspace.connections, Arc::clone(&store), true)?;
    let mut stage = Stage {
        sandbox: &sandbox,
        engine: Arc::clone(&works.engine),
        progress: works.engine.watch(),
        shelf: &shelf,
        store: store.as_ref(),
    };
    works.start(plans.clone()).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let options = ServerOptions {
        engine: Arc::clone(&works.engine),
        connections: Arc::clone(&works.connections),
        clock: Arc::clone(&works.clock),
        metrics: None,
        gauges: Arc::new(|| {}),
        token: None,
        secret: works.secrets_of_senders(),
        deliveries_per_second: shelf.workspace.deliveries_per_second,
    };
    let serving = tokio::spawn(server.serve(options, async move {
        // Either a word or the end of who could say it.
        let _ = stopped.await;
    }));

    anstream::println!(
        "{BOLD}Bellhop demo{BOLD:#}: a sandbox CRM at {}, Bellhop at http://{door},",
        sandbox.base_url()
    );
    anstream::println!("{} recipes, and an ordinary day at {}.\n", plans.len(), "Larkfield Interiors");
    let before = sandbox.snapshot();
    stage.play().await?;
    let after = sandbox.snapshot();
    summary(&changes::changes(&before, &after), store.as_ref()).await?;
    where_next(&shelf.workspace.root);
    if arguments.keep {
        keep(&sandbox, door, &folder.path);
        signal::ended().await;
    }
    works.engine.shutdown(SignedDuration::from_secs(5)).await;
    // The server may have ended by itself already.
    let _ = stop.send(());
    serving.await.map_err(words)?;
    sandbox.shutdown().await;
    if !arguments.keep {
        anstream::eprintln!("\n{FAINT}It took {:.1} s.{FAINT:#}", begun.elapsed().as_secs_f32());
    }
    Ok(Ending::Fine)
}

/// The workspace's recipes, or the shipped ones where it has none.
fn recipe_files(shelf: &Shelf) -> Result<Vec<RecipeFile>, Trouble> {
    let mut world = shelf.world();
    let own = recipes::load(&shelf.workspace.root, &world)?;
    if !own.is_empty() {
        return Ok(own);
    }
    world.library = Arc::new(gallery::library());
    Ok(gallery::RECIPES
        .iter()
        .map(|(id, text)| RecipeFile::from_text(id, &format!("{id}.yaml (shipped)"), text, &world))
        .collect())
}

fn connections(sandbox: &Running) -> BTreeMap<String, Connection> {
    let mut contacts = Connection::named("contacts", "contacts");
    contacts.base_url = Some(sandbox.base_url().to_owned());
    contacts.auth = AuthSetting::Token(SecretReference::Env(TOKEN.to_owned()));
    contacts.settings.insert("location_id".to_owned(), sandbox.location_id().to_owned());
    contacts.webhook.insert("ed25519_public_key".to_owned(), sandbox.ed25519_public_key());
    contacts.webhook.insert("rsa_public_key".to_owned(), sandbox.rsa_public_key().to_owned());
    let mut slack = Connection::named("slack", "slack");
    slack.base_url = Some(format!("{}/__sandbox/slack-api", sandbox.base_url()));
    slack.auth = AuthSetting::Token(SecretReference::Env(TOKEN.to_owned()));
    let http = Connection::named("http", "http");
    [contacts, slack, http].into_iter().map(|connection| (connection.name.clone(), connection)).collect()
}

/// Where the day is played, and where it is told.
struct Stage<'a> {
    sandbox: &'a Running,
    engine: Arc<Engine>,
    progress: broadcast::Receiver<Progress>,
    shelf: &'a Shelf,
    store: &'a dyn Store,
}

impl Stage<'_> {
    /// Lets the day happen, one deed after the other, each answered before the next begins.
    async fn play(&mut self) -> Result<(), Trouble> {
        for deed in story::day(self.sandbox.location_id()) {
            anstream::println!("{BOLD}▸ {}{BOLD:#}", deed.told);
            self.sandbox.act(deed.method, deed.path, &deed.body).await.map_err(words)?;
            self.settle().await?;
        }
        if self.engine.recipes().iter().any(|plan| plan.id == story::NIGHTLY) {
            anstream::println!("{BOLD}▸ Night falls{BOLD:#}");
            self.engine.run_now(story::NIGHTLY, json!({}), Value::Null).await.map_err(words)?;
            self.settle().await?;
        }
        Ok(())
    }

    /// Tells the runs as they come to their end or to a rest, until the CRM has nothing more to send and the engine
    /// nothing more to do.
    async fn settle(&mut self) -> Result<(), Trouble> {
        let idle = quiet(self.sandbox, &self.engine);
        tokio::pin!(idle);
        loop {
            tokio::select! {
                biased;
                told = self.progress.recv() => match told {
                    Ok(progress) => tell(self.shelf, self.store, &progress).await,
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                },
                done = &mut idle => {
                    done?;
                    while let Ok(progress) = self.progress.try_recv() {
                        tell(self.shelf, self.store, &progress).await;
                    }
                    return Ok(());
                }
            }
        }
    }
}

/// Waits until the CRM has sent all its webhooks and the engine has answered all, until neither has anything more.
async fn quiet(sandbox: &Running, engine: &Arc<Engine>) -> Result<(), Trouble> {
    loop {
        sandbox.webhooks_idle().await;
        let calls = sandbox.call_count();
        engine.wait_idle().await.map_err(words)?;
        sandbox.webhooks_idle().await;
        if sandbox.call_count() == calls {
            return Ok(());
        }
    }
}

/// Prints a run when it has come to its end or to a rest.
async fn tell(shelf: &Shelf, store: &dyn Store, progress: &Progress) {
    if is_rest(&progress.entry.entry)
        && let Ok(Some(found)) = store.run(progress.run.as_str()).await
    {
        print_story(shelf, &found, &shelf.recipe_name(&found.run.recipe));
        anstream::println!();
    }
}

fn is_rest(entry: &Entry) -> bool {
    matches!(entry, Entry::RunEnded { .. } | Entry::Halted { .. } | Entry::Slept { .. })
}

async fn summary(changes: &[(String, Vec<String>)], store: &dyn Store) -> Result<(), Trouble> {
    anstream::println!("{BOLD}What changed in the CRM{BOLD:#}");
    for (person, lines) in changes {
        anstream::println!("  {BOLD}{person}{BOLD:#}");
        for line in lines {
            anstream::println!("    {line}");
        }
    }
    let counts = store.counts(&RunStatus::ALL).await.map_err(words)?;
    let of = |wanted: RunStatus| {
        counts.iter().find(|(status, _)| *status == wanted).map_or(0, |(_, count)| *count)
    };
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    anstream::println!(
        "\n{total} runs: {} done, {} stopped as their recipe says, {} wait for days to come, {} need a person.",
        of(RunStatus::Succeeded),
        of(RunStatus::Stopped),
        of(RunStatus::Sleeping),
        of(RunStatus::NeedsAttention) + of(RunStatus::Failed),
    );
    Ok(())
}

/// What a newcomer can do from the folder the demo was started in; only what works there.
fn where_next(root: &Path) {
    anstream::println!("\n{BOLD}Where to look next{BOLD:#}");
    if root.join("recipes/route-new-leads.yaml").is_file() {
        anstream::println!(
            "  recipes/route-new-leads.yaml     what a recipe looks like; change it, run the demo again"
        );
        anstream::println!("  bellhop graph route-new-leads    the same as a drawing");
    } else {
        anstream::println!("  bellhop init my-agency           a workspace of your own");
        anstream::println!(
            "  bellhop new --sandbox            in it: a recipe from a template, to read and to change"
        );
    }
    anstream::println!(
        "  bellhop connectors show contacts what steps can do and what recipes can start with"
    );
    anstream::println!("  bellhop demo --keep              leaves it all running");
}

fn keep(sandbox: &Running, door: SocketAddr, folder: &Path) {
    anstream::println!("\n{BOLD}Everything goes on running{BOLD:#} until Ctrl-C:");
    anstream::println!("  sandbox CRM   {}/__sandbox", sandbox.base_url());
    anstream::println!("  its token     {}", sandbox.token());
    anstream::println!("  Bellhop       http://{door}/readyz   http://{door}/api/runs");
    anstream::println!("  webhooks to   http://{door}/hooks/contacts");
    anstream::println!("  store         {}", folder.join("bellhop.db").display());
}

fn words(error: impl std::fmt::Display) -> Trouble {
    Trouble::new(error.to_string())
}

/// A folder that is gone when the demo is.
struct Scratch {
    path: std::path::PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, Trouble> {
        let path = std::env::temp_dir().join(format!("bellhop-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| Trouble::writing(&path, &error))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's own folder for such things.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
