//! Recipes, notes, lists and counts.

use super::scene::{added, at, end, event, given, read, run, run_id, sleep, turn};
use crate::{RecipeVersion, RunFilter, RunId, RunStatus, Store};

pub(super) async fn recipes_are_kept_by_version(store: &dyn Store) {
    let version = |version: &str, text: &str| RecipeVersion {
        recipe: "route".into(),
        version: version.into(),
        text: text.into(),
        mappings: Vec::new(),
    };
    // A run may be quicker than the text of its recipe.
    let first = given(store, "a", "w1", None).await;
    assert_eq!(store.recipe("route", "v1").await, Ok(None));
    store.put_recipe(version("v1", "name: Route")).await.expect("it is kept");
    store.put_recipe(version("v1", "name: Route")).await.expect("again is harmless");
    store.put_recipe(version("v2", "name: Route leads")).await.expect("it is kept");
    assert_eq!(store.recipe("route", "v1").await, Ok(Some(version("v1", "name: Route"))));
    assert_eq!(store.recipe("route", "v2").await, Ok(Some(version("v2", "name: Route leads"))));
    let mut mapped = version("v4", "name: Route leads");
    mapped.mappings = vec![("contact-to-lead".into(), "from: contacts.contact\n".into())];
    store.put_recipe(mapped.clone()).await.expect("it is kept");
    assert_eq!(store.recipe("route", "v4").await, Ok(Some(mapped)));
    assert_eq!(store.recipe("route", "v3").await, Ok(None));
    assert_eq!(store.recipe("tag", "v1").await, Ok(None));
    assert_eq!(read(store, &first).await.run.version, "v1");
}

pub(super) async fn notes_are_kept_by_name(store: &dyn Store) {
    assert_eq!(store.note("schedule/nightly").await, Ok(None));
    store.put_note("schedule/nightly", "2026-03-01").await.expect("it is kept");
    store.put_note("cursor", "").await.expect("it is kept");
    store.put_note("schedule/nightly", "2026-03-02").await.expect("it is kept");
    assert_eq!(store.note("schedule/nightly").await, Ok(Some("2026-03-02".into())));
    assert_eq!(store.note("cursor").await, Ok(Some(String::new())));
}

pub(super) async fn lists_are_filtered_and_the_latest_first(store: &dyn Store) {
    for delivery in ["w1", "w2", "w3"] {
        let runs = vec![run(delivery, "route", None), run(delivery, "tag", None)];
        store.accept("a", event(delivery), runs).await.expect("it is accepted");
    }
    added(store, end(&run_id("w1", "route"), "a", 0)).await;
    added(store, sleep(&run_id("w2", "tag"), "a", 0, 30, true)).await;
    let all = RunFilter { limit: 100, ..RunFilter::default() };
    let route = |delivery: &str| run_id(delivery, "route");
    let tag = |delivery: &str| run_id(delivery, "tag");

    let every = vec![tag("w3"), route("w3"), tag("w2"), route("w2"), tag("w1"), route("w1")];
    assert_eq!(listed(store, all.clone()).await, every);
    assert_eq!(listed(store, RunFilter { limit: 2, ..all.clone() }).await, every[..2]);
    let of_tag = RunFilter { recipe: Some("tag".into()), ..all.clone() };
    assert_eq!(listed(store, of_tag.clone()).await, vec![tag("w3"), tag("w2"), tag("w1")]);
    let states = vec![RunStatus::Sleeping, RunStatus::Succeeded, RunStatus::Sleeping];
    let standing = RunFilter { statuses: states.clone(), ..all.clone() };
    assert_eq!(listed(store, standing).await, vec![tag("w2"), route("w1")]);
    for record in ["w2", "contact w2"] {
        let about = RunFilter { record: Some(record.into()), ..all.clone() };
        assert_eq!(listed(store, about.clone()).await, vec![tag("w2"), route("w2")], "{record}");
        let both = RunFilter { statuses: states.clone(), recipe: Some("tag".into()), ..about };
        assert_eq!(listed(store, both).await, vec![tag("w2")], "{record}");
    }
    for record in ["opportunity w2", "contact", "w", "w9"] {
        assert!(listed(store, RunFilter { record: Some(record.into()), ..all.clone() }).await.is_empty());
    }
    let nowhere = RunFilter { statuses: vec![RunStatus::Failed], ..of_tag };
    assert!(listed(store, nowhere).await.is_empty());
}

