//! The manifest that is built in: the files of `manifest/` as one document.

use bellhop_connector::Manifest;
use bellhop_source::Source;

/// The files in their order. Each continues the document where the one before it ends.
const TEXT: &str = concat!(
    include_str!("../manifest/1-app.yaml"),
    include_str!("../manifest/2-fields.yaml"),
    include_str!("../manifest/3-event-fields.yaml"),
    include_str!("../manifest/4-contacts.yaml"),
    include_str!("../manifest/5-tasks.yaml"),
    include_str!("../manifest/6-notes.yaml"),
    include_str!("../manifest/7-tags.yaml"),
    include_str!("../manifest/8-campaigns-and-workflows.yaml"),
    include_str!("../manifest/9-neighbours.yaml"),
    include_str!("../manifest/10-events.yaml"),
    include_str!("../manifest/11-events-of-neighbours.yaml"),
);

/// The document, under the name that complaints about it would carry.
pub(crate) fn source() -> Source {
    Source::new("contacts.yaml", TEXT)
}

/// What the connector can do and say. Reads the document anew at each call; keep the answer.
pub fn manifest() -> Manifest {
    Manifest::load(&source()).expect("the built-in manifest is sound: a test of this crate loads it")
}

#[cfg(test)]
mod tests {
    use bellhop_connector::Manifest;

    #[test]
    fn loads_without_a_complaint() {
        let found = Manifest::load(&super::source()).err().unwrap_or_default();
        let words: Vec<_> =
            found.iter().map(|one| format!("{}: {}", one.address.as_str(), one.message)).collect();
        assert!(words.is_empty(), "{}", words.join("\n"));
    }
}
