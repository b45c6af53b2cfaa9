//! Where secrets lie: the environment as the cli handed it in, and one file a secret in the vault's folder: sealed by
//! Bellhop, or plain where a person or a container's mount put it there. Beside them lie renewed tokens: [`renewed`].

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::files::{private_folder, write_whole};
use crate::seal::{KeyPlace, is_sealed, unreadable};
use crate::{Redactor, Reference, Secret, VaultError};

mod renewed;

/// The variable that may hold the key.
const KEY_VARIABLE: &str = "BELLHOP_KEY";
/// What a secret's file is called behind its name, where it is sealed.
const SEALED: &str = "sealed";

/// Hands out secrets.
pub trait Secrets: Send + Sync {
    /// The secret that `reference` names; else a sentence that says what to do.
    fn get(&self, reference: &Reference) -> Result<Secret, VaultError>;
}

/// The workspace's secrets. Whatever it hands out is known to its [`Redactor`] from then on.
pub struct Vault {
    environment: BTreeMap<String, Secret>,
    folder: Option<PathBuf>,
    key: Option<KeyPlace>,
    redactor: Redactor,
}

/// A secret of the vault's folder, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether its file is sealed.
    pub sealed: bool,
}

impl Vault {
    /// A vault over the process's environment and, where there is one, a folder with one file a secret.
    pub fn new(environment: BTreeMap<String, String>, folder: Option<PathBuf>) -> Self {
        let environment: BTreeMap<_, _> =
            environment.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        let key = environment.get(KEY_VARIABLE).cloned().map(KeyPlace::Given);
        Self { environment, folder, key, redactor: Redactor::new() }
    }

    /// The same vault with its key in this file, made when something is to be sealed; `BELLHOP_KEY` in the environment
    /// goes before it. A vault without a key writes renewed tokens as they are.
    #[must_use]
    pub fn with_key_file(mut self, file: PathBuf) -> Self {
        self.key.get_or_insert(KeyPlace::File(file));
        self
    }

    /// Keeps a secret, sealed; when this returns it is on the disk. One that was there is replaced.
    pub fn set(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        check_name(name)?;
        self.redactor.register(secret);
        let folder = self.folder()?;
        let sealed = self.key.as_ref().ok_or(VaultError::NoKey)?.key_or_new()?.seal(name, secret.expose())?;
        let file = sealed_file(folder, name);
        let plain = folder.join(name);
        let written = private_folder(folder)
            .and_then(|()| write_whole(&file, sealed.as_bytes()))
            .and_then(|()| remove_if_there(&plain).map(drop));
        written.map_err(|error| VaultError::Unwritable { file, reason: error.to_string() })
    }

    /// Forgets a secret of the folder; whether it was there.
    pub fn remove(&self, name: &str) -> Result<bool, VaultError> {
        check_name(name)?;
        let folder = self.folder()?;
        let mut found = false;
        for file in [sealed_file(folder, name), folder.join(name)] {
            found |= remove_if_there(&file)
                .map_err(|error| VaultError::Unwritable { file: file.clone(), reason: error.to_string() })?;
        }
        Ok(found)
    }

    /// The secrets of the folder, by name. Their values are not read.
    pub fn list(&self) -> Result<Vec<Listed>, VaultError> {
        let folder = self.folder()?;
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(folder, &error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(folder, &error))?;
            let file = entry.file_name().to_string_lossy().into_owned();
            let (name, sealed) = match file.strip_suffix(&format!(".{SEALED}")) {
                Some(name) => (name.to_owned(), true),
                None => (file, false),
            };
            if check_name(&name).is_ok() {
                all.push(Listed { name, sealed });
            }
        }
        all.sort();
        Ok(all)
    }

    fn folder(&self) -> Result<&Path, VaultError> {
        self.folder.as_deref().ok_or(VaultError::NoKey)
    }

    /// The text of a file, opened where it is sealed; none where there is no file.
    fn read(&self, file: &Path, name: &str) -> Result<Option<Secret>, VaultError> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(file, &error)),
        };
        if !is_sealed(&text) {
            return Ok(Some(Secret::new(text)));
        }
        let key = match &self.key {
            Some(place) => place.key()?,
            None => None,
        };
        let closed = || VaultError::Closed { name: name.to_owned(), file: file.to_path_buf() };
        key.and_then(|key| key.open(name, &text)).ok_or_else(closed).map(Some)
    }

    /// The redactor that knows every secret handed out. Clones share their knowledge.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn variable(&self, name: &str) -> Option<Secret> {
        self.environment.get(name).filter(|value| !value.expose().trim().is_empty()).cloned()
    }

    fn named(&self, name: &str) -> Result<Secret, VaultError> {
        check_name(name)?;
        let variable = format!("BELLHOP_SECRET_{}", name.to_uppercase().replace('-', "_"));
        if let Some(secret) = self.variable(&variable) {
            return Ok(secret);
        }
        if let Some(folder) = &self.folder {
            for file in [sealed_file(folder, name), folder.join(name)] {
                let found = self.read(&file, name)?;
                if let Some(text) = found.filter(|text| !text.expose().trim().is_empty()) {
                    return Ok(Secret::new(text.expose().trim()));
                }
            }
        }
        Err(VaultError::Missing { name: name.to_owned(), variable, can_be_set: self.folder.is_some() })
    }
}

