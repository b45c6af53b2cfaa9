//! Turns SQLite's failures into sentences for people: what happened, to which file, what to do. Says nothing about
//! what was in the file.

use rusqlite::ErrorCode;

/// Why a command was not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// For a reason of its own, before it wrote anything: the others in its transaction are not touched.
    Refused(bellhop_journal::StoreError),
    /// SQLite failed: nothing of the transaction may be confirmed.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<bellhop_journal::StoreError> for Refusal {
    fn from(error: bellhop_journal::StoreError) -> Self {
        Self::Refused(error)
    }
}

/// The sentence for a store at `place` that failed with `error` while it was in use.
pub(crate) fn sentence(place: &str, error: &rusqlite::Error) -> String {
    if let rusqlite::Error::InvalidPath(_) = error {
        return format!(
            "the store {place} was deleted, moved or replaced while Bellhop worked on it, or its -wal or -shm was, and nothing \
             more is accepted. Stop Bellhop, put the file back together with its -wal (a -shm is made anew), or bring the last \
             copy back with `bellhop restore COPY`, and start it again"
        );
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => format!(
            "the disk that holds {place} is full; free some space and start Bellhop again. \
             Nothing that was confirmed is lost, and nothing more is accepted until then"
        ),
        Some(ErrorCode::SystemIoFailure) => format!(
            "the disk that holds {place} does not take what is written ({error}): a limit or quota is used up, or the \
             disk fails; make room or check the disk, and start Bellhop again. \
             Nothing that was confirmed is lost, and nothing more is accepted until then"
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(&place, error),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => format!(
            "the store {place} can no longer be written ({error}); see that the file is in its place and may be \
             written, and start Bellhop again"
        ),
        _ => format!("the store {place} failed ({error}); start Bellhop again"),
    }
}

/// The sentence for a store at `place` that is not whole.
pub(crate) fn damaged(place: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> String {
    format!(
        "the store {place} is damaged ({why}); stop Bellhop and bring the last copy back with `bellhop restore COPY`: \
         the damaged file is kept beside it"
    )
}

/// The sentence for a store at `place` whose `log` was changed after it had been written, and is whole up to byte `whole`
/// of `length` only.
pub(crate) fn damaged_log(
    place: &dyn std::fmt::Display,
    log: &dyn std::fmt::Display,
    whole: u64,
    length: u64,
) -> String {
    format!(
        "the store {place} is damaged: its log {log} was changed after it had been written, and only the first {whole} of \
         its {length} bytes can be relied on. It was not opened, because what was confirmed behind that place would have been \
         lost; nothing was changed. Stop Bellhop and bring the last copy back with `bellhop restore COPY`: the damaged \
         files are kept beside it. Or go on with what stands before that place: copy both files elsewhere, then \
         `truncate -s {whole} {log}`, `bellhop backup saved.db` and `bellhop restore saved.db`"
    )
}

/// The sentence for something kept that this version cannot read.
pub(crate) fn unreadable(what: &str, why: &dyn std::fmt::Display) -> String {
    format!(
        "{what} cannot be read ({why}). If a newer Bellhop wrote it, start that one; otherwise it is damaged: bring a copy \
         back with `bellhop restore`, or do by hand what is left to do"
    )
}

/// The sentence for a store whose thread has ended.
pub(crate) fn stopped(place: &str) -> String {
    format!("the store {place} has been closed; start Bellhop again")
}
