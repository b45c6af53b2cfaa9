//! Files that are made from the code: written to a folder, or compared with what stands there.

use std::path::Path;

use crate::trouble::{Ending, Trouble};

/// A file to be made.
pub(crate) struct Generated {
    /// Its path below the folder.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// Writes the files, or with `check` says which are not as they would be written.
pub(crate) fn settle(folder: &Path, files: &[Generated], check: bool) -> Result<Ending, Trouble> {
    let mut stale = Vec::new();
    for file in files {
        let path = folder.join(&file.name);
        let same = std::fs::read_to_string(&path).is_ok_and(|text| text == file.text);
        if same {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| Trouble::writing(parent, &error))?;
        }
        std::fs::write(&path, &file.text).map_err(|error| Trouble::writing(&path, &error))?;
        anstream::eprintln!("wrote {}", path.display());
    }
    if stale.is_empty() {
        return Ok(Ending::Fine);
    }
    anstream::eprintln!(
        "Not up to date: {}. Write them anew with the same command without --check.",
        stale.join(", ")
    );
    Ok(Ending::Problems)
}
