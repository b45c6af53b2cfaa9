//! `bellhop init`: a new workspace, and what editors need to help with it. It writes over nothing: what is there stays, and is
//! told. Run twice, it does nothing the second time.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::arguments::InitArguments;
use crate::compose::Shelf;
use crate::generated::Generated;
use crate::schema;
use crate::trouble::{Ending, Trouble};

/// `bellhop.yaml` of a new workspace: the sandbox, with notes on how to come from there to an account.
const WORKSPACE: &str = include_str!("init/bellhop.yaml");
/// The extension that reads the schemas.
const EXTENSION: &str = "redhat.vscode-yaml";
const SETTINGS: &str = ".vscode/settings.json";
const EXTENSIONS: &str = ".vscode/extensions.json";
/// Folders that a person fills.
const FOLDERS: [&str; 2] = ["recipes", "mappings"];

/// Makes what is not there, and says of everything whether it was made.
pub(crate) fn init(arguments: &InitArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let root = arguments.folder.as_deref().or(asked).unwrap_or(Path::new("."));
    fs::create_dir_all(root).map_err(|error| Trouble::writing(root, &error))?;
    let shelf = Shelf::open(Some(root))?;
    let schemas = schema::files(&shelf.catalogue);

    settle(root, "bellhop.yaml", WORKSPACE, |_| None)?;
    for folder in FOLDERS {
        let path = root.join(folder);
        let new = !path.is_dir();
        fs::create_dir_all(&path).map_err(|error| Trouble::writing(&path, &error))?;
        say(&format!("{folder}/"), new, None);
    }
    for file in &schemas {
        settle(root, &format!("schemas/{}", file.name), &file.text, |found| {
            (found != file.text)
                .then(|| "another version; `bellhop schema --out schemas` writes it anew".to_owned())
        })?;
    }
    let settings = settings(&schemas);
    settle(root, SETTINGS, &pretty(&settings), |found| {
        let missing = schemas.iter().any(|file| !found.contains(&file.name));
        missing.then(|| format!("for completion in recipes, add what follows to it:\n{settings:#}"))
    })?;
    let extensions = json!({ "recommendations": [EXTENSION] });
    settle(root, EXTENSIONS, &pretty(&extensions), |found| {
        (!found.contains(EXTENSION)).then(|| format!("add `{EXTENSION}` to its recommendations"))
    })?;
    settle(root, ".gitignore", ".bellhop/\n", |found| {
        let ignored = found.lines().any(|line| line.trim().trim_matches('/') == ".bellhop");
        (!ignored).then(|| {
            "add the line `.bellhop/` to it, so that what Bellhop keeps does not come into git".to_owned()
        })
    })?;
    next(root);
    Ok(Ending::Fine)
}

/// Writes a file that is not there. Of one that is, `advice` says what a person should know.
fn settle(
    root: &Path,
    name: &str,
    text: &str,
    advice: impl Fn(&str) -> Option<String>,
) -> Result<(), Trouble> {
    let path = root.join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Trouble::writing(folder, &error))?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(|error| Trouble::writing(&path, &error))?;
            say(name, true, None);
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let found = fs::read(&path).map_err(|error| Trouble::reading(&path, &error))?;
            say(name, false, advice(&String::from_utf8_lossy(&found)).as_deref());
        }
        Err(error) => return Err(Trouble::writing(&path, &error)),
    }
    Ok(())
}

fn say(name: &str, new: bool, advice: Option<&str>) {
    match (new, advice) {
        (true, _) => anstream::println!("wrote  {name}"),
        (false, None) => anstream::println!("there  {name}"),
        (false, Some(advice)) => anstream::println!("there  {name}: {advice}"),
    }
}

/// The editor's settings: which files each schema is for.
fn settings(schemas: &[Generated]) -> Value {
    let patterns: Map<String, Value> = schemas
        .iter()
        .map(|file| (format!("./schemas/{}", file.name), json!(files_of(&file.name))))
        .collect();
    json!({ "yaml.schemas": patterns })
}

/// The files of a workspace that a schema is for. Tests lie beside the recipes and have a schema of their own.
fn files_of(schema: &str) -> Vec<String> {
    match schema.split('.').next().unwrap_or_default() {
        "recipe" => {
            ["recipes/*.yaml", "templates/*.yaml", "!recipes/*.test.yaml"].map(str::to_owned).to_vec()
        }
        "test" => vec!["recipes/*.test.yaml".to_owned()],
        "mapping" => vec!["mappings/*.yaml".to_owned()],
        "connector" => vec!["connectors/*.yaml".to_owned()],
        other => vec![format!("{other}.yaml")],
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn next(root: &Path) {
    if root != Path::new(".") {
        anstream::eprintln!("\nGo on in the new workspace: cd {}", root.display());
    }
    anstream::eprintln!(
        "\nNext:\n  bellhop new --sandbox            a recipe from a template; choices come from the sandbox\n  \
         bellhop check                    whether all is well\n  \
         bellhop plan RECIPE --sandbox    what it would do; nothing is written\n\
         In VS Code, open this folder and take the extension it recommends: recipes are completed as you type."
    );
}
