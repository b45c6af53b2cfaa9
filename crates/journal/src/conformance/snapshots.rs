//! Long histories: who goes on with a run is given what follows from its last snapshot on, and people its beginning too.

use super::scene::{added, append, at, ended, given, read, started};
use crate::{BEGINNING, Entry, LONG, Stamped, State, Store};

/// What these entries come to, as an entry.
fn folded(history: &[Stamped], seconds: i64) -> Stamped {
    Stamped { at: at(seconds), entry: Entry::Folded { state: Box::new(State::fold(history)) } }
}

pub(super) async fn a_history_is_given_from_its_last_snapshot_on(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    let mut whole = vec![started(0, 1), ended(0, 2)];
    added(store, append(&run, "a", 0, whole.clone())).await;
    whole.push(folded(&whole, 3));
    store.append_soon(append(&run, "a", 2, vec![whole[2].clone(), started(1, 3)]));
    whole.push(started(1, 3));
    added(store, append(&run, "a", 4, vec![ended(1, 4)])).await;
    whole.push(ended(1, 4));
    let shown = read(store, &run).await;
    assert_eq!(shown.history, whole, "people see all of it");
    assert_eq!(shown.entries(), 5);

    store.leave("a").await.expect("it leaves");
    let claimed = store.claim("b", at(10), 1).await.expect("a claim").remove(0);
    assert_eq!(claimed.history, whole[2..], "who goes on needs no more");
    assert_eq!(claimed.entries(), 5);
    assert_eq!(State::fold(&claimed.history), State::fold(&whole));
    // The numbers go on as if nothing had been left out, and a later snapshot takes the place of the earlier one.
    whole.push(folded(&whole, 11));
    added(store, append(&run, "b", 5, vec![whole[5].clone()])).await;
    added(store, append(&run, "b", 6, vec![started(2, 12)])).await;
    whole.push(started(2, 12));
    let taken = store.claim_run("b", &run, at(13)).await.expect("a claim").expect("its own");
    assert_eq!(taken.history, whole[5..]);
    assert_eq!(taken.entries(), 7);
}

pub(super) async fn a_very_long_history_is_shown_at_both_ends(store: &dyn Store) {
    let run = given(store, "a", "w1", None).await;
    let mut whole: Vec<Stamped> = Vec::new();
    while (whole.len() as u64) < LONG {
        let step = whole.len();
        let more: Vec<Stamped> = (0..500).map(|number| started(step + number, 1)).collect();
        added(store, append(&run, "a", step as u64, more.clone())).await;
        whole.extend(more);
    }
    assert_eq!(read(store, &run).await.history.len(), whole.len(), "this is not long yet");
    whole.push(folded(&whole, 2));
    let snapshot = whole.len() - 1;
    whole.push(ended(7, 3));
    added(store, append(&run, "a", snapshot as u64, whole[snapshot..].to_vec())).await;

    let shown = read(store, &run).await;
    let beginning = usize::try_from(BEGINNING).expect("a small number");
    let kept = shown.history.iter().position(|stamped| stamped.entry.begins_a_history());
    let kept = kept.expect("the snapshot is there");
    assert!((beginning..beginning + 500).contains(&kept), "{kept}");
    assert_eq!(shown.history[..kept], whole[..kept]);
    assert_eq!(shown.history[kept..], whole[snapshot..]);
    assert_eq!(shown.entries(), whole.len() as u64);
    assert_eq!(State::fold(&shown.history), State::fold(&whole));
}
