//! The engine with all it needs: store, vault, connectors; and which secrets must be there before it begins.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::{AuthSetting, Catalogue, Connection, Connector, Manifest, SecretReference};
use bellhop_contacts::Contacts;
use bellhop_engine::{Engine, EngineOptions, Link, Spans};
use bellhop_http::{HttpOptions, HttpRuntime, ManifestConnector};
use bellhop_journal::Store;
use bellhop_preview::{JumpClock, Ledger, Previewed};
use bellhop_recipe::{Plan, TriggerKind};
use bellhop_vault::{Reference, Secrets as _, Vault};

use super::Shelf;
use crate::trouble::Trouble;

/// The engine with all it needs.
pub(crate) struct Works {
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// Its connections, by name.
    pub(crate) connections: Arc<HashMap<String, Link>>,
    /// Its connectors, by name.
    pub(crate) connectors: HashMap<String, Arc<dyn Connector>>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// The secrets.
    pub(crate) vault: Arc<Vault>,
    /// What requests go by.
    pub(crate) runtime: Arc<HttpRuntime>,
}

impl Works {
    /// Builds it on a store. Nothing runs yet. `unasked`: whether it will do what nobody asked for just now, such as wake
    /// sleeping runs and fire schedules.
    pub(crate) fn build(
        shelf: &Shelf,
        connections: &BTreeMap<String, Connection>,
        store: Arc<dyn Store>,
        unasked: bool,
    ) -> Result<Self, Trouble> {
        Self::assemble(shelf, connections, store, unasked, Manner::default())
    }

    /// Builds one that does what nobody asked for just now, and that tells `spans` what takes how long.
    pub(crate) fn serving(
        shelf: &Shelf,
        store: Arc<dyn Store>,
        spans: Option<Spans>,
    ) -> Result<Self, Trouble> {
        let manner = Manner { spans, ..Manner::default() };
        Self::assemble(shelf, &shelf.workspace.connections, store, true, manner)
    }

    /// Builds one that only pretends to write, on the time of `clock`. What it would write is in `ledger`.
    pub(crate) fn preview(
        shelf: &Shelf,
        connections: &BTreeMap<String, Connection>,
        store: Arc<dyn Store>,
        ledger: &Arc<Ledger>,
        clock: &JumpClock,
    ) -> Result<Self, Trouble> {
        let manner = Manner { pretend: Some((ledger, clock)), ..Manner::default() };
        Self::assemble(shelf, connections, store, true, manner)
    }

    fn assemble(
        shelf: &Shelf,
        connections: &BTreeMap<String, Connection>,
        store: Arc<dyn Store>,
        unasked: bool,
        manner: Manner<'_>,
    ) -> Result<Self, Trouble> {
        let Manner { pretend, spans } = manner;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let vault = Arc::new(shelf.vault());
        let mut options = HttpOptions::new(Arc::clone(&clock), Arc::clone(&vault));
        options.proxy =
            ["HTTPS_PROXY", "https_proxy"].iter().find_map(|name| shelf.environment.get(*name).cloned());
        let runtime = HttpRuntime::new(options).map_err(|error| Trouble::new(error.to_string()))?;
        let runtime = Arc::new(runtime);
        let connectors = connectors(shelf, &runtime, &vault, &clock, pretend);
        // Waits of a dry run are jumped over; what goes over the network keeps to the real time.
        let clock = pretend.map_or(clock, |(_, jumps)| Arc::new(jumps.clone()));
        let links: HashMap<String, Link> = connections
            .values()
            .filter_map(|connection| {
                let connector = connectors.get(connection.connector.as_str())?;
                Some((connection.name.clone(), (Arc::new(connection.clone()), Arc::clone(connector))))
            })
            .collect();
        let mut options = EngineOptions::new(store, Arc::clone(&clock), shelf.world(), owner(clock.as_ref()));
        options.connections.clone_from(&links);
        options.takes_up = unasked;
        options.asks = unasked && pretend.is_none();
        options.lends = pretend.is_none();
        options.reconcile.clone_from(&shelf.workspace.reconcile);
        options.spans = spans;
        let redactor = Arc::clone(&vault);
        options.redact = Arc::new(move |value| redactor.redactor().redact_json(value));
        Ok(Self {
            engine: Engine::new(options),
            connections: Arc::new(links),
            connectors,
            clock,
            vault,
            runtime,
        })
    }

    /// Hands the recipes over and begins.
    pub(crate) async fn start(&self, plans: Vec<Arc<Plan>>) -> Result<(), Trouble> {
        let begun = async {
            self.engine.set_recipes(plans).await?;
            self.engine.start().await
        };
        begun.await.map_err(|error| Trouble::new(error.to_string()))
    }

    /// A connection whose secret is not to be had is told before anything begins.
    pub(crate) fn refuse_missing_secrets(&self) -> Result<(), Trouble> {
        self.connections.values().try_for_each(|(connection, _)| self.look_for_secrets(connection))
    }

    /// The same for the connections that one recipe uses.
    pub(crate) fn refuse_missing_secrets_of(&self, plan: &Plan) -> Result<(), Trouble> {
        let used = plan.connections();
        self.connections
            .values()
            .filter(|(connection, _)| used.contains(&connection.name))
            .try_for_each(|(connection, _)| self.look_for_secrets(connection))
    }

