//! Files that only their owner reads, written so that a crash leaves the old or the new, never half of one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes beside the file and then takes its place. On the disk when it returns.
pub(crate) fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = file.with_extension("new");
    let mut options = private();
    options.create(true).truncate(true);
    write_synced(&options, &beside, bytes)?;
    fs::rename(&beside, file)?;
    sync_folder(file)
}

/// Writes a file that must not be there yet. On the disk when it returns.
pub(crate) fn create_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = private();
    options.create_new(true);
    write_synced(&options, file, bytes)?;
    sync_folder(file)
}

/// Makes a folder that only its owner enters, and those above it.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

fn write_synced(options: &fs::OpenOptions, file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut open = options.open(file)?;
    open.write_all(bytes)?;
    open.sync_all()
}

/// A new name is on the disk only when its folder is.
fn sync_folder(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
