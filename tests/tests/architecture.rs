//! The table of arrows in `docs/architecture.md` is the truth about who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Rooms in backticks: the first cell is who, the second is whom they may know.
fn documented() -> Arrows {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page is there");
    let table = page.split("<!-- arrows -->").nth(1).and_then(|rest| rest.split("<!-- /arrows -->").next());
    let names =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    table
        .expect("the page marks its table of arrows")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<_> = line.split('|').collect();
            (names(cells[1]).remove(0), names(cells[2]).into_iter().collect())
        })
        .collect()
}

/// What `cargo metadata` says of normal dependencies (not those of tests).
fn real() -> Arrows {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let room = |name: &str| match name {
        "bellhop" => Some("cli".to_owned()),
        "bellhop-tests" => None,
        other => other.strip_prefix("bellhop-").map(str::to_owned),
    };
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("there are packages");
    packages
        .iter()
        .filter_map(|package| {
            let arrows = package["dependencies"]
                .as_array()?
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| room(&text(dependency, "name")))
                .collect();
            Some((room(&text(package, "name"))?, arrows))
        })
        .collect()
}

#[test]
fn the_table_of_arrows_is_true() {
    let (documented, real) = (documented(), real());
    assert_eq!(
        documented.keys().collect::<Vec<_>>(),
        real.keys().collect::<Vec<_>>(),
        "every room stands in the table, and every row is a room"
    );
    for (room, arrows) in &real {
        let allowed = &documented[room];
        let forbidden: Vec<_> = arrows.difference(allowed).collect();
        assert!(
            forbidden.is_empty(),
            "`{room}` depends on {forbidden:?}, which docs/architecture.md does not allow"
        );
        let unused: Vec<_> = allowed.difference(arrows).collect();
        assert!(
            unused.is_empty(),
            "docs/architecture.md allows `{room}` to know {unused:?}, which it does not use"
        );
    }
}

#[test]
fn the_lock_file_stays_small() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock file is there");
    let packages = lock.matches("[[package]]").count();
    assert!(
        packages <= 420,
        "{packages} packages in Cargo.lock: every one is a decision; raise the cap on purpose only"
    );
}