    /// The same for the connections that one recipe reads from: by a step, or to know a record before a write.
    pub(crate) fn refuse_missing_secrets_to_read(
        &self,
        plan: &Plan,
        catalogue: &Catalogue,
    ) -> Result<(), Trouble> {
        let mut read = std::collections::BTreeSet::new();
        plan.each_step(&mut |step| {
            if let Some(call) = step.call() {
                let looks = catalogue.operation(&call.connector, &call.operation).is_some_and(|operation| {
                    !operation.effect.writes() || operation.before.is_some() || operation.confirm.is_some()
                });
                if looks {
                    read.insert(call.connection.as_str());
                }
            }
        });
        for (connection, _) in self.connections.values() {
            // The others' are looked up all the same: what the vault has handed out it takes out of texts.
            let found = self.look_for_secrets(connection);
            if read.contains(connection.name.as_str()) {
                found?;
            }
        }
        Ok(())
    }

    /// Lends the door the secrets that senders of own webhooks must know. Each is looked up when somebody sends, so that a
    /// new one counts at once.
    pub(crate) fn secrets_of_senders(&self) -> bellhop_server::LookUp {
        let vault = Arc::clone(&self.vault);
        Arc::new(move |name| {
            let secret = vault.get(&Reference::Named(name.to_owned())).ok()?;
            Some(secret.expose().to_owned())
        })
    }

    /// A recipe whose senders must know a secret that is not to be had is told before anything begins.
    pub(crate) fn refuse_missing_secrets_of_senders(&self, plans: &[Arc<Plan>]) -> Result<(), Trouble> {
        for plan in plans {
            for trigger in &plan.triggers {
                let TriggerKind::Webhook { path, verify: Some(verify) } = &trigger.kind else { continue };
                self.vault.get(&Reference::Named(verify.secret.clone())).map_err(|error| {
                    Trouble::new(format!(
                        "The recipe `{}` cannot tell who sends to /hooks/in/{path}. {error}",
                        plan.id
                    ))
                })?;
            }
        }
        Ok(())
    }

    /// Takes secrets out of a value that people will see.
    pub(crate) fn redact(&self, value: &mut serde_json::Value) {
        self.vault.redactor().redact_json(value);
    }

    /// The same for a text.
    pub(crate) fn redact_text(&self, text: &str) -> String {
        self.vault.redactor().redact(text).into_owned()
    }

    /// The secrets of one connection are to be had.
    pub(crate) fn look_for_secrets(&self, connection: &Connection) -> Result<(), Trouble> {
        for reference in secrets_of(connection) {
            self.vault.get(&reference).map_err(|error| {
                Trouble::new(format!("The connection `{}` has no credentials. {error}", connection.name))
            })?;
        }
        Ok(())
    }
}

/// The secrets that a connection needs.
pub(crate) fn secrets_of(connection: &Connection) -> Vec<Reference> {
    match &connection.auth {
        AuthSetting::None => Vec::new(),
        AuthSetting::Token(secret) => vec![reference(secret)],
        AuthSetting::Oauth { client_secret, refresh_token, .. } => {
            vec![reference(client_secret), reference(refresh_token)]
        }
    }
}

/// A reference of the workspace's file, as the vault knows it.
pub(crate) fn reference(written: &SecretReference) -> Reference {
    match written {
        SecretReference::Secret(name) => Reference::Named(name.clone()),
        SecretReference::Env(name) => Reference::Environment(name.clone()),
    }
}

/// How the engine is to work, beside what everybody's does.
#[derive(Default)]
struct Manner<'a> {
    pretend: Option<Pretend<'a>>,
    spans: Option<Spans>,
}

/// What a dry run remembers, and its time.
type Pretend<'a> = (&'a Arc<Ledger>, &'a JumpClock);

fn connectors(
    shelf: &Shelf,
    runtime: &Arc<HttpRuntime>,
    vault: &Arc<Vault>,
    clock: &Arc<dyn Clock>,
    pretend: Option<Pretend<'_>>,
) -> HashMap<String, Arc<dyn Connector>> {
    let plain = |manifest: Arc<Manifest>| -> Arc<dyn Connector> {
        Arc::new(ManifestConnector::new(manifest, Arc::clone(runtime)))
    };
    let maybe = |connector: Arc<dyn Connector>| match pretend {
        Some((ledger, clock)) => {
            Arc::new(Previewed::around(connector, Arc::clone(ledger), clock.clone())) as Arc<dyn Connector>
        }
        None => connector,
    };
    // What makes one call of several stands around the pretending, so that each of them is foreseen.
    let contacts = Contacts::around(maybe(plain(Arc::new(bellhop_contacts::manifest()))));
    let mut connectors: Vec<Arc<dyn Connector>> = vec![Arc::new(contacts)];
    connectors.extend(bellhop_apps::connectors(runtime, vault, clock).into_iter().map(maybe));
    connectors.extend(shelf.own.iter().map(|manifest| maybe(plain(Arc::clone(manifest)))));
    connectors.into_iter().map(|connector| (connector.manifest().connector.clone(), connector)).collect()
}

/// A name that no other living process has.
fn owner(clock: &dyn Clock) -> String {
    format!("{}-{}", std::process::id(), clock.now().as_millisecond())
}
