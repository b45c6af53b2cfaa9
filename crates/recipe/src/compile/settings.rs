//! `settings:` – what holds for all steps of a recipe, where a step does not say otherwise (rule R1).

use bellhop_clock::time_zone;
use bellhop_source::{Address, Diagnostic, Key, Node};

use super::{Checker, habits};
use crate::{Settings, codes};

/// The keys of `settings`.
const KEYS: [&str; 3] = ["time_zone", "retry", "timeout"];

impl Checker<'_> {
    pub(super) fn settings(&mut self, node: &Node, address: &Address) -> Settings {
        let example = "`settings: { time_zone: Europe/London }`";
        for (key, _) in self.members_of(node, address, "`settings`", example).unwrap_or_default() {
            let known = KEYS.contains(&key.text.as_str());
            if !known && !self.other_word(key, node, address, &habits::SETTINGS) {
                self.unknown_key(key, address, "`settings`", &KEYS);
            }
        }
        let zone = node.get("time_zone").and_then(|node| {
            let at = address.key("time_zone");
            let name = self.text_of(node, &at, "a time zone")?;
            time_zone(name).map_err(|error| self.words_error(codes::TIME_ZONE, node, &at, error)).ok()
        });
        let retry = node.get("retry").and_then(|node| self.retries(node, address.key("retry")));
        let timeout = node.get("timeout").and_then(|node| self.duration(node, &address.key("timeout")));
        Settings { zone, retry, timeout }
    }

    /// A setting at the top of a recipe, where it does not stand.
    pub(super) fn is_setting(&mut self, key: &Key, node: &Node, root: &Node) -> bool {
        let word = key.text.as_str();
        let Some(meant) =
            KEYS.into_iter().find(|one| *one == word).or(habits::meant(&habits::SETTINGS, word))
        else {
            return false;
        };
        let message = if meant == word {
            format!("`{word}` belongs under `settings:`")
        } else {
            format!("`{word}` is called `{meant}` here, and belongs under `settings:`")
        };
        let diagnostic = Diagnostic::error(
            if meant == word { codes::MISPLACED_KEY } else { codes::OTHER_TOOLS_WORD },
            key.span,
            Address::root().key(word),
            message,
        );
        self.report(if root.get("settings").is_none() && node.text().is_some() {
            diagnostic.suggest(key.span, format!("settings:\n  {meant}"))
        } else {
            diagnostic
                .help(format!("Write `settings:` at the start of a line, and `{meant}:` indented under it."))
        });
        true
    }
}
