//! The moment at which a process dies: after so many things have happened in it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A death that may come. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Death(Arc<State>);

#[derive(Default)]
struct State {
    /// How many moments have passed.
    moments: AtomicUsize,
    /// The moment of death, from 1; 0: never.
    at: AtomicUsize,
    dead: AtomicBool,
}

impl Death {
    /// It comes at the `moment`-th moment from now.
    pub(crate) fn at(&self, moment: usize) {
        self.0.moments.store(0, Ordering::SeqCst);
        self.0.dead.store(false, Ordering::SeqCst);
        self.0.at.store(moment, Ordering::SeqCst);
    }

    /// It does not come.
    pub(crate) fn never(&self) {
        self.at(0);
    }

    /// A moment at which it may come; whether it has.
    pub(crate) fn comes(&self) -> bool {
        let moment = self.0.moments.fetch_add(1, Ordering::SeqCst) + 1;
        if moment == self.0.at.load(Ordering::SeqCst) {
            self.0.dead.store(true, Ordering::SeqCst);
        }
        self.has_come()
    }

    /// What comes of something if the process lives to see it.
    pub(crate) async fn or_lives<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let death = std::pin::pin!(async {
            while !self.has_come() {
                tokio::task::yield_now().await;
            }
        });
        match futures::future::select(std::pin::pin!(work), death).await {
            futures::future::Either::Left((done, _)) => Some(done),
            futures::future::Either::Right(_) => None,
        }
    }

    /// Whether it has come.
    pub(crate) fn has_come(&self) -> bool {
        self.0.dead.load(Ordering::SeqCst)
    }

    /// How many moments have passed.
    pub(crate) fn moments(&self) -> usize {
        self.0.moments.load(Ordering::SeqCst)
    }
}
