//! Goes along with one run until it rests: each step told as it happens, then how the run stands.

use bellhop_journal::{RunId, RunStatus, Stamped, Store};
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::compose::{Shelf, Works};
use crate::history::{Narrator, standing};
use crate::trouble::{Ending, Trouble};

/// How long calls under way may take to finish at the end.
const LAST_CALLS: SignedDuration = SignedDuration::from_secs(5);

/// Tells the run's steps until it has ended, needs a person, sleeps or waits, then shuts the engine down. With `silent` the
/// whole run is printed as JSON at the end instead. Problems where it failed or needs a person.
pub(crate) async fn follow(
    shelf: &Shelf,
    works: &Works,
    store: &dyn Store,
    id: &RunId,
    progress: &mut Receiver<bellhop_engine::Progress>,
    silent: bool,
) -> Result<Ending, Trouble> {
    let mut narrator = Narrator::new(&shelf.catalogue, &shelf.workspace.zone);
    let mut tell = |entry: &Stamped| {
        if let (false, Some(line)) = (silent, narrator.line(entry)) {
            anstream::println!("{line}");
        }
    };
    // It rests where nothing is held any more.
    let rest = works.engine.wait_idle();
    tokio::pin!(rest);
    loop {
        tokio::select! {
            biased;
            told = progress.recv() => match told {
                Ok(told) if told.run == *id => tell(&told.entry),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            rested = &mut rest => {
                rested.map_err(|error| Trouble::new(error.to_string()))?;
                while let Ok(told) = progress.try_recv() {
                    if told.run == *id {
                        tell(&told.entry);
                    }
                }
                break;
            }
        }
    }
    works.engine.shutdown(LAST_CALLS).await;
    let found = store
        .run(id.as_str())
        .await
        .map_err(|error| Trouble::new(error.to_string()))?
        .ok_or_else(|| Trouble::new(format!("The run {id} is gone from the store.")))?;
    if silent {
        let whole = json!({ "run": found.run, "event": found.event, "history": found.history });
        anstream::println!("{whole:#}");
    } else if !found.run.status.is_over() {
        anstream::println!("  {}", standing(&found.run));
        match found.run.status {
            RunStatus::Sleeping => {
                anstream::eprintln!("`bellhop serve` goes on with it when its time has come.");
            }
            RunStatus::Waiting => {
                anstream::eprintln!(
                    "`bellhop serve` goes on with it when it has come. What it asks is answered with `bellhop runs approve {id}`."
                );
            }
            _ => {}
        }
    }
    Ok(match found.run.status {
        RunStatus::Failed | RunStatus::NeedsAttention => Ending::Problems,
        _ => Ending::Fine,
    })
}