pub(super) async fn runs_that_need_a_person_while_they_wait_are_listed_too(store: &dyn Store) {
    let mut runs = Vec::new();
    for delivery in ["w1", "w2", "w3", "w4"] {
        runs.push(given(store, "a", delivery, None).await);
    }
    added(store, turn(&runs[0], "a", 0, RunStatus::NeedsAttention, true)).await;
    for run in &runs[1..3] {
        let mut rests = sleep(run, "a", 0, 30, true);
        rests.turn.as_mut().expect("made with a turn").troubled = *run == runs[1];
        added(store, rests).await;
    }
    let mut troubled = turn(&runs[3], "a", 0, RunStatus::Waiting, true);
    troubled.turn.as_mut().expect("made with a turn").troubled = true;
    added(store, troubled).await;
    let only = RunFilter { or_troubled: true, limit: 100, ..RunFilter::default() };
    assert_eq!(listed(store, only.clone()).await, [runs[3].clone(), runs[1].clone()]);
    let or_laid_down = RunFilter { statuses: vec![RunStatus::NeedsAttention], ..only.clone() };
    let three = [runs[3].clone(), runs[1].clone(), runs[0].clone()];
    assert_eq!(listed(store, or_laid_down.clone()).await, three);
    assert_eq!(listed(store, RunFilter { limit: 2, ..or_laid_down }).await, three[..2]);
    let or_waiting = RunFilter { statuses: vec![RunStatus::Waiting], ..only.clone() };
    assert_eq!(listed(store, or_waiting).await, three[..2], "none twice");
    let about = RunFilter { record: Some("w2".into()), ..only.clone() };
    assert_eq!(listed(store, about).await, [runs[1].clone()]);
    let flags = [false, true, false, true];
    for (run, troubled) in runs.iter().zip(flags) {
        assert_eq!(read(store, run).await.run.troubled, troubled, "{run}");
    }

    // Its next rest says anew whether it is in trouble.
    store.claim_run("cli", &runs[1], at(1)).await.expect("a claim").expect("nobody holds it");
    added(store, sleep(&runs[1], "cli", 0, 60, true)).await;
    assert_eq!(listed(store, only).await, [runs[3].clone()]);
}

async fn listed(store: &dyn Store, filter: RunFilter) -> Vec<RunId> {
    store.runs(filter).await.expect("a list").into_iter().map(|run| run.id).collect()
}

pub(super) async fn counts_say_how_many_stand_where(store: &dyn Store) {
    assert!(store.counts(&RunStatus::ALL).await.expect("counts").iter().all(|(_, count)| *count == 0));
    let mut runs = Vec::new();
    for delivery in ["w1", "w2", "w3", "w4", "w5"] {
        runs.push(given(store, "a", delivery, Some("k").filter(|_| delivery > "w3")).await);
    }
    added(store, end(&runs[0], "a", 0)).await;
    added(store, turn(&runs[1], "a", 0, RunStatus::NeedsAttention, true)).await;
    store.claim_run("cli", &runs[1], at(1)).await.expect("a claim").expect("nobody holds it");
    let mut counts = store.counts(&RunStatus::ALL).await.expect("counts");
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by_key(|(status, _)| status.name());
    let expected = [
        (RunStatus::NeedsAttention, 1),
        (RunStatus::Queued, 1),
        (RunStatus::Ready, 2),
        (RunStatus::Succeeded, 1),
    ];
    assert_eq!(counts, expected);
    let some = store.counts(&[RunStatus::Ready, RunStatus::Failed]).await.expect("counts");
    assert_eq!(some, [(RunStatus::Ready, 2), (RunStatus::Failed, 0)]);
}
