//! Documents that are open in the editor, and what they are checked against.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bellhop_connector::Catalogue;
use bellhop_recipe::{World, compile, compile_mapping, mapping_schema, recipe_schema};
use bellhop_source::{Diagnostic, Source};

use crate::positions::Lines;
use crate::schema::Schema;
use crate::{Surroundings, Workspace};

/// The workspace, with its schemas ready to be walked.
pub(crate) struct Library {
    pub(crate) surroundings: Surroundings,
    recipes: Schema,
    mappings: Schema,
    settings: Schema,
    tests: Schema,
}

impl Library {
    /// Makes the schemas.
    pub(crate) fn new(surroundings: Surroundings) -> Self {
        let catalogue: &Catalogue = &surroundings.world.catalogue;
        let recipes = Schema::new(recipe_schema(catalogue));
        let mappings = Schema::new(mapping_schema(catalogue));
        let settings = Schema::new(surroundings.settings_schema.clone());
        let tests = Schema::new(surroundings.tests_schema.clone());
        Self { surroundings, recipes, mappings, settings, tests }
    }

    /// What documents of a kind are checked against.
    pub(crate) fn world(&self, kind: &Kind) -> &World {
        match kind {
            Kind::Template { .. } => &self.surroundings.templates,
            _ => &self.surroundings.world,
        }
    }

    /// The schema of documents of a kind.
    pub(crate) fn schema(&self, kind: &Kind) -> &Schema {
        match kind {
            Kind::Recipe { .. } | Kind::Template { .. } => &self.recipes,
            Kind::Mapping { .. } => &self.mappings,
            Kind::Settings => &self.settings,
            Kind::Tests { .. } => &self.tests,
        }
    }
}

/// What a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A recipe.
    Recipe {
        /// The file's name without its ending.
        id: String,
    },
    /// A recipe that others are made from.
    Template {
        /// The file's name without its ending.
        id: String,
    },
    /// A mapping.
    Mapping {
        /// The file's name without its ending.
        id: String,
    },
    /// `bellhop.yaml`.
    Settings,
    /// Tests of a recipe.
    Tests {
        /// The file's name.
        name: String,
    },
}

impl Kind {
    /// What a document is by its address; none where it is nothing of ours. Recipes stand in a folder `recipes`, however
    /// deep, and their tests (`*.test.yaml`) with them; so do mappings in a folder `mappings` and templates in a folder
    /// `templates`.
    pub(crate) fn of(uri: &str) -> Option<Self> {
        let path = decoded(uri);
        let mut parts = path.rsplit(['/', '\\']);
        let name = parts.next()?;
        if name == "bellhop.yaml" {
            return Some(Self::Settings);
        }
        let id = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))?;
        let is_test = id.strip_suffix(".test").is_some();
        // The nearest of the three decides: the workspace itself may stand in a folder of such a name.
        let kind = parts.find(|folder| ["recipes", "templates", "mappings"].contains(folder))?;
        match kind {
            "mappings" => return (!is_test).then(|| Self::Mapping { id: id.to_owned() }),
            "templates" if parts.next() != Some("recipes") => {
                return (!is_test).then(|| Self::Template { id: id.to_owned() });
            }
            _ => {}
        }
        Some(if is_test { Self::Tests { name: name.to_owned() } } else { Self::Recipe { id: id.to_owned() } })
    }

    /// Whether it has steps, and names in them.
    pub(crate) fn is_recipe(&self) -> bool {
        matches!(self, Self::Recipe { .. } | Self::Template { .. })
    }
}

/// The path of a `file:` address.
pub(crate) fn path_of(uri: &str) -> Option<PathBuf> {
    let path = decoded(uri.strip_prefix("file://")?);
    // `file:///C:/recipes` on Windows.
    let drive = path.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    Some(PathBuf::from(drive.unwrap_or(&path)))
}

/// The `file:` address of a path.
pub(crate) fn uri_of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            uri.push(byte.into());
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// An address without its `%20`s.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A document with what is wrong with it.
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) version: Option<i64>,
    pub(crate) text: String,
    pub(crate) lines: Lines,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Document {
    /// A document, not checked yet.
    pub(crate) fn new(kind: Kind, version: Option<i64>, text: String) -> Self {
        Self { kind, version, lines: Lines::of(&text), text, diagnostics: Vec::new() }
    }

    /// Checks it, as `bellhop check` does.
    pub(crate) fn check(&mut self, library: &Library, workspace: &dyn Workspace) {
        self.diagnostics = match &self.kind {
            Kind::Recipe { id } | Kind::Template { id } => {
                compile(id, &Source::new(id.as_str(), self.text.as_str()), library.world(&self.kind)).1
            }
            Kind::Mapping { id } => {
                compile_mapping(id, &Source::new(id.as_str(), self.text.as_str()), library.world(&self.kind))
                    .1
            }
            Kind::Settings => workspace.check_settings(&self.text, &library.surroundings),
            Kind::Tests { name } => workspace.check_tests(name, &self.text, &library.surroundings),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Kind, path_of, uri_of};

    #[test]
    fn a_document_is_known_by_its_address() {
        let recipe = |id: &str| Some(Kind::Recipe { id: id.to_owned() });
        for (uri, kind) in [
            ("file:///home/ana/recipes/hello.yaml", recipe("hello")),
            ("file:///home/ana/recipes/sales/two%20words.yml", recipe("two words")),
            ("file:///c%3A/ana/recipes/hello.yaml", recipe("hello")),
            ("file:///home/ana/mappings/a-to-b.yaml", Some(Kind::Mapping { id: "a-to-b".to_owned() })),
            (
                "file:///home/ana/recipes/hello.test.yaml",
                Some(Kind::Tests { name: "hello.test.yaml".to_owned() }),
            ),
            ("file:///home/ana/templates/hello.yaml", Some(Kind::Template { id: "hello".to_owned() })),
            (
                "file:///home/ana/templates/sales/new/hello.yml",
                Some(Kind::Template { id: "hello".to_owned() }),
            ),
            (
                "file:///home/recipes/ana/templates/sales/hello.yaml",
                Some(Kind::Template { id: "hello".to_owned() }),
            ),
            ("file:///home/templates/ana/recipes/hello.yaml", recipe("hello")),
            ("file:///home/ana/mappings/crm/a-to-b.yaml", Some(Kind::Mapping { id: "a-to-b".to_owned() })),
            ("file:///home/ana/templates/hello.test.yaml", None),
            ("file:///home/ana/templates/sales/hello.test.yaml", None),
            ("file:///home/ana/recipes/templates/hello.yaml", recipe("hello")),
            ("file:///home/ana/hello.test.yaml", None),
            ("file:///home/ana/bellhop.yaml", Some(Kind::Settings)),
            ("file:///home/ana/hello.yaml", None),
            ("file:///home/ana/recipes", None),
            ("untitled:Untitled-1", None),
            ("%", None),
        ] {
            assert_eq!(Kind::of(uri), kind, "{uri}");
        }
    }

    #[test]
    fn a_file_address_is_a_path() {
        assert_eq!(path_of("file:///a%20b/c").as_deref(), Some(Path::new("/a b/c")));
        assert_eq!(path_of("file:///c%3A/d").as_deref(), Some(Path::new("c:/d")));
        assert_eq!(path_of("https://example.com/a"), None);
        assert_eq!(uri_of(Path::new("/a b/c.yaml")), "file:///a%20b/c.yaml");
        assert_eq!(uri_of(Path::new("c:/d")), "file:///c:/d");
    }
}
