//! What is left of an account's limits, for forecasts. Counts nothing itself and calls nobody.

use std::sync::Arc;
use std::time::Duration;

use bellhop_connector::{Connection, Manifest};

use crate::{HttpRuntime, account::Account};

/// One limit of an app, and how much of it is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLeft {
    /// So many calls.
    pub limit: u64,
    /// In so long.
    pub per: Duration,
    /// How many may still go now: what this process has called and what the app has said of others are taken off.
    pub left: u64,
    /// How many of `limit` work on many records takes at the most: the rest is kept free for live events.
    pub for_bulk: u64,
}

impl HttpRuntime {
    /// What is left of the limits that all calls of a connection share, the shortest first.
    pub fn left(&self, manifest: &Manifest, connection: &Arc<Connection>) -> Vec<BudgetLeft> {
        let account = Account::new(manifest, Arc::clone(connection), self);
        let budgets = account.budgets(self, &manifest.connector, &serde_json::Value::Null);
        let now = self.clock().now();
        let mut left: Vec<BudgetLeft> = budgets.iter().flat_map(|budget| budget.left(now)).collect();
        left.sort_by_key(|one| one.per);
        left
    }
}
