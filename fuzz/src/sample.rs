//! What texts are evaluated over and checked against: made-up data, and the manifests of the shipped connectors.

use bellhop_connector::{Catalogue, Manifest};
use bellhop_recipe::World;
use bellhop_source::Source;
use bellhop_template::{Context, Scope};
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// Names and values of every kind.
pub fn scope() -> Scope {
    static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
        let contact = json!({
            "id": "c1", "firstName": "Ana", "email": "ana@example.com", "phone": "+1555 010 0000", "score": 85,
            "tags": ["vip", "Lead", "é"], "dateAdded": "2026-11-20T09:00:00Z", "dueDate": "2026-11-21", "none": null,
            "dnd": false, "amount": 12.5, "big": u64::MAX, "small": i64::MIN, "long": "ab é ".repeat(2000),
        });
        let deep = json!({ "a": [{ "a": [{ "a": [{ "a": [1, 2, { "b": contact }] }] }] }] });
        let orders: Vec<_> = (0..50).map(|index| json!({ "id": index, "total": index * 7 })).collect();
        Scope::new()
            .with("contact", Arc::new(contact.clone()))
            .with("trigger", Arc::new(contact))
            .with("orders", Arc::new(orders.into()))
            .with("deep", Arc::new(deep))
    });
    SCOPE.clone()
}

/// A fixed moment and a zone with summer time.
pub fn context() -> Context {
    let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
    Context { now: "2026-11-21T09:00:00Z".parse().expect("invariant: a written time is a time"), zone }
}

/// The shipped connectors and a connection to each.
pub fn world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| {
        let apps = files(&root().join("crates/apps/manifest")).into_iter().map(|path| vec![path]);
        let manifests: Vec<Arc<Manifest>> = apps
            .chain([files(&root().join("crates/contacts/manifest"))])
            .map(|parts| {
                let text: Vec<_> =
                    parts.iter().map(|path| std::fs::read_to_string(path).unwrap_or_default()).collect();
                let source = Source::new("manifest.yaml", text.join("\n"));
                Manifest::load(&source).expect("invariant: the shipped manifests are sound")
            })
            .map(Arc::new)
            .collect();
        let connections: BTreeMap<_, _> =
            manifests.iter().map(|one| (one.connector.clone(), one.connector.clone())).collect();
        World::new(Arc::new(Catalogue::new(manifests)), connections, context().zone)
    });
    &WORLD
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("invariant: this crate stands in the repository")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.extension().is_some_and(|end| end == "yaml") {
            found.push(path);
        }
    }
    // `10-events.yaml` comes after `9-neighbours.yaml`.
    found.sort_by_key(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name.split('-').next().and_then(|number| number.parse::<u32>().ok()), name)
    });
    found
}
