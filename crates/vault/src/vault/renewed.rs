//! Tokens that were renewed: kept in the vault's folder, a file a connection, sealed where there is a key, so that a restart
//! goes on with the pair that counts now. It renews nothing.

use std::path::{Path, PathBuf};

use ring::digest;
use serde::{Deserialize, Serialize};

use super::{Vault, check_name};
use crate::files::{private_folder, write_whole};
use crate::{Secret, Tokens, VaultError};

impl Vault {
    /// The folder in which renewed tokens can be kept, for the connection `connection`.
    pub fn folder_for_tokens(&self, connection: &str) -> Result<&Path, VaultError> {
        check_name(connection)?;
        self.folder.as_deref().ok_or_else(|| VaultError::NoFolder(connection.to_owned()))
    }

    /// The pair kept last for a connection, where it descends from the refresh token `first`. One that descends from
    /// another is of an earlier authorisation and of no use.
    pub fn kept_tokens(&self, connection: &str, first: &Secret) -> Result<Option<Tokens>, VaultError> {
        let file = tokens_file(self.folder_for_tokens(connection)?, connection);
        let Some(text) = self.read(&file, connection)? else { return Ok(None) };
        let kept: Kept = serde_json::from_str(text.expose())
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
        let unwritable = |reason: String| VaultError::Unwritable { file: file.clone(), reason };
        let text = serde_json::to_string(&kept).map_err(|error| unwritable(error.to_string()))?;
        let text = match &self.key {
            Some(place) => place.key_or_new()?.seal(connection, &text)?,
            None => text,
        };
        private_folder(folder)
            .and_then(|()| write_whole(&file, text.as_bytes()))
            .map_err(|error| unwritable(error.to_string()))
    }

    fn know(&self, tokens: &Tokens) {
        self.redactor.register(&tokens.access);
        self.redactor.register(&tokens.refresh);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    const CANARY: &str = "canary-4f9c1e7b2a";

    fn vault(folder: Option<&Path>) -> Vault {
        Vault::new(BTreeMap::new(), folder.map(Path::to_path_buf))
    }

    #[test]
    fn renewed_tokens_are_sealed_where_there_is_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let with_key = || vault(Some(folder.path())).with_key_file(folder.path().join("key"));
        let pair = Tokens { access: Secret::new(CANARY), refresh: Secret::new(CANARY), expires_at: None };
        let first = Secret::new("first-refresh");
        with_key().keep_tokens("main", &first, &pair).unwrap();
        let text = fs::read_to_string(folder.path().join("main.tokens.json")).unwrap();
        assert!(!text.contains(CANARY), "{text}");
        assert_eq!(with_key().kept_tokens("main", &first).unwrap().unwrap().access.expose(), CANARY);
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
        vault(Some(folder.path())).keep_tokens("main", &first, &pair).unwrap();
        let again = vault(Some(folder.path()));
        let kept = again.kept_tokens("main", &first).unwrap().unwrap();
        assert_eq!(kept.refresh.expose(), "refresh-2");
        assert_eq!(kept.expires_at, pair.expires_at);
        assert!(again.kept_tokens("main", &Secret::new("newer")).unwrap().is_none());
        assert!(again.kept_tokens("other", &first).unwrap().is_none());
        assert_eq!(again.redactor().redact("refresh-2"), crate::MASK);
        assert!(matches!(
            vault(None).keep_tokens("main", &first, &pair),
            Err(VaultError::NoFolder(connection)) if connection == "main"
        ));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_tokens() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let pair = Tokens { access: Secret::new("aaaa"), refresh: Secret::new("bbbb"), expires_at: None };
        vault(Some(folder.path())).keep_tokens("main", &Secret::new("cccc"), &pair).unwrap();
        let mode = fs::metadata(folder.path().join("main.tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
