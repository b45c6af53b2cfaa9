//! The smaller apps: Slack, e-mail and any address on the web. Each is a manifest and nothing else, which is the point of
//! manifests; only e-mail has code beside it, because it is not HTTP. An app that needs more has a room of its own, as
//! `contacts` has.
//!
//! Start at [`manifests`], or at `manifest/slack.yaml`.

mod email;

use std::sync::Arc;

use bellhop_clock::Clock;
use bellhop_connector::{Connector, Manifest};
use bellhop_http::{HttpRuntime, ManifestConnector};
use bellhop_source::Source;
use bellhop_vault::Vault;

pub use email::Email;

/// The built-in manifests, by file name.
const FILES: [(&str, &str); 3] = [
    ("slack.yaml", include_str!("../manifest/slack.yaml")),
    ("http.yaml", include_str!("../manifest/http.yaml")),
    ("email.yaml", include_str!("../manifest/email.yaml")),
];

/// What the apps can do. Reads the documents anew at each call; keep the answer.
pub fn manifests() -> Vec<Manifest> {
    let load = |(name, text)| {
        Manifest::load(&Source::new(name, text))
            .expect("the built-in manifests are sound: a test of this crate loads them")
    };
    FILES.into_iter().map(load).collect()
}

/// The apps.
pub fn connectors(
    runtime: &Arc<HttpRuntime>,
    vault: &Arc<Vault>,
    clock: &Arc<dyn Clock>,
) -> Vec<Arc<dyn Connector>> {
    let connect = |manifest: Manifest| -> Arc<dyn Connector> {
        if manifest.connector == "email" {
            return Arc::new(Email::new(manifest, Arc::clone(vault), Arc::clone(clock)));
        }
        Arc::new(ManifestConnector::new(Arc::new(manifest), Arc::clone(runtime)))
    };
    manifests().into_iter().map(connect).collect()
}

#[cfg(test)]
mod tests {
    use bellhop_connector::{Effect, Manifest};
    use bellhop_source::Source;

    #[test]
    fn the_manifests_load_without_a_complaint() {
        for (name, text) in super::FILES {
            let found = Manifest::load(&Source::new(name, text)).err().unwrap_or_default();
            let words: Vec<_> =
                found.iter().map(|one| format!("{}: {}", one.address.as_str(), one.message)).collect();
            assert!(words.is_empty(), "{name}: {}", words.join("\n"));
        }
    }

    #[test]
    fn what_may_not_be_repeated_says_so() {
        let effects: Vec<_> = super::manifests()
            .iter()
            .flat_map(|manifest| {
                let effect = |(name, operation): (&String, &bellhop_connector::Operation)| {
                    (format!("{}.{name}", manifest.connector), operation.effect)
                };
                manifest.operations.iter().map(effect).collect::<Vec<_>>()
            })
            .collect();
        let expected = [
            ("slack.send_message", Effect::Once),
            ("http.get", Effect::Read),
            ("http.request", Effect::Once),
            ("email.send_message", Effect::Once),
        ];
        assert_eq!(effects, expected.map(|(name, effect)| (name.to_owned(), effect)));
    }
}
