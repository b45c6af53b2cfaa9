//! Sealing: what lies on the disk can be read only with the key, and only under the name it was sealed for. The key is
//! a variable of the environment, or a file that the cli puts outside of the workspace, so that a copy of the workspace
//! does not hold it.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a random nonce for every sealing. Start at [`Key`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretBox};

use crate::files::{create_new, private_folder};
use crate::{Secret, VaultError};

/// The first line of a sealed text: what it is, and how it was made.
const MARK: &str = "bellhop-sealed-1\n";
/// Bytes of a key.
const KEY_LENGTH: usize = 32;

/// Where the key is.
#[derive(Clone, Debug)]
pub(crate) enum KeyPlace {
    /// In this text: the variable `BELLHOP_KEY`.
    Given(Secret),
    /// In this file; made where it is not there yet and something is to be sealed.
    File(PathBuf),
}

/// A key.
pub(crate) struct Key(SecretBox<[u8; KEY_LENGTH]>);

impl KeyPlace {
    /// The key; none where its file is not there yet.
    pub(crate) fn key(&self) -> Result<Option<Key>, VaultError> {
        match self {
            Self::Given(text) => match Key::read(text.expose()) {
                Some(key) => Ok(Some(key)),
                None => Err(VaultError::BadKey("the variable BELLHOP_KEY".to_owned())),
            },
            Self::File(file) => match fs::read_to_string(file) {
                Ok(text) => match Key::read(&text) {
                    Some(key) => Ok(Some(key)),
                    None => Err(VaultError::BadKey(format!("the file {}", file.display()))),
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unreadable(file, &error)),
            },
        }
    }

    /// The key, made now where there is none.
    pub(crate) fn key_or_new(&self) -> Result<Key, VaultError> {
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        let Self::File(file) = self else { return Err(VaultError::NoKey) };
        let mut bytes = [0; KEY_LENGTH];
        SystemRandom::new().fill(&mut bytes).map_err(|_| VaultError::NoRandomness)?;
        let written = file
            .parent()
            .map_or(Ok(()), private_folder)
            .and_then(|()| create_new(file, STANDARD.encode(bytes).as_bytes()));
        match written {
            Ok(()) => Ok(Key(SecretBox::new(Box::new(bytes)))),
            // Another process was quicker: its key is the one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.key()?.ok_or(VaultError::NoKey)
            }
            Err(error) => Err(VaultError::Unwritable { file: file.clone(), reason: error.to_string() }),
        }
    }
}

impl Key {
    /// A key as it is written: Base64 of 32 bytes.
    fn read(text: &str) -> Option<Self> {
        let bytes: [u8; KEY_LENGTH] = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
        Some(Self(SecretBox::new(Box::new(bytes))))
    }

    fn cipher(&self) -> Result<LessSafeKey, VaultError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.0.expose_secret().as_slice());
        key.map(LessSafeKey::new).map_err(|_| VaultError::NoKey)
    }

    /// `text` sealed for `name`.
    pub(crate) fn seal(&self, name: &str, text: &str) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
        let mut sealed = text.as_bytes().to_vec();
        self.cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| VaultError::NoKey)?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(format!("{MARK}{}\n", STANDARD.encode(bytes)))
    }

    /// What was sealed for `name`; none where it is not for this key or this name, or was changed since.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Option<Secret> {
        let bytes = STANDARD.decode(sealed.strip_prefix(MARK)?.trim()).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let text = self.cipher().ok()?.open_in_place(nonce, Aad::from(name.as_bytes()), &mut sealed).ok()?;
        std::str::from_utf8(text).ok().map(Secret::new)
    }
}

/// Whether a text has been sealed.
pub(crate) fn is_sealed(text: &str) -> bool {
    text.starts_with(MARK)
}

pub(crate) fn unreadable(file: &Path, error: &io::Error) -> VaultError {
    VaultError::Unreadable { file: file.to_path_buf(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> Key {
        Key(SecretBox::new(Box::new([byte; KEY_LENGTH])))
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_by_its_key_under_its_name_only(text in ".*", name in "[a-z_]{1,12}") {
            let sealed = key(1).seal(&name, &text).unwrap();
            let opened = key(1).open(&name, &sealed);
            prop_assert_eq!(opened.as_ref().map(Secret::expose), Some(text.as_str()));
            prop_assert!(key(2).open(&name, &sealed).is_none());
            let other = name + "x";
            prop_assert!(key(1).open(&other, &sealed).is_none());
        }

        #[test]
        fn a_changed_letter_is_noticed(at in 0_usize..40) {
            let sealed = key(1).seal("token", "a secret of some length").unwrap();
            let mut bytes = sealed.into_bytes();
            let at = MARK.len() + at;
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert!(key(1).open("token", &changed).is_none());
        }

        #[test]
        fn any_text_is_no_panic(text in ".*") {
            prop_assert!(key(1).open("token", &text).is_none());
            let marked = MARK.to_owned() + &text;
            prop_assert!(key(1).open("token", &marked).is_none());
        }
    }

    #[test]
    fn two_sealings_of_one_text_differ() {
        assert_ne!(key(1).seal("a", "same").unwrap(), key(1).seal("a", "same").unwrap());
    }

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let place = KeyPlace::File(folder.path().join("deep/key"));
        assert!(place.key().unwrap().is_none());
        let sealed = place.key_or_new().unwrap().seal("a", "text").unwrap();
        assert_eq!(place.key_or_new().unwrap().open("a", &sealed).unwrap().expose(), "text");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join("deep/key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[test]
    fn a_key_that_is_none_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "too short").unwrap();
        let error = KeyPlace::File(file).key_or_new().err().unwrap();
        assert!(matches!(error, VaultError::BadKey(_)), "{error}");
        let error = KeyPlace::Given(Secret::new("nonsense")).key_or_new().err().unwrap();
        assert!(error.to_string().contains("BELLHOP_KEY"), "{error}");
    }
}
