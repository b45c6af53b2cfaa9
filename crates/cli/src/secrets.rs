//! `bellhop secrets set|list|rm`: the workspace's vault. A secret's value is never an argument and never shown: it is
//! typed unseen, or read from standard input.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use bellhop_recipe::TriggerKind;
use bellhop_vault::{Reference, Secret, Secrets as _, Vault, VaultError};
use comfy_table::{Table, presets};
use serde::Serialize;

use crate::arguments::SecretsCommand;
use crate::audit::{self, Act, Audit, Did};
use crate::compose::{self, Shelf};
use crate::recipes;
use crate::trouble::{Ending, Trouble};

/// The longest secret that is taken, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Keeps, lists or forgets secrets. Problems where one that is needed is not there.
pub(crate) fn secrets(command: &SecretsCommand, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    let vault = shelf.vault();
    match command {
        SecretsCommand::Set { name, by } => {
            let secret = given(name)?;
            let book = Audit::open(&shelf)?;
            vault.set(name, &secret).map_err(|error| trouble(&error))?;
            book.keep(&act(&shelf, by.as_deref(), Did::SecretSet, name))?;
            anstream::eprintln!(
                "The secret {name} is kept, sealed, in {}.",
                shelf.workspace.secrets().display()
            );
            Ok(Ending::Fine)
        }
        SecretsCommand::List { json } => list(&shelf, &vault, *json),
        SecretsCommand::Rm { name, by } => {
            let book = Audit::open(&shelf)?;
            if vault.remove(name).map_err(|error| trouble(&error))? {
                book.keep(&act(&shelf, by.as_deref(), Did::SecretRemoved, name))?;
                anstream::eprintln!("The secret {name} is forgotten.");
                return Ok(Ending::Fine);
            }
            anstream::eprintln!("There is no secret {name}. `bellhop secrets list` shows those there are.");
            Ok(Ending::Problems)
        }
    }
}

/// The name of the secret is written down, and nothing else of it.
fn act(shelf: &Shelf, by: Option<&str>, did: Did, name: &str) -> Act {
    Act { secret: Some(name.to_owned()), ..Act::now(&audit::who(shelf, by), did) }
}

fn trouble(error: &VaultError) -> Trouble {
    Trouble::new(error.to_string())
}

/// The secret: typed unseen on a terminal, else all of standard input.
fn given(name: &str) -> Result<Secret, Trouble> {
    let unreadable = |error: std::io::Error| Trouble::new(format!("The secret cannot be read: {error}."));
    let text = if std::io::stdin().is_terminal() {
        dialoguer::Password::new()
            .with_prompt(format!("{name} (what you type is not shown)"))
            .interact()
            .map_err(|dialoguer::Error::IO(error)| unreadable(error))?
    } else {
        let mut text = String::new();
        std::io::stdin().lock().take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        text
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(Trouble::new(format!(
            "Nothing was given for {name}. Type it when asked, or send it on standard input: `bellhop secrets set {name} < file`."
        )));
    }
    if u64::try_from(text.len()).is_ok_and(|length| length > LONGEST) {
        return Err(Trouble::new(format!("A secret is at the most {LONGEST} bytes long.")));
    }
    Ok(Secret::new(text))
}

/// A secret as it is listed.
#[derive(Debug, Default, Serialize)]
struct Row {
    name: String,
    /// `sealed`, `plain`, `variable` or `missing`.
    kept: &'static str,
    /// What needs it: connections, `alerts`, `server`, and recipes whose senders must know it.
    used_by: Vec<String>,
}

fn list(shelf: &Shelf, vault: &Vault, json: bool) -> Result<Ending, Trouble> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for listed in vault.list().map_err(|error| trouble(&error))? {
        let row = rows.entry(listed.name.clone()).or_default();
        row.kept = if listed.sealed { "sealed" } else { "plain" };
    }
    for (user, reference) in needed(shelf)? {
        let (Reference::Named(name) | Reference::Environment(name)) = &reference;
        let row = rows.entry(name.clone()).or_default();
        if !row.used_by.contains(&user) {
            row.used_by.push(user);
        }
        if row.kept.is_empty() {
            row.kept = if vault.get(&reference).is_ok() { "variable" } else { "missing" };
        }
    }
    let rows: Vec<Row> = rows.into_iter().map(|(name, row)| Row { name, ..row }).collect();
    if json {
        let rows = serde_json::json!({ "secrets": rows });
        anstream::println!("{rows:#}");
    } else if rows.is_empty() {
        anstream::println!("The workspace has no secrets. `bellhop secrets set NAME` keeps one.");
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["secret", "kept", "used by"]);
        for row in &rows {
            table.add_row([row.name.as_str(), words(row.kept), &row.used_by.join(", ")]);
        }
        anstream::println!("{table}");
        if rows.iter().any(|row| row.kept == "plain") {
            anstream::eprintln!(
                "A plain one is sealed by `bellhop secrets set NAME < {}/NAME`.",
                shelf.workspace.secrets().display()
            );
        }
    }
    let missing = rows.iter().any(|row| row.kept == "missing");
    Ok(if missing { Ending::Problems } else { Ending::Fine })
}

/// The secrets that the workspace needs, each with who needs it.
fn needed(shelf: &Shelf) -> Result<Vec<(String, Reference)>, Trouble> {
    let workspace = &shelf.workspace;
    let mut needed = Vec::new();
    for connection in workspace.connections.values() {
        needed.extend(compose::secrets_of(connection).into_iter().map(|one| (connection.name.clone(), one)));
    }
    // What is wrong with alerts `check` says.
    for (connection, _) in workspace.alerts.routes(&workspace.connections).unwrap_or_default() {
        if !workspace.connections.contains_key(&connection.name) {
            needed.extend(compose::secrets_of(&connection).into_iter().map(|one| ("alerts".to_owned(), one)));
        }
    }
    needed.extend(workspace.api_token.iter().map(|token| ("server".to_owned(), compose::reference(token))));
    for file in recipes::load(&workspace.root, &shelf.world())? {
        for trigger in file.plan.iter().flat_map(|plan| &plan.triggers) {
            if let TriggerKind::Webhook { verify: Some(verify), .. } = &trigger.kind {
                needed.push((format!("recipe {}", file.id), Reference::Named(verify.secret.clone())));
            }
        }
    }
    Ok(needed)
}

fn words(kept: &str) -> &str {
    match kept {
        "plain" => "as a plain file",
        "variable" => "in the environment",
        "missing" => "missing",
        other => other,
    }
}
