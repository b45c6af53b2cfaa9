//! Logs that the store itself wrote, changed, torn and cut at every kind of place.

use std::path::Path;

use bellhop_journal::Store as _;
use rusqlite::Connection;

use super::{Damage, FRAME_HEADER, HEADER, look, number, pages_after};
use crate::{SqliteStore, open};

const PAGE: usize = 4_096;
const FRAME: usize = FRAME_HEADER + PAGE;
const SECTOR: usize = 512;

fn read(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("bellhop.db-wal")).expect("a log")
}

async fn write(store: &SqliteStore, name: &str, bytes: usize) {
    store.put_note(name, &name.repeat(bytes / name.len() + 1)).await.expect("it is kept");
}

/// Copies what is in the log into the store, so that the log begins anew with what is written next.
fn begin_anew(store: &Path, how: &str) {
    let other = Connection::open(store).expect("a connection");
    let held_up: i64 = other
        .query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| row.get(0))
        .expect("a checkpoint");
    assert_eq!(held_up, 0);
}

/// The log of a store into which notes of these sizes were written, each in a transaction of its own.
async fn log_of(sizes: &[usize]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    begin_anew(&path, "TRUNCATE");
    for (number, size) in sizes.iter().enumerate() {
        write(&store, &format!("note-{number}"), *size).await;
    }
    let log = read(folder.path());
    assert_eq!(ends(&log).len(), sizes.len());
    log
}

fn seen(log: &[u8]) -> Option<Damage> {
    look(log, log.len() as u64).expect("bytes in memory can be read")
}

fn frames(log: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    log[HEADER..].chunks_exact(FRAME).enumerate().map(|(index, frame)| (HEADER + index * FRAME, frame))
}

/// Where each transaction of the log's own round ends.
fn ends(log: &[u8]) -> Vec<usize> {
    let own = frames(log).take_while(|(_, frame)| frame[8..16] == log[16..24]);
    own.filter(|(_, frame)| pages_after(frame) != 0).map(|(at, _)| at + FRAME).collect()
}

fn start_of_the_last(log: &[u8]) -> usize {
    let ends = ends(log);
    ends[ends.len() - 2]
}

/// The same numbers every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> bool {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 63 == 1
    }
}

#[tokio::test]
async fn no_byte_before_the_last_transaction_can_change_unseen() {
    let mut log = log_of(&[10, 9_000, 10, 10, 20_000]).await;
    assert_eq!(seen(&log), None);
    let last = start_of_the_last(&log);
    let in_a_header = |at: usize| at < HEADER || (at - HEADER) % FRAME < FRAME_HEADER;
    for at in (0..last).filter(|at| in_a_header(*at) || at % 61 == 0) {
        let was = log[at];
        for flipped in [was ^ 1, was ^ 0x80, !was, 0] {
            if flipped != was {
                log[at] = flipped;
                let Some(Damage { whole, length }) = seen(&log) else {
                    panic!("byte {at}: {was} was changed to {flipped}, and nobody saw")
                };
                let before = ends(&log).into_iter().filter(|end| *end <= at).max();
                let expected = if at < HEADER { 0 } else { before.unwrap_or(HEADER) };
                assert_eq!((whole, length), (expected as u64, log.len() as u64), "byte {at}");
            }
        }
        log[at] = was;
    }
}

#[tokio::test]
async fn a_lost_block_is_seen_where_two_transactions_follow() {
    let log = log_of(&[10, 9_000, 10, 10, 20_000]).await;
    let ends = ends(&log);
    for block in 0..ends[ends.len() - 3] / PAGE {
        let mut lost = log.clone();
        lost[block * PAGE..(block + 1) * PAGE].fill(0);
        assert!(seen(&lost).is_some(), "block {block}");
    }
}

#[tokio::test]
async fn a_log_that_ends_early_is_not_taken_for_damaged() {
    let log = log_of(&[10, 9_000]).await;
    for frame in 0..=(log.len() - HEADER) / FRAME {
        for more in [0, 1, 7, FRAME_HEADER, 512, FRAME - 1] {
            let end = (HEADER + frame * FRAME + more).min(log.len());
            assert_eq!(seen(&log[..end]), None, "{end} bytes");
        }
    }
    for end in [0, 1, HEADER - 1] {
        assert_eq!(seen(&log[..end]), None, "{end} bytes");
    }
}

/// Of each sector that the last transaction lies on, the disk may have what was written or what was there before.
fn tear(log: &[u8], before: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut torn = log.to_vec();
    let (start, end) = (start_of_the_last(log), ends(log).pop().expect("an end"));
    for sector in start / SECTOR..=(end - 1) / SECTOR {
        if dice.throw() {
            let place = (sector * SECTOR).max(start)..((sector + 1) * SECTOR).min(end);
            torn[place.clone()].copy_from_slice(&before[place]);
        }
    }
    torn
}

