//! Bad weather at the CRM: squalls in which something else goes wrong every moment, and a short calm after each.

use std::sync::Arc;
use std::time::Duration;

use bellhop_sandbox::{Fault, Running};
use tokio::task::JoinHandle;

use crate::dice::Dice;

/// What may go wrong. The recipes' calls give up after two seconds.
const KINDS: [&str; 26] = [
    "429*12",
    "429@POST **6",
    "429@get-all-notes*4",
    "500@create-note*3",
    "502@GET **6",
    "503@create-task*3",
    "503*4",
    "504@update-contact*2",
    "reset@create-note*2",
    "reset@create-task*2",
    "reset@create-contact*1",
    "reset@send-a-new-message*1",
    "reset@update-contact*2",
    "reset@get-all-notes*2",
    "reset-before@create-note*2",
    "reset-before@create-task*2",
    "reset-before@create-contact*1",
    "late=3s@create-note*1",
    "late=3s@create-task*1",
    "late=3s@create-contact*1",
    "hang@create-note*1",
    "done-then-503@create-note*2",
    "create-then-422@create-contact*1",
    "create-then-422@create-note*1",
    "create-then-422@create-task*1",
    "create-then-422@send-a-new-message*1",
];

/// How often the weather changes.
const CHANGE: Duration = Duration::from_millis(200);
/// So many changes make a squall, and the calm after it is as long: what is always refused is tried ever more rarely, and
/// the last try would be hours away.
const SQUALL: u64 = 15;

/// The weather, until it is calm.
pub(crate) struct Weather {
    work: JoinHandle<()>,
    sandbox: Arc<Running>,
}

impl Weather {
    /// Begins.
    pub(crate) fn start(sandbox: &Arc<Running>, mut dice: Dice) -> Self {
        let of_task = Arc::clone(sandbox);
        let work = tokio::spawn(async move {
            let mut change = tokio::time::interval(CHANGE);
            for number in 0_u64.. {
                change.tick().await;
                match number % (2 * SQUALL) {
                    SQUALL => of_task.forget_faults(),
                    rough if rough < SQUALL => {
                        let kind = usize::try_from(dice.below(KINDS.len() as u64)).expect("a small number");
                        of_task.add_fault(Fault::parse(KINDS[kind]).expect("a fault"));
                    }
                    _ => {}
                }
            }
        });
        Self { work, sandbox: Arc::clone(sandbox) }
    }

    /// Ends; nothing goes wrong from now on.
    pub(crate) fn calm(self) {
        self.work.abort();
        self.sandbox.forget_faults();
    }
}
