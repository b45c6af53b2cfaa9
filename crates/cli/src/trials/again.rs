//! The law of `runs show --as-test`: a run of the gallery, written down as a test, passes as one. The runs are those of the
//! gallery's own tests, so every branch is among them.

use std::path::Path;

use bellhop_source::Source;
use bellhop_trial::{Ends, Happening, Surroundings, as_test, judge};

use super::{plan, read, stage};
use crate::compose::Shelf;
use crate::recipes;

#[tokio::test(flavor = "multi_thread")]
async fn the_gallerys_runs_pass_as_the_tests_that_are_made_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shelf = Shelf::open(Some(&root)).expect("the workspace");
    let all = recipes::load(&root, &shelf.world()).expect("recipes");
    let ids: Vec<String> = all.iter().map(|file| file.id.clone()).collect();
    let surroundings = Surroundings {
        catalogue: &shelf.catalogue,
        zone: &shelf.workspace.zone,
        recipes: &ids,
        plan: &|id| plan(&all, id),
        records: &stage::fits,
    };
    let mut tried = 0;
    for path in recipes::find_tests(&root.join("recipes")).expect("tests") {
        let file = read(&path, &shelf, &all).expect("a text");
        let sheet = file.sheet.expect("no errors");
        let recipe = plan(&all, &sheet.recipe).expect("no errors");
        // A run knows nothing of what others do in the app, of how long a fault would last, or that a called recipe only
        // seems to run.
        let plain = sheet.trials.iter().filter(|trial| {
            let lasting = trial.given.faults.iter().any(|fault| fault.times.is_none());
            let others = trial.meanwhile.iter().any(|one| matches!(one.what, Happening::Does { .. }));
            trial.given.recipes.is_empty() && !lasting && !others
        });
        for trial in plain {
            let find = |id: &str| plan(&all, id);
            let story = stage::try_one(&shelf, &recipe, &find, trial).await.expect("it can be played");
            let [found] = story.runs.as_slice() else { continue };
            // A test puts its inputs in the place of the recipe's defaults; a real run has been given them.
            let mut found = found.clone();
            found.run.inputs = trial.given.inputs.clone().into();
            let texts: Vec<&str> = all.iter().map(|file| file.source.text()).collect();
            let text = as_test(&found, &story.called, &texts, &shelf.catalogue);
            let name = format!("{}: {}", sheet.recipe, trial.name);
            let (made, complaints) =
                bellhop_trial::read(&Source::new(name.as_str(), text.as_str()), &surroundings);
            let made = made.unwrap_or_else(|| panic!("{name}: {complaints:?}\n{text}"));
            let again =
                stage::try_one(&shelf, &recipe, &find, &made.trials[0]).await.expect("it can be played");
            let failures = judge(&made.trials[0], &again, &shelf.catalogue, &shelf.workspace.zone);
            assert!(failures.is_empty(), "{name}: {failures:#?}\n{text}");
            assert_eq!(again.ends(), Ends::As(found.run.status), "{name}");
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} runs were tried");
}