impl Secrets for Vault {
    fn get(&self, reference: &Reference) -> Result<Secret, VaultError> {
        let secret = match reference {
            Reference::Named(name) => self.named(name)?,
            Reference::Environment(name) => {
                let found = self.variable(name).ok_or_else(|| VaultError::MissingVariable(name.clone()))?;
                Secret::new(found.expose().trim())
            }
        };
        self.redactor.register(&secret);
        Ok(secret)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn sealed_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.{SEALED}"))
}

fn remove_if_there(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn check_name(name: &str) -> Result<(), VaultError> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(VaultError::BadName(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tokens;

    const CANARY: &str = "canary-4f9c1e7b2a";

    fn vault(variables: &[(&str, &str)], folder: Option<&Path>) -> Vault {
        let environment = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Vault::new(environment, folder.map(Path::to_path_buf))
    }

    fn named(name: &str) -> Reference {
        Reference::Named(name.into())
    }

    #[test]
    fn finds_a_named_secret_in_the_environment_first_and_then_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ghl_token"), "from-file\n").unwrap();
        let both = vault(&[("BELLHOP_SECRET_GHL_TOKEN", "from-environment")], Some(folder.path()));
        assert_eq!(both.get(&named("ghl_token")).unwrap().expose(), "from-environment");
        let file = vault(&[("BELLHOP_SECRET_GHL_TOKEN", " ")], Some(folder.path()));
        assert_eq!(file.get(&named("ghl_token")).unwrap().expose(), "from-file");
        let variable = vault(&[("GHL", "direct")], None);
        assert_eq!(variable.get(&Reference::Environment("GHL".into())).unwrap().expose(), "direct");
    }

    #[test]
    fn says_what_to_do_where_a_secret_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let message = vault(&[], Some(folder.path())).get(&named("ghl_token")).unwrap_err().to_string();
        assert_eq!(
            message,
            "There is no secret named ghl_token. Keep it with `bellhop secrets set ghl_token`, or set the environment \
             variable BELLHOP_SECRET_GHL_TOKEN."
        );
        let message = vault(&[], None).get(&Reference::Environment("GHL".into())).unwrap_err().to_string();
        assert!(message.contains("GHL is not set"), "{message}");
    }

    #[test]
    fn a_secret_that_was_set_is_sealed_on_the_disk_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let (secrets, key) = (folder.path().join("secrets"), folder.path().join("elsewhere/key"));
        let with_key = || vault(&[], Some(&secrets)).with_key_file(key.clone());
        fs::create_dir(&secrets).unwrap();
        fs::write(secrets.join("ghl_token"), "older").unwrap();
        with_key().set("ghl_token", &Secret::new(CANARY)).unwrap();
        assert_eq!(with_key().get(&named("ghl_token")).unwrap().expose(), CANARY);
        for entry in fs::read_dir(&secrets).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(CANARY) && !text.contains("older"), "{text}");
        }
        assert_eq!(with_key().list().unwrap(), [Listed { name: "ghl_token".into(), sealed: true }]);
        let closed = vault(&[], Some(&secrets)).get(&named("ghl_token")).unwrap_err();
        assert!(matches!(&closed, VaultError::Closed { name, .. } if name == "ghl_token"), "{closed}");
        assert!(with_key().remove("ghl_token").unwrap());
        assert!(!with_key().remove("ghl_token").unwrap());
        assert!(matches!(with_key().get(&named("ghl_token")), Err(VaultError::Missing { .. })));
    }

    #[test]
    fn the_key_may_be_in_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        let given =
            || vault(&[("BELLHOP_KEY", key)], Some(folder.path())).with_key_file("/nowhere/key".into());
        given().set("hook", &Secret::new(CANARY)).unwrap();
        assert_eq!(given().get(&named("hook")).unwrap().expose(), CANARY);
        let wrong = vault(&[("BELLHOP_KEY", "short")], Some(folder.path()));
        assert!(wrong.get(&named("hook")).unwrap_err().to_string().contains("BELLHOP_KEY"));
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("vault");
        fs::create_dir(&inside).unwrap();
        fs::write(folder.path().join("outside"), "x").unwrap();
        for name in ["../outside", "", "a/b", "a.b", ".."] {
            let vault = vault(&[], Some(&inside));
            assert_eq!(vault.get(&named(name)).unwrap_err(), VaultError::BadName(name.into()));
            assert!(vault.folder_for_tokens(name).is_err());
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(&[("TOKEN", CANARY)], Some(folder.path()));
        let secret = vault.get(&Reference::Environment("TOKEN".into())).unwrap();
        let tokens = Tokens { access: secret.clone(), refresh: secret.clone(), expires_at: None };
        let errors = [
            vault.get(&named("absent")).unwrap_err(),
            vault.get(&Reference::Environment("ABSENT".into())).unwrap_err(),
        ];
        let shown = format!("{vault:?} {secret:?} {tokens:?} {errors:?} {:?}", vault.redactor());
        assert!(!shown.contains(CANARY), "{shown}");
        assert_eq!(vault.redactor().redact(&format!("a {CANARY} b")), "a ••• b");
    }
}
