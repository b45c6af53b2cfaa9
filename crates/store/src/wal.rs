//! Sees whether SQLite's write-ahead log was changed after it had been written. Changes nothing, and knows nothing of
//! what is in it.
//!
//! SQLite takes a log to end at the first frame whose checksum is wrong, and forgets what stands behind it without a
//! word: right for a transaction torn by a power cut, and a silent loss where a disk gives back something else than was
//! written. What tells the two apart is a law of this room: every commit is on the disk before the next one is begun
//! (`synchronous=FULL`, one writer at a time), so a crash tears the last transaction only. Where two commits stand at or
//! behind the place that is wrong, one of them was on the disk, and has been changed since.
//!
//! Frames left over from earlier stand behind the log's end and prove nothing: those of an earlier round have older
//! salts, and those of a transaction that was torn before have at most one commit. So commits are counted only as far
//! as frame follows upon frame by its checksum.
//!
//! Not seen: damage in the last transaction itself, or so wide that only one commit is left behind it; a log cut off at
//! its end; a log that is gone.
//!
//! The format is SQLite's ("WAL-mode File Format", sqlite.org/walformat.html). Start at [`damage`].

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// What stands before the first frame, in bytes.
const HEADER: usize = 32;

/// What stands before the page in each frame, in bytes.
const FRAME_HEADER: usize = 24;

/// The sizes of pages that SQLite knows, in bytes.
const PAGES: std::ops::RangeInclusive<u32> = 512..=65_536;

/// A log with one frame of the smallest page, in bytes.
const SMALLEST: u64 = 32 + 24 + 512;

/// How a log begins. Its last bit says that checksums are over big-endian words.
const MAGIC: u32 = 0x377f_0682;

/// What a disk writes wholly or not at all, in bytes.
const SECTOR: u64 = 512;

/// As much is read at a time, in bytes.
const BUFFER: usize = 256 * 1024;

/// A log that was changed after it had been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Up to here whole transactions stand, in bytes from the beginning.
    pub(crate) whole: u64,
    /// How long the log is, in bytes.
    pub(crate) length: u64,
}

/// Where SQLite keeps the log of the store at `path`: beside the file itself, where `path` is a link to it.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push("-wal");
    name.into()
}

/// Whether there are frames in the log at `path`.
pub(crate) fn has_frames(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|log| log.len() >= SMALLEST)
}

/// Reads the log at `path` through; none: it is as it was written, as far as can be told, or there is none. Of a log that
/// is being written to meanwhile, damage says nothing.
pub(crate) fn damage(path: &Path) -> io::Result<Option<Damage>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    look(BufReader::with_capacity(BUFFER, file), length)
}

fn look(mut log: impl Read, length: u64) -> io::Result<Option<Damage>> {
    let mut header = [0; HEADER];
    if length < SMALLEST || !fill(&mut log, &mut header)? {
        return Ok(None);
    }
    // The header is on the disk before the first frame is written, so where there are frames it is not a torn one.
    let Some(format) = Format::of(&header) else { return Ok(Some(Damage { whole: 0, length })) };
    let mut frame = vec![0; FRAME_HEADER + format.page];
    let (mut whole, mut end) = (HEADER as u64, HEADER as u64);
    let mut sum = format.sum;
    let mut behind: Option<Chain> = None;
    while fill(&mut log, &mut frame)? {
        end += frame.len() as u64;
        if let Some(chain) = &mut behind {
            chain.follow(&format, &frame, end - frame.len() as u64);
            if chain.commits >= 2 {
                return Ok(Some(Damage { whole, length }));
            }
        } else if format.goes_on(sum, &frame) {
            sum = stored(&frame);
            if pages_after(&frame) != 0 {
                whole = end;
            }
        } else {
            behind = Some(Chain::from_the_break(&format, sum, &frame));
        }
    }
    Ok(None)
}

/// Frames, from the first that is wrong on, each of which was written after the one before it.
struct Chain {
    /// What the next frame's checksum may be built upon: what the last one says, and, of the wrong one, what it ought
    /// to say if all else in it is right.
    sums: [Sum; 2],
    /// How many of them are commits of the header's round or a later one.
    commits: u32,
}

impl Chain {
    /// Begins with the first frame that is wrong, behind a frame whose checksum was `before`.
    fn from_the_break(format: &Format, before: Sum, frame: &[u8]) -> Self {
        let (said, due) = (stored(frame), format.sum_of(before, frame));
        let commit = match pages_after(frame) {
            0 => format.only_the_size_differs(said, due),
            _ => said == due || format.is_current(frame),
        };
        Self { sums: [said, due], commits: u32::from(commit) }
    }

