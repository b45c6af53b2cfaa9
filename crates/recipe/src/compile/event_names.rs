//! Which of an app's events a name means, under `trigger:` and `wait_for:`, and which was probably meant (rule R7).

use bellhop_source::{Address, Diagnostic, Span, closest};

use super::triggers::KINDS;
use super::{Checker, list, synonyms};
use crate::codes;

impl Checker<'_> {
    /// The connector and event that a name means; complains where it is not quite the name.
    pub(super) fn event_name(
        &mut self,
        name: &str,
        span: Span,
        address: &Address,
    ) -> Option<(String, String)> {
        if let Some((connector, event)) = name.split_once('.')
            && self.world.catalogue.event(connector, event).is_some()
        {
            return Some((connector.to_owned(), event.to_owned()));
        }
        let (message, meant) = self.meant_event(name);
        let code = if message.contains("no event") { codes::UNKNOWN_EVENT } else { codes::UNKNOWN_TRIGGER };
        let diagnostic = Diagnostic::error(code, span, address.clone(), message);
        self.report(match &meant {
            Some(meant) => diagnostic.suggest(span, meant.as_str()),
            None => diagnostic.help(format!(
                "A trigger is an app's event, such as `contacts.contact_created`, or one of {}.",
                list(&KINDS, "and")
            )),
        });
        let meant = meant?;
        meant.split_once('.').map(|(connector, event)| (connector.to_owned(), event.to_owned()))
    }

    pub(super) fn meant_event(&self, name: &str) -> (String, Option<String>) {
        let (connector, event) = name.split_once('.').unwrap_or(("", name));
        let manifests = self.world.catalogue.iter();
        let (message, meant) = if let Some(manifest) = self.world.catalogue.get(connector) {
            let vendor =
                manifest.events.iter().find(|(_, spec)| spec.vendor_name.eq_ignore_ascii_case(event));
            let alike = synonyms::events(event, manifest.events.keys());
            let names = manifest.events.keys().map(String::as_str);
            let whole = |name: &&str| name.split('_').count() == event.split('_').count();
            let said = synonyms::event(event, manifest.events.keys());
            let meant = vendor.map(|(name, _)| name.as_str()).or(said).or_else(|| closest(event, names)).or(
                match alike.as_slice() {
                    [only] if whole(only) => Some(*only),
                    _ => None,
                },
            );
            let mut message = format!("`{connector}` has no event `{event}`");
            if meant.is_none() && !alike.is_empty() {
                let full: Vec<String> =
                    alike.iter().take(4).map(|name| format!("{connector}.{name}")).collect();
                let full: Vec<&str> = full.iter().map(String::as_str).collect();
                message = format!("{message}; it has {}", list(&full, "and"));
            }
            (message, meant.map(|meant| format!("{connector}.{meant}")))
        } else {
            let names: Vec<(String, &str, &str)> = manifests
                .flat_map(|one| {
                    one.events.iter().map(|(name, spec)| {
                        (format!("{}.{name}", one.connector), name.as_str(), spec.vendor_name.as_str())
                    })
                })
                .collect();
            let exact =
                names.iter().find(|(_, own, vendor)| *own == event || vendor.eq_ignore_ascii_case(event));
            let meant = exact.map(|(full, ..)| full.clone()).or_else(|| {
                let words = names.iter().flat_map(|(full, own, _)| [full.as_str(), own]).chain(KINDS);
                let word = closest(name, words)?;
                let full = names.iter().find(|(full, own, _)| full == word || *own == word);
                Some(full.map_or_else(|| word.to_owned(), |(full, ..)| full.clone()))
            });
            (format!("there is no trigger `{name}`"), meant)
        };
        match meant {
            Some(meant) => (format!("{message}: did you mean `{meant}`?"), Some(meant)),
            None => (message, None),
        }
    }
}
