//! The workspace: where it is, and what `bellhop.yaml` says. A folder without one is a workspace with nothing set. The file is
//! read in `reader`.

mod reader;
mod written_out;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_clock::DurationWords;
use bellhop_connector::{Catalogue, Connection, SecretReference};
use bellhop_recipe::World;
use bellhop_source::{Diagnostic, Source, capped, parse};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use self::reader::Reader;
use crate::alerts::AlertSettings;
use crate::traces::TraceSettings;
use crate::trouble::Trouble;

/// More than any app sends that is well; fewer than would fill a disk in an hour.
const DELIVERIES_PER_SECOND: u32 = 10_000;
/// How long finished runs are kept where nothing is said.
const HISTORY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// What may be shown of `bellhop.yaml`, where there is one: without the secrets that are written out in it.
    pub(crate) source: Option<Source>,
    /// What is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The time zone of schedules and of dates in words.
    pub(crate) zone: TimeZone,
    /// Connections by name.
    pub(crate) connections: BTreeMap<String, Connection>,
    /// How often each connection is asked what it should have told of; none: never.
    pub(crate) reconcile: HashMap<String, Option<SignedDuration>>,
    /// The store's file.
    pub(crate) store: PathBuf,
    /// Where `serve` listens.
    pub(crate) listen: SocketAddr,
    /// What opens the histories and figures to other machines.
    pub(crate) api_token: Option<SecretReference>,
    /// At the most so many deliveries a second for each webhook address.
    pub(crate) deliveries_per_second: u32,
    /// How long finished runs are kept.
    pub(crate) history: DurationWords,
    /// How people are told that runs need them.
    pub(crate) alerts: AlertSettings,
    /// Where traces are collected; none: as the environment says.
    pub(crate) traces: Option<TraceSettings>,
}

impl Workspace {
    /// Reads the workspace in a folder. Problems *in* its file become diagnostics.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn read(root: PathBuf, catalogue: &Catalogue) -> Result<Self, Trouble> {
        let path = root.join("bellhop.yaml");
        if path.is_file() {
            let text = std::fs::read_to_string(&path).map_err(|error| Trouble::reading(&path, &error))?;
            return Ok(Self::from_text(root, text, catalogue));
        }
        let mut workspace = Self::empty(root);
        workspace.assume_connections(catalogue);
        Ok(workspace)
    }

    /// The workspace in a folder whose `bellhop.yaml` has this text.
    pub(crate) fn from_text(root: PathBuf, text: String, catalogue: &Catalogue) -> Self {
        let mut workspace = Self::empty(root);
        let source = Source::new("bellhop.yaml", text);
        let (node, diagnostics) = parse(&source);
        workspace.diagnostics = diagnostics;
        if let Some(node) = &node {
            Reader { workspace: &mut workspace, catalogue }.document(node);
            let told = written_out::complain(node, std::mem::take(&mut workspace.diagnostics));
            workspace.diagnostics = capped(told, 0, false);
        }
        let shown = written_out::hidden(source.text(), node.as_ref());
        workspace.source = Some(Source::new("bellhop.yaml", shown));
        workspace
    }

    /// A workspace without connections.
    fn empty(root: PathBuf) -> Self {
        Self {
            store: root.join(".bellhop/bellhop.db"),
            root,
            source: None,
            diagnostics: Vec::new(),
            zone: TimeZone::UTC,
            connections: BTreeMap::new(),
            reconcile: HashMap::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8600)),
            api_token: None,
            deliveries_per_second: DELIVERIES_PER_SECOND,
            history: DurationWords::exactly(HISTORY),
            alerts: AlertSettings::default(),
            traces: None,
        }
    }

    /// Where no file names connections, recipes are checked as if there were one for every connector.
    fn assume_connections(&mut self, catalogue: &Catalogue) {
        for manifest in catalogue.iter() {
            let name = &manifest.connector;
            self.connections.insert(name.clone(), Connection::named(name, name));
        }
    }

    /// What recipes are checked against.
    pub(crate) fn world(&self, catalogue: &Arc<Catalogue>) -> World {
        World::new(
            Arc::clone(catalogue),
            self.connections
                .values()
                .map(|connection| (connection.name.clone(), connection.connector.clone()))
                .collect(),
            self.zone.clone(),
        )
    }

    /// The file in which it is written down who changed what.
    pub(crate) fn audit(&self) -> PathBuf {
        self.root.join(".bellhop/audit.jsonl")
    }

    /// The folder with the vault's files.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.root.join(".bellhop/secrets")
    }
}

/// The workspace's folder: the one asked for, or the nearest.
///
/// # Errors
/// Where there is no such folder.
pub(crate) fn root(asked: Option<&Path>) -> Result<PathBuf, Trouble> {
    match asked {
        Some(folder) if folder.is_dir() => Ok(folder.to_path_buf()),
        Some(folder) => Err(Trouble::new(format!("There is no folder {}.", folder.display()))),
        None => Ok(nearest()),
    }
}

/// This folder, or the nearest above it with a `bellhop.yaml`; this folder where there is none.
fn nearest() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let found = here.ancestors().find(|folder| folder.join("bellhop.yaml").is_file());
    match found {
        Some(folder) if folder != here => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