    /// Takes the next frame in, which stands `at` that byte. One that was not written after the last begins anew.
    fn follow(&mut self, format: &Format, frame: &[u8], at: u64) {
        let said = stored(frame);
        let [first, second] = self.sums;
        let linked =
            format.sum_of(first, frame) == said || first != second && format.sum_of(second, frame) == said;
        let commit = pages_after(frame) != 0 && format.is_current(frame);
        if linked {
            self.commits += u32::from(commit);
        } else {
            // Not known to be whole. If the next one follows upon it, its checksum is as it was written, and so is what lies
            // in the same sector of the disk.
            let in_one_sector = at % SECTOR + FRAME_HEADER as u64 <= SECTOR;
            self.commits = u32::from(commit && in_one_sector);
        }
        self.sums = [said, said];
    }
}

/// SQLite's running checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sum(u32, u32);

/// What a log's header says.
struct Format {
    page: usize,
    word: fn([u8; 4]) -> u32,
    salts: (u32, u32),
    /// What the first frame's checksum is built upon.
    sum: Sum,
}

impl Format {
    /// None: this is no header, or not as it was written.
    fn of(header: &[u8; HEADER]) -> Option<Self> {
        let (magic, page) = (number(header, 0), number(header, 8));
        if magic & !1 != MAGIC || !page.is_power_of_two() || !PAGES.contains(&page) {
            return None;
        }
        let format = Self {
            page: page as usize,
            word: if magic & 1 == 1 { u32::from_be_bytes } else { u32::from_le_bytes },
            salts: (number(header, 16), number(header, 20)),
            sum: Sum(number(header, 24), number(header, 28)),
        };
        (format.add(Sum(0, 0), &header[..24]) == format.sum).then_some(format)
    }

    fn add(&self, sum: Sum, bytes: &[u8]) -> Sum {
        let (pairs, _) = bytes.as_chunks::<8>();
        pairs.iter().fold(sum, |Sum(first, second), &[a, b, c, d, e, f, g, h]| {
            let first = first.wrapping_add((self.word)([a, b, c, d])).wrapping_add(second);
            Sum(first, second.wrapping_add((self.word)([e, f, g, h])).wrapping_add(first))
        })
    }

    /// The checksum that a frame ought to have which was written after one with the checksum `before`.
    fn sum_of(&self, before: Sum, frame: &[u8]) -> Sum {
        self.add(self.add(before, &frame[..8]), &frame[FRAME_HEADER..])
    }

    /// Whether SQLite goes on from a frame with the checksum `before` to this one.
    fn goes_on(&self, before: Sum, frame: &[u8]) -> bool {
        let (page_number, salts) = (number(frame, 0), salts(frame));
        page_number != 0 && salts == self.salts && self.sum_of(before, frame) == stored(frame)
    }

    /// Whether a frame is not left over from an earlier round. With each round the first salt grows by one and the second
    /// is drawn anew; a frame of a later round than the header's proves that the header is an old one come back.
    fn is_current(&self, frame: &[u8]) -> bool {
        let salts = salts(frame);
        salts == self.salts || salts.0.wrapping_sub(self.salts.0).cast_signed() > 0
    }

    /// Whether a frame that says `said` where `due` was due is whole but for the size that makes it a commit.
    fn only_the_size_differs(&self, said: Sum, due: Sum) -> bool {
        // A checksum is a sum of the words, each with its own weight. The weight of the size, over the page behind it:
        let weight = (0..self.page / 8).fold(Sum(0, 1), |Sum(first, second), _| {
            let first = first.wrapping_add(second);
            Sum(first, second.wrapping_add(first))
        });
        let off = Sum(said.0.wrapping_sub(due.0), said.1.wrapping_sub(due.1));
        // The first weight is odd for every size of page, so that this has one solution.
        off != Sum(0, 0) && off.0.wrapping_mul(weight.1) == off.1.wrapping_mul(weight.0)
    }
}

/// The store's size after this frame, in pages; nothing: the transaction goes on.
fn pages_after(frame: &[u8]) -> u32 {
    number(frame, 4)
}

fn salts(frame: &[u8]) -> (u32, u32) {
    (number(frame, 8), number(frame, 12))
}

/// The checksum that a frame says it has.
fn stored(frame: &[u8]) -> Sum {
    Sum(number(frame, 16), number(frame, 20))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Fills `bytes`; false: the log ends before.
fn fill(log: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
