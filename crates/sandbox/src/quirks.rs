//! Quirks of the real service that are off, or set in another way, unless somebody asks: written `NAME` or `NAME=VALUE`.
//!
//! Each is a switch of [`SandboxConfig`] under a name that a command line can carry. What a switch does is said there; what goes
//! wrong at a single request is a fault, see [`crate::Fault`].

use std::time::Duration;

use crate::{
    config::{RateLimits, SandboxConfig, Signatures},
    faults::duration,
};

/// A quirk that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The quirk `{text}` cannot be read: {problem}. The quirks are {}", names())]
pub struct QuirkError {
    text: String,
    problem: String,
}

/// Names with an example of their value, in the order they are told.
const QUIRKS: [&str; 11] = [
    "index-delay=3s",
    "allow-duplicates",
    "retry-after",
    "rate-limit=100",
    "scopes=contacts.readonly",
    "duplicate-webhooks=2",
    "lose-webhooks=10",
    "reorder-webhooks",
    "bare-task-webhooks",
    "webhook-retry=10s",
    "signatures=rsa",
];

fn names() -> String {
    QUIRKS.map(|quirk| format!("`{quirk}`")).join(", ")
}

impl SandboxConfig {
    /// Switches a quirk on, by its written form.
    ///
    /// # Errors
    /// Where there is no such quirk, or its value is none.
    pub fn quirk(&mut self, text: &str) -> Result<(), QuirkError> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        self.set(name.trim(), value.map(str::trim))
            .map_err(|problem| QuirkError { text: text.to_owned(), problem })
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        match name {
            "index-delay" => self.index_delay = time(value)?,
            "allow-duplicates" => self.allow_duplicates = Some(yes(value)?),
            "retry-after" => self.retry_after = yes(value)?,
            "rate-limit" => {
                self.rate_limits = Some(RateLimits { limit: count(value)?, ..RateLimits::default() });
            }
            "scopes" => {
                let scopes = value.unwrap_or_default().split([',', ' ']).filter(|scope| !scope.is_empty());
                self.scopes = Some(scopes.map(str::to_owned).collect());
            }
            "duplicate-webhooks" => self.webhooks.duplicate_every = count(value)?,
            "lose-webhooks" => self.webhooks.lose_of = count(value)?,
            "reorder-webhooks" => self.webhooks.reorder = yes(value)?,
            "bare-task-webhooks" => self.webhooks.omit_task_contact = yes(value)?,
            "webhook-retry" => self.webhooks.retry_interval = time(value)?,
            "signatures" => {
                self.webhooks.signatures = match value {
                    Some("both") => Signatures::Both,
                    Some("ed25519") => Signatures::Ed25519,
                    Some("rsa") => Signatures::Rsa,
                    Some("none") => Signatures::None,
                    _ => return Err("its value is `both`, `ed25519`, `rsa` or `none`".to_owned()),
                };
            }
            _ => return Err(format!("there is no quirk `{name}`")),
        }
        Ok(())
    }
}

fn time(value: Option<&str>) -> Result<Duration, String> {
    value.and_then(duration).ok_or_else(|| "its value is a time, such as `250ms` or `3s`".to_owned())
}

fn count(value: Option<&str>) -> Result<u32, String> {
    let count = value.and_then(|value| value.parse().ok()).filter(|count| *count > 0);
    count.ok_or_else(|| "its value is a whole number from 1".to_owned())
}

fn yes(value: Option<&str>) -> Result<bool, String> {
    match value {
        None | Some("yes" | "true") => Ok(true),
        Some("no" | "false") => Ok(false),
        _ => Err("its value is `yes` or `no`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quirk_that_is_told_changes_the_sandbox() {
        for quirk in QUIRKS {
            let mut config = SandboxConfig { rate_limits: None, ..SandboxConfig::default() };
            let before =
                (format!("{config:?}"), config.retry_after, config.scopes.clone(), config.allow_duplicates);
            assert_eq!(config.quirk(quirk), Ok(()));
            let after =
                (format!("{config:?}"), config.retry_after, config.scopes.clone(), config.allow_duplicates);
            assert_ne!(before, after, "{quirk}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_what_there_is() {
        for (quirk, problem) in [
            ("index-dely=3s", "there is no quirk `index-dely`"),
            ("index-delay", "its value is a time"),
            ("index-delay=soon", "its value is a time"),
            ("lose-webhooks=0", "its value is a whole number from 1"),
            ("retry-after=maybe", "its value is `yes` or `no`"),
            ("signatures=md5", "`both`, `ed25519`, `rsa` or `none`"),
        ] {
            let told = SandboxConfig::default().quirk(quirk).unwrap_err().to_string();
            assert!(told.contains(problem) && told.contains("`webhook-retry=10s`"), "{told}");
        }
    }
}
