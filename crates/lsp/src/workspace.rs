//! What the server needs to know of the workspace, and cannot look up itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bellhop_recipe::World;
use bellhop_source::{Code, Diagnostic};
use serde_json::Value;

/// What documents are checked against.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The connectors, connections and the time zone.
    pub world: World,
    /// What templates are checked against: the same, with every app and every template beside it.
    pub templates: World,
    /// The JSON Schema of `bellhop.yaml`.
    pub settings_schema: Value,
    /// The JSON Schema of files of tests.
    pub tests_schema: Value,
    /// Where what recipes share stands.
    pub files: Files,
}

/// The files of what recipes share, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The recipes.
    pub recipes: BTreeMap<String, PathBuf>,
    /// The workspace's own templates.
    pub templates: BTreeMap<String, PathBuf>,
    /// The mappings.
    pub mappings: BTreeMap<String, PathBuf>,
}

/// The workspace that the editor has open.
pub trait Workspace {
    /// Reads the workspace from the disk; `folder` is what the editor says it has open. Asked at the beginning and whenever
    /// its files have changed.
    ///
    /// # Errors
    /// A sentence for the person at the editor.
    fn open(&self, folder: Option<&Path>) -> Result<Surroundings, String>;

    /// What is wrong with a text of `bellhop.yaml`.
    fn check_settings(&self, text: &str, surroundings: &Surroundings) -> Vec<Diagnostic>;

    /// What is wrong with a text of tests of recipes; `name` is the file's name. The recipes are those on the disk.
    fn check_tests(&self, name: &str, text: &str, surroundings: &Surroundings) -> Vec<Diagnostic>;

    /// The page of a complaint's code, in Markdown, where there is one.
    fn page_of(&self, code: Code) -> Option<String>;
}
