//! Where secrets lie: the environment as the cli handed it in, and one file a secret in the vault's folder.
//! Files are plain, readable by their owner only; sealing them is the disk's business.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use ring::digest;
use serde::{Deserialize, Serialize};

use crate::{Redactor, Reference, Secret, Tokens, VaultError};

/// Hands out secrets.
pub trait Secrets: Send + Sync {
    /// The secret that `reference` names; else a sentence that says what to do.
    fn get(&self, reference: &Reference) -> Result<Secret, VaultError>;
}

/// The workspace's secrets. Whatever it hands out is known to its [`Redactor`] from then on.
pub struct Vault {
    environment: BTreeMap<String, Secret>,
    folder: Option<PathBuf>,
    redactor: Redactor,
}

impl Vault {
    /// A vault over the process's environment and, where there is one, a folder with one file a secret.
    pub fn new(environment: BTreeMap<String, String>, folder: Option<PathBuf>) -> Self {
        let environment = environment.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        Self { environment, folder, redactor: Redactor::new() }
    }

    /// The redactor that knows every secret handed out. Clones share their knowledge.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The folder in which renewed tokens can be kept, for the connection `connection`.
    pub fn folder_for_tokens(&self, connection: &str) -> Result<&Path, VaultError> {
        check_name(connection)?;
        self.folder.as_deref().ok_or_else(|| VaultError::NoFolder(connection.to_owned()))
    }

    /// The pair kept last for a connection, where it descends from the refresh token `first`. One that descends from
    /// another is of an earlier authorisation and of no use.
    pub fn kept_tokens(&self, connection: &str, first: &Secret) -> Result<Option<Tokens>, VaultError> {
        let file = tokens_file(self.folder_for_tokens(connection)?, connection);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(VaultError::Unreadable { file, reason: error.to_string() }),
        };
        let kept: Kept = serde_json::from_str(&text)
            .map_err(|_| VaultError::Unreadable { file, reason: "it is no list of tokens".into() })?;
        if kept.descends_from != fingerprint(first) {
            return Ok(None);
        }
        let tokens = Tokens {
            access: Secret::new(kept.access_token),
            refresh: Secret::new(kept.refresh_token),
            expires_at: kept.expires_at,
        };
        self.know(&tokens);
        Ok(Some(tokens))
    }

    /// Keeps a renewed pair; when this returns it is on the disk.
    pub fn keep_tokens(&self, connection: &str, first: &Secret, tokens: &Tokens) -> Result<(), VaultError> {
        self.know(tokens);
        let folder = self.folder_for_tokens(connection)?;
        let file = tokens_file(folder, connection);
        let kept = Kept {
            descends_from: fingerprint(first),
            access_token: tokens.access.expose().to_owned(),
            refresh_token: tokens.refresh.expose().to_owned(),
            expires_at: tokens.expires_at,
        };
        let written = serde_json::to_vec(&kept)
            .map_err(io::Error::from)
            .and_then(|bytes| fs::create_dir_all(folder).and_then(|()| write_whole(&file, &bytes)));
        written.map_err(|error| VaultError::Unwritable { file, reason: error.to_string() })
    }

    fn know(&self, tokens: &Tokens) {
        self.redactor.register(&tokens.access);
        self.redactor.register(&tokens.refresh);
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
        let file = self.folder.as_ref().map(|folder| folder.join(name));
        let missing = |file| Err(VaultError::Missing { name: name.to_owned(), variable, file });
        let Some(file) = file else { return missing(None) };
        match fs::read_to_string(&file) {
            Ok(text) if text.trim().is_empty() => missing(Some(file)),
            Ok(text) => Ok(Secret::new(text.trim())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing(Some(file)),
            Err(error) => Err(VaultError::Unreadable { file, reason: error.to_string() }),
        }
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

/// What stands in a file of tokens.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Fingerprint of the refresh token that the person gave.
    descends_from: String,
    access_token: String,
    refresh_token: String,
    expires_at: Option<i64>,
}

fn fingerprint(secret: &Secret) -> String {
    let digest = digest::digest(&digest::SHA256, secret.expose().as_bytes());
    digest.as_ref().iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn tokens_file(folder: &Path, connection: &str) -> PathBuf {
    folder.join(format!("{connection}.tokens.json"))
}

fn check_name(name: &str) -> Result<(), VaultError> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(VaultError::BadName(name.to_owned()));
    }
    Ok(())
}

/// Writes beside the file and then takes its place, so that a crash leaves the old or the new, never half of one.
fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut open = options.open(&beside)?;
    open.write_all(bytes)?;
    open.sync_all()?;
    fs::rename(&beside, file)?;
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let file = folder.path().join("ghl_token");
        assert_eq!(
            message,
            format!(
                "There is no secret named ghl_token. Set the environment variable BELLHOP_SECRET_GHL_TOKEN, or write it into the file {}.",
                file.display()
            )
        );
        let message = vault(&[], None).get(&Reference::Environment("GHL".into())).unwrap_err().to_string();
        assert!(message.contains("GHL is not set"), "{message}");
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

    #[test]
    fn keeps_tokens_only_for_the_authorisation_they_come_from() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secret::new("first-refresh");
        let pair = Tokens {
            access: Secret::new("access-2"),
            refresh: Secret::new("refresh-2"),
            expires_at: Some(1_795_000_000),
        };
        vault(&[], Some(folder.path())).keep_tokens("main", &first, &pair).unwrap();
        let again = vault(&[], Some(folder.path()));
        let kept = again.kept_tokens("main", &first).unwrap().unwrap();
        assert_eq!(kept.refresh.expose(), "refresh-2");
        assert_eq!(kept.expires_at, pair.expires_at);
        assert!(again.kept_tokens("main", &Secret::new("newer")).unwrap().is_none());
        assert!(again.kept_tokens("other", &first).unwrap().is_none());
        assert_eq!(again.redactor().redact("refresh-2"), crate::MASK);
        assert!(matches!(
            vault(&[], None).keep_tokens("main", &first, &pair),
            Err(VaultError::NoFolder(connection)) if connection == "main"
        ));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_tokens() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let pair = Tokens { access: Secret::new("aaaa"), refresh: Secret::new("bbbb"), expires_at: None };
        vault(&[], Some(folder.path())).keep_tokens("main", &Secret::new("cccc"), &pair).unwrap();
        let mode = fs::metadata(folder.path().join("main.tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