#[tokio::test]
async fn a_torn_transaction_is_not_taken_for_damage() {
    let mut dice = Dice(7);
    let fresh = log_of(&[10, 10, 40_000]).await;
    let (again, before) = second_round(&[10, 10, 300_000]).await;
    for (log, before) in [(&fresh, &vec![0; fresh.len()]), (&again, &before)] {
        assert!(ends(log).pop().expect("an end") - start_of_the_last(log) > 9 * FRAME, "it has many frames");
        for turn in 0..100 {
            assert_eq!(seen(&tear(log, before, &mut dice)), None, "turn {turn}");
        }
    }
}

#[tokio::test]
async fn a_size_of_another_sector_than_its_checksum_is_not_believed() {
    let mut log = log_of(&[10, 10, 300_000]).await;
    let last = start_of_the_last(&log);
    let at = HEADER + 41 * FRAME;
    assert_eq!(at % SECTOR, SECTOR - 8);
    assert!(last < at && at + 2 * FRAME < log.len(), "in the middle of the last transaction");
    // The one sector is of before, and so is another one in front of it; the rest is as it was written.
    log[at..at + 8].copy_from_slice(&[0, 0, 0, 9, 0, 0, 0, 9]);
    log[last..last + SECTOR].fill(0);
    assert_eq!(seen(&log), None);
}

#[tokio::test]
async fn what_an_earlier_torn_transaction_left_behind_is_not_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    let copy = |from: &Path, to: &Path| {
        std::fs::create_dir_all(to).expect("a folder");
        for file in ["bellhop.db", "bellhop.db-wal"] {
            std::fs::copy(from.join(file), to.join(file)).expect("a copy");
        }
    };
    std::fs::create_dir_all(place("first")).expect("a folder");
    let first = SqliteStore::open(&place("first").join("bellhop.db")).expect("a store");
    write(&first, "small", 10).await;
    write(&first, "large", 60_000).await;
    copy(&place("first"), &place("second"));
    let mut log = read(&place("second"));
    let last = start_of_the_last(&log);
    log[last + 100] ^= 1;
    std::fs::write(place("second").join("bellhop.db-wal"), &log).expect("the log");

    // After that power cut a shorter one is written over its beginning, and torn as well: its last frame is there.
    let second = SqliteStore::open(&place("second").join("bellhop.db")).expect("a torn end is no damage");
    write(&second, "middle", 12_000).await;
    let mut log = read(&place("second"));
    assert_eq!(seen(&log), None);
    log[last + 100] ^= 1;
    let behind = frames(&log).filter(|(at, frame)| *at > last && pages_after(frame) != 0);
    assert_eq!(behind.filter(|(_, frame)| frame[8..16] == log[16..24]).count(), 2, "both have their ends");
    assert_eq!(seen(&log), None);
}

/// A log that has begun anew with notes of these sizes over many of the round before; and what it was then.
async fn second_round(sizes: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let store = SqliteStore::open(&path).expect("a store");
    for number in 0..60 {
        write(&store, &format!("note-{number}"), 5_000).await;
    }
    let before = read(folder.path());
    begin_anew(&path, "RESTART");
    for (number, size) in sizes.iter().enumerate() {
        write(&store, &format!("again-{number}"), *size).await;
    }
    let log = read(folder.path());
    assert_eq!(log.len(), before.len(), "it was begun anew");
    assert_eq!(number(&log, 16), number(&before, 16).wrapping_add(1));
    (log, before)
}

#[tokio::test]
async fn frames_of_an_earlier_round_are_not_counted() {
    let (mut log, _) = second_round(&[10, 10]).await;
    let own = ends(&log);
    assert_eq!(own.len(), 2);
    assert_eq!(seen(&log), None);
    // Nothing depends on what is behind the end.
    for at in (own[1]..log.len()).step_by(7_919) {
        log[at] ^= 0x11;
        assert_eq!(seen(&log), None, "byte {at}");
        log[at] ^= 0x11;
    }
    // Only the header is of this round yet, or the first transaction is torn.
    let (first, _) = frames(&log).next().expect("a frame");
    log[first..own[0]].fill(0);
    log[own[0]..own[1]].fill(0);
    assert_eq!(seen(&log), None);
}

#[tokio::test]
async fn damage_is_seen_in_front_of_frames_of_an_earlier_round() {
    let (mut log, _) = second_round(&[10, 10]).await;
    log[HEADER + 1_000] ^= 4;
    assert_eq!(seen(&log), Some(Damage { whole: HEADER as u64, length: log.len() as u64 }));
}

#[tokio::test]
async fn an_old_header_come_back_is_seen() {
    let (mut log, before) = second_round(&[10, 10]).await;
    log.truncate(ends(&log)[1]);
    log[..HEADER].copy_from_slice(&before[..HEADER]);
    assert_eq!(seen(&log), Some(Damage { whole: HEADER as u64, length: log.len() as u64 }));
}

#[tokio::test]
async fn a_log_is_found_beside_the_file_that_a_link_leads_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bellhop.db");
    let connection = open::writing(&path).expect("a store");
    let found = super::beside(&path);
    assert!(found.is_file(), "{}", found.display());
    #[cfg(unix)]
    {
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        assert_eq!(super::beside(&link), found);
    }
    drop(connection);
}
